import { describeSection } from '../../support/semantics.js';
import { section } from './request-13-client-control.js';

describeSection(section);
