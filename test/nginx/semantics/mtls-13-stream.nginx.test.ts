import { section } from './mtls-13-stream.js';
import { describeStreamSection } from './stream-rows.js';

describeStreamSection(section);
