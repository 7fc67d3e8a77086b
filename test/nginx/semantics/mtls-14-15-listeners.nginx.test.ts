import { section } from './mtls-14-15-listeners.js';
import { describeSection } from './rows.js';

describeSection(section);
