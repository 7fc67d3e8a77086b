/** Runs the stages in order, from paths to a result; the only place that knows them all. */
import { parseConfig } from '../grammar/index.js';
import { explore } from './analysis/explore.js';
import { type ConfigTree, expand } from './config/expand.js';
import type { FileHost } from './config/host.js';
import { ConfigReader } from './config/reader.js';
import { findRoots } from './config/roots.js';
import { Findings } from './lint/findings.js';
import { namesPemFile, PemFiles } from './lint/pem-files.js';
import { everyDirective, runRules } from './lint/rule-run.js';
import { resolve } from './model/resolve.js';
import type { Notice } from './notice.js';
import type { LintResult } from './report/result.js';
import type { Rule } from './rule.js';
