import { describeSection } from '../../support/semantics.js';
import { section } from './mtls-10-11-identity.js';

describeSection(section);
