import { section } from './mtls-10-11-identity.js';
import { describeSection } from './rows.js';

describeSection(section);
