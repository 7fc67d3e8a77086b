import { section } from './mtls-05-plain-and-tls.js';
import { describeSection } from './rows.js';

describeSection(section);
