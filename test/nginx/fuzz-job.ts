/** A part of a run, in a process of its own: takes its options as a message, and sends failures and the result. */
import { type FuzzPart, fuzz } from './fuzz-run.js';

// Whoever asked has gone: nobody waits for the result.
process.once('disconnect', () => process.exit(1));
process.once('message', (options: FuzzPart) => {
  const report = (failure: string) => void process.send!({ failure });
  void fuzz({ ...options, report, tell: console.error }).then(result => {
    process.send!({ result }, () => process.exit(0));
  });
});
