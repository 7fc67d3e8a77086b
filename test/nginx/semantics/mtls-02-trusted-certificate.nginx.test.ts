import { section } from './mtls-02-trusted-certificate.js';
import { describeSection } from './rows.js';

describeSection(section);
