import type { Notice } from '../notice.js';
import { decode, decodePath } from './display.js';

/** A notice as the JSON documents give it; `file`, `line` and `column` are left out where it is about the whole run. */
export function noticeJson(notice: Notice): object {
  const { fatal, help, kind, span, text } = notice;
  const position = span?.file.position(span.start);
  return {
    kind,
    text: decode(text),
    ...(span === undefined || position === undefined
      ? {}
      : { file: decodePath(span.file.path), line: position.line, column: position.column }),
    ...(help === undefined ? {} : { help: decode(help) }),
    fatal,
  };
}
