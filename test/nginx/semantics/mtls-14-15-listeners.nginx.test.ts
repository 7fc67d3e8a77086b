import { describeSection } from '../../support/semantics.js';
import { section } from './mtls-14-15-listeners.js';

describeSection(section);
