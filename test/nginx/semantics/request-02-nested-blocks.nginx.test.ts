import { describeSection } from '../../support/semantics.js';
import { section } from './request-02-nested-blocks.js';

describeSection(section);
