import { describeSection } from '../../support/semantics.js';
import { section } from './mtls-06-sni-host.js';

describeSection(section);
