import { describeSection } from '../../support/semantics.js';
import { section } from './mtls-02-trusted-certificate.js';

describeSection(section);
