import { describeSection } from '../../support/semantics.js';
import { section } from './request-14-servers.js';

describeSection(section);
