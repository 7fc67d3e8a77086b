import { describeSection } from '../../support/semantics.js';
import { section } from './mtls-05-plain-and-tls.js';

describeSection(section);
