import { describeSection } from '../../support/semantics.js';
import { section } from './mtls-08-error-page.js';

describeSection(section);
