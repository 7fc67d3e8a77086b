import type { SourceFile } from '../src/source/source-file.js';
import type { ConfigFile } from './ast.js';
import { tokenize } from './lexer.js';
import { ConfigParser } from './parser.js';
import { mayBeTemplate, readTemplate, type TemplateMarks } from './template.js';
import { LeftBrace, Semicolon } from './tokens.js';
import { TreeBuilder } from './tree-builder.js';

export { MAX_DEPTH } from './tree-builder.js';

const BYTE_ORDER_MARK = '\xef\xbb\xbf';

let parser: ConfigParser | undefined;

/**
 * Parses one file of an nginx configuration as nginx's own tokenizer and block reader do (ngx_conf_read_token and
 * ngx_conf_parse), without asking what the directives mean. Never throws: the first of the result's `problems` is what
 * nginx reports, and its `directives` are what could be read.
 */
export function parseConfig(source: SourceFile): ConfigFile {
  return parseText(source, source.text, undefined);
}

/**
 * Parses a file that may be a template of a configuration. It is taken for one where it holds placeholders and nginx
 * would refuse it as it stands, or where they stand inside its words; the placeholders are marked (source/placeholder.ts).
 * Any other file is parsed as nginx does.
 */
export function parseFile(source: SourceFile): ConfigFile {
  const plain = parseConfig(source);
  if (!mayBeTemplate(source.text)) return plain;
  const template = readTemplate(source.text, plain.problems.length === 0);
  if (template === undefined) return plain;
  const file = parseText(source, template.text, template.marks);
  return file.problems.length < plain.problems.length || file.problems.length === 0 ? file : plain;
}

function parseText(source: SourceFile, text: string, marks: TemplateMarks | undefined): ConfigFile {
  parser ??= new ConfigParser(true);
  const tree = new TreeBuilder(source, marks);
  parser.tree = tree;
  let start = 0;
  if (text.startsWith(BYTE_ORDER_MARK)) {
    start = BYTE_ORDER_MARK.length;
    reportByteOrderMark(text, tree);
  }
  while (start < text.length && !tree.isDone) {
    const { tokens, comments, end } = tokenize(text, start, tree.begunDirective);
    tree.base = start;
    for (const comment of comments) tree.comment(comment);
    parser.input = tokens;
    parser.directives();
    start = end;
  }
  tree.base = start;
  return tree.finish();
}

/** nginx knows no byte order mark: it is a part of the first word, which therefore is no directive. */
function reportByteOrderMark(text: string, tree: TreeBuilder): void {
  const { tokens } = tokenize(text, 0, undefined);
  const end = tokens.find(token => token.tokenType === Semicolon || token.tokenType === LeftBrace);
  tree.byteOrderMark(tokens[0]!.image, end?.startOffset ?? text.length);
}
