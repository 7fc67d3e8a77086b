import * as assert from 'uvu/assert';
import { closingLine, siteVerdict, summarizeAccess } from '../../../src/report/access-summary.js';
import { describe } from '../../support/suite.js';
import { APP, ROWS, spanOf } from './sample.js';

const [open, closed, conditional, undecided] = ROWS;

describe('access summary', it => {
  it('judges a site by the stronger verdict of none and untrusted, never by trusted', () => {
    assert.is(siteVerdict(open!).verdict, 'reached');
    assert.is(siteVerdict(closed!).verdict, 'refused');
    const turned = { ...open!, access: { ...open!.access, none: closed!.access.none, untrusted: open!.access.none } };
    assert.is(siteVerdict(turned).verdict, 'reached');
    const mixed = {
      ...open!,
      access: { ...open!.access, none: undecided!.access.none, untrusted: conditional!.access.none },
    };
    assert.is(siteVerdict(mixed).verdict, 'conditional');
  });

  it('counts the sites of all tables', () => {
    assert.equal(summarizeAccess([{ rows: ROWS }, { rows: [open!] }]), {
      sites: 7,
      reached: 2,
      conditional: 1,
      refused: 3,
      unknown: 1,
    });
  });

  it('closes with what is proved, open and undecided', () => {
    assert.is(closingLine([{ rows: [closed!] }]), '1 site: 1 proved closed, 0 open');
    assert.is(
      closingLine([{ rows: [closed!, open!, undecided!] }]),
      '3 sites: 1 proved closed, 1 open, 1 undecided (Lua, conf.d/app.conf:23)',
    );
  });

  it('names each reason once, and only the first ones', () => {
    const reasons = ['a', 'b', 'b', 'c', 'd', 'e'].map(text => ({ kind: 'x', text, span: spanOf(APP, 'root html;') }));
    const verdict = { verdict: 'unknown', reasons } as const;
    const row = { ...undecided!, access: { none: verdict, untrusted: verdict, trusted: verdict } };
    assert.is(
      closingLine([{ rows: [row] }]),
      '1 site: 0 proved closed, 0 open, 1 undecided (a, conf.d/app.conf:29; b, conf.d/app.conf:29; c, conf.d/app.conf:29; 2 more reasons)',
    );
  });
});
