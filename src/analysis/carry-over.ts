import type { HttpModel, VirtualServer } from '../model/model.js';
import type { Span } from '../source/source-file.js';
import type { AccessRow, Site, Verdict } from './access.js';
import { confirm } from './confirm.js';
import type { Trace } from './evaluate.js';
import type { Request, Surroundings, Witness } from './request.js';
import { Counterparts, ownName } from './shape.js';
import { arrivalAt } from './sites.js';

/** The rows of a server that has the shape of another. Witnesses are made when they are asked for. */
export function carryOver(
  model: HttpModel,
  from: VirtualServer,
  rows: readonly AccessRow[],
  to: VirtualServer,
): AccessRow[] {
  const counterparts = new Counterparts(from, to);
  return rows.map(({ site, access }) => {
    const scope = counterparts.scope(site.scope);
    const source = site.source === undefined ? undefined : counterparts.node(site.source);
    const target = site.target === undefined ? undefined : source?.args[0];
    const own: Site = { ...site, server: to, scope, source, target };
    const carry = (verdict: Verdict): Verdict =>
      verdict.verdict === 'refused'
        ? carriedRefusal(verdict, counterparts)
        : carriedVerdict(model, verdict, own, counterparts);
    return {
      site: own,
      access: { none: carry(access.none), untrusted: carry(access.untrusted), trusted: carry(access.trusted) },
    };
  });
}

type Refused = Extract<Verdict, { verdict: 'refused' }>;

function carriedRefusal({ by }: Refused, counterparts: Counterparts): Refused {
  return {
    verdict: 'refused',
    get by() {
      return by.map(refusal => counterparts.refusal(refusal));
    },
  };
}

function carriedVerdict(
  model: HttpModel,
  verdict: Exclude<Verdict, Refused>,
  site: Site,
  counterparts: Counterparts,
): Verdict {
  const place = <T extends { span: Span; text: string }>(one: T): T => ({
    ...one,
    span: counterparts.place(one.span),
  });
  let witness: Witness | undefined;
  const ownWitness = (other: Witness): Witness => {
    witness ??= carriedWitness(model, other, site, counterparts);
    return witness;
  };
  switch (verdict.verdict) {
    case 'unknown':
      return {
        verdict: 'unknown',
        get reasons() {
          return verdict.reasons.map(place);
        },
      };
    case 'reached':
      return {
        verdict: 'reached',
        get witness() {
          return ownWitness(verdict.witness);
        },
      };
    case 'conditional':
      return {
        verdict: 'conditional',
        get witness() {
          return ownWitness(verdict.witness);
        },
        get conditions() {
          return verdict.conditions.map(place);
        },
        get reasons() {
          return verdict.reasons.map(place);
        },
      };
  }
}

/** The witness of a server of the same shape under the own name, confirmed anew once its way is asked for. */
function carriedWitness(
  model: HttpModel,
  { request, surroundings: theirs, via }: Witness,
  site: Site,
  counterparts: Counterparts,
): Witness {
  const name = ownName(site.server)!;
  const named: Request = {
    ...request,
    tls: request.tls === null || request.tls.serverName === null ? request.tls : { ...request.tls, serverName: name },
    http: {
      ...request.http,
      headers: request.http.headers.map(([header, value]) => [header, header === 'Host' ? name : value] as const),
    },
  };
  const surroundings = theirs === undefined ? undefined : ownSurroundings(theirs, counterparts);
  let followed: Trace | undefined;
  const trace = (): Trace => {
    followed ??= confirm(model, named, found => arrivalAt(found, site, via) !== undefined, undefined, surroundings);
    if (followed === undefined) {
      throw new Error(`a server of equal shape does not fare alike: ${site.server.node.source.path}, ${name}`);
    }
    return followed;
  };
  return {
    request: named,
    ...(surroundings === undefined ? {} : { surroundings }),
    ...(via === undefined ? {} : { via }),
    get assumes() {
      return trace().assumes;
    },
    get steps() {
      return trace().steps;
    },
  };
}

function ownSurroundings({ limits, answers, passwords }: Surroundings, counterparts: Counterparts): Surroundings {
  return {
    limits: new Set([...limits].map(node => counterparts.node(node))),
    answers: new Map([...answers].map(([node, given]) => [counterparts.node(node), given])),
    passwords,
  };
}
