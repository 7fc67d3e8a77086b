import { describeSection } from '../../support/semantics.js';
import { section } from './mtls-09-contexts.js';

describeSection(section);
