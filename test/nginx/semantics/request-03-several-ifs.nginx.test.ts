import { describeSection } from '../../support/semantics.js';
import { section } from './request-03-several-ifs.js';

describeSection(section);
