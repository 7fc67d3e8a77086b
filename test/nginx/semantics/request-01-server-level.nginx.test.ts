import { describeSection } from '../../support/semantics.js';
import { section } from './request-01-server-level.js';

describeSection(section);
