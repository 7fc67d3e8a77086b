import { section } from './mtls-06-sni-host.js';
import { describeSection } from './rows.js';

describeSection(section);
