import { TRUST_CASES } from '../../fixtures/rules/trust.js';
import { requireNginx } from '../../support/nginx.js';
import { describe } from '../../support/suite.js';
import { checkWithNginx } from '../../support/trust-laboratory.js';

for (const [rule, cases] of Object.entries(TRUST_CASES)) {
  describe(`${rule}, with the real nginx`, it => {
    for (const { accepted, flagged, title } of cases) {
      const claims = [flagged, accepted].filter(
        ({ answers, refusal }) => answers !== undefined || refusal !== undefined,
      );
      if (claims.length === 0) continue;
      it(title, async () => {
        if (!requireNginx()) return;
        for (const claim of claims) await checkWithNginx(claim);
      });
    }
  });
}
