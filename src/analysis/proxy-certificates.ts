/** Which certificate of its own the proxy shows to back ends: decided request by request where variables name it. */
import { BACK_END_PREFIXES, BackEndTls } from '../model/back-end-tls.js';
import type { HttpModel, Server, Template, VirtualServer } from '../model/model.js';
import { constantText, textOf } from '../model/template.js';
import { complement, concat, everything, type Language, literal, literalCaseless } from '../pcre/language.js';
import { type AccessRow, isRefused, type Reason, type Site, type Verdict } from './access.js';
import { analyser } from './analyse.js';
import { confirm } from './confirm.js';
import type { Outcome } from './evaluate.js';
import type { Demand } from './explore/state.js';
import { CLIENT_CLASSES, type ClientClass, showsAnswer, type Witness } from './request.js';
import { readsName } from './shape.js';
import { arrivalAt, endsAt, siteKey, sitesOf } from './sites.js';

const known = new WeakMap<Site<Server>, BackEndTls | undefined>();

/** The TLS settings towards the back end of a site; undefined where it cannot speak TLS to one. */
export function backEndTlsOf(site: Site<Server>): BackEndTls | undefined {
  let tls = known.get(site);
  if (tls === undefined && !known.has(site)) {
    const found = BackEndTls.of(site.scope, site.source);
    tls = found?.use === 'never' ? undefined : found;
    known.set(site, tls);
  }
  return tls;
}

/** What is known of the requests of a site that are passed on under a certificate of a kind. */
export type Use =
  | { readonly kind: 'none' }
  /** This one is, and the file that it is shown under. */
  | { readonly kind: 'some'; readonly witness: Witness; readonly certificate: string }
  | { readonly kind: 'undecided'; readonly reasons: readonly Reason[] };

/** Which certificates count. */
interface Kind {
  /** Tells kinds apart. */
  readonly name: string;
  readonly language: Language;
  readonly has: (certificate: string) => boolean;
  /** Whether requests count that need something besides what the client sends. */
  readonly allowsConditions: boolean;
}

/** Any certificate at all. */
const SHOWN: Kind = {
  name: 'shown',
  language: complement(literal('')),
  has: certificate => certificate !== '',
  allowsConditions: false,
};

/** Whatever is shown, nothing included. */
const ANY: Kind = { name: 'any', language: everything, has: () => true, allowsConditions: true };

function otherThan(file: string): Kind {
  return {
    name: `other than ${file}`,
    language: complement(literal(file)),
    has: certificate => certificate !== file,
    allowsConditions: true,
  };
}

const ofModels = new WeakMap<HttpModel, ProxyCertificates>();

/** What is known of the certificates of a configuration. */
export function proxyCertificatesOf(model: HttpModel): ProxyCertificates {
  let certificates = ofModels.get(model);
  if (certificates === undefined) {
    certificates = new ProxyCertificates(model);
    ofModels.set(model, certificates);
  }
  return certificates;
}

/** Answers what certificates the sites of one configuration are passed on under. */
class ProxyCertificates {
  readonly #model: HttpModel;
  /** By what is looked for. */
  readonly #analysers = new Map<string, (server: VirtualServer) => readonly AccessRow[]>();
  readonly #searches = new Map<string, ReadonlyMap<string, AccessRow>>();

  constructor(model: HttpModel) {
    this.#model = model;
  }

  /**
   * A request of one of the classes that ends at a site itself and is passed on over TLS with a certificate of the proxy.
   * Requests that need something besides what the client sends do not count.
   */
  shownTo(row: AccessRow, classes: readonly ClientClass[]): Use {
    return this.#find(row, classes, SHOWN);
  }

  /**
   * The files under which a site is passed on over TLS: none where it never is, one where it is always the same, two where
   * requests differ. Undefined where that is not decided.
   */
  filesOf(row: AccessRow): readonly string[] | undefined {
    const certificate = backEndTlsOf(row.site)?.certificate;
    const fixed = certificate === undefined ? '' : constantText(certificate.file);
    const isFixed = fixed !== undefined && backEndTlsOf(row.site)?.use === 'always';
    if (isFixed) return isRefused(row) ? [] : [fixed];
    const any = this.#find(row, CLIENT_CLASSES, ANY);
    if (any.kind !== 'some') return any.kind === 'none' ? [] : undefined;
    if (fixed !== undefined) return [fixed];
    const other = this.#find(row, CLIENT_CLASSES, otherThan(any.certificate));
    if (other.kind === 'undecided') return undefined;
    return other.kind === 'none' ? [any.certificate] : [any.certificate, other.certificate];
  }

  #find(row: AccessRow, classes: readonly ClientClass[], kind: Kind): Use {
    const { site } = row;
    const tls = backEndTlsOf(site);
    if (tls === undefined) return { kind: 'none' };
    // A certificate and a target without variables are the same for every request.
    const fixed = tls.certificate === undefined ? '' : constantText(tls.certificate.file);
    if (fixed !== undefined && !kind.has(fixed)) return { kind: 'none' };
    const reasons: Reason[] = [];
    for (const clientClass of classes) {
      const verdict = row.access[clientClass];
      if (verdict.verdict === 'refused') continue;
      const direct = this.#followed(witnessOf(verdict, kind), site, kind);
      if (direct !== undefined) return { kind: 'some', ...direct };
      // Another request would be passed on in the same way.
      if (fixed !== undefined && tls.use === 'always') continue;
      const found = this.#search(site, kind).get(siteKey(site))?.access[clientClass];
      const searched = this.#followed(found === undefined ? undefined : witnessOf(found, kind), site, kind);
      if (searched !== undefined) return { kind: 'some', ...searched };
      if (found?.verdict === 'unknown') reasons.push(...found.reasons);
    }
    return reasons.length > 0 ? { kind: 'undecided', reasons } : { kind: 'none' };
  }

  /** The certificate under which a request is passed on, where it is of the kind. */
  #followed(
    witness: Witness | undefined,
    site: Site,
    { allowsConditions, has }: Kind,
  ): { readonly witness: Witness; readonly certificate: string } | undefined {
    if (witness === undefined) return undefined;
    const { request, surroundings, via } = witness;
    let certificate: string | undefined;
    const trace = confirm(
      this.#model,
      request,
      found => {
        const end = arrivalAt(found, site, via);
        const counts = end !== undefined && (allowsConditions || end.conditions.length === 0);
        certificate = counts ? certificateOf(end.outcome, site) : undefined;
        return certificate !== undefined && has(certificate);
      },
      undefined,
      surroundings,
    );
    if (trace === undefined || certificate === undefined) return undefined;
    return { witness: { ...witness, assumes: trace.assumes, steps: trace.steps }, certificate };
  }

  /** The access table of the site's server for requests that are passed on under such a certificate alone. */
  #search({ server }: Site, { has, language, name }: Kind): ReadonlyMap<string, AccessRow> {
    const key = `${server.index} ${name}`;
    let rows = this.#searches.get(key);
    if (rows === undefined) {
      let rowsOf = this.#analysers.get(name);
      if (rowsOf === undefined) {
        rowsOf = analyser(this.#model, {
          reads: READ,
          demandsOn: site => demandsOn(site, language),
          isMet: (site, outcome) => {
            const certificate = certificateOf(outcome, site);
            return certificate !== undefined && has(certificate);
          },
          shapeOf: other => certificateShape(this.#model, other),
        });
        this.#analysers.set(name, rowsOf);
      }
      rows = new Map(rowsOf(server).map(row => [siteKey(row.site), row]));
      this.#searches.set(key, rows);
    }
    return rows;
  }
}

/** The settings that name targets and certificates. */
const READ = BACK_END_PREFIXES.flatMap(prefix => [`${prefix}_pass`, `${prefix}_ssl_certificate`]);

/** What the sites of a server show, where that does not go by the name that the client asks for. */
function certificateShape(model: HttpModel, server: VirtualServer): string | undefined {
  const parts: string[] = [];
  for (const site of sitesOf(server)) {
    const tls = backEndTlsOf(site);
    const file = tls?.certificate?.file ?? [];
    if (tls !== undefined && (readsName(model, tls.target) || readsName(model, file))) return undefined;
    parts.push(`${tls?.use} ${textOf(file)}`);
  }
  return parts.join('\n');
}

/** The target is one for TLS, and the certificate is of the kind. */
function demandsOn(site: Site, language: Language): Demand[] {
  const tls = backEndTlsOf(site);
  if (tls === undefined) return [];
  const overTls: Demand = {
    text: tls.target,
    language: concat(literalCaseless(tls.scheme), everything),
    node: tls.pass,
  };
  const { certificate } = tls;
  const file: Template = certificate?.file ?? [];
  return [overTls, { text: file, language, node: certificate?.node ?? tls.pass }];
}

/** The certificate of the proxy under which a request ends at a site over TLS; empty for none, undefined where it does not. */
function certificateOf(outcome: Outcome, site: Site): string | undefined {
  if (outcome.kind !== 'content' || outcome.passedOn === undefined || !endsAt(outcome, site)) return undefined;
  const { certificate, target } = outcome.passedOn;
  return target !== undefined && backEndTlsOf(site)?.isTls(target) ? certificate : undefined;
}

/** The request that proves a cell: one that is shown what the site says, or that makes nginx ask it afterwards. */
function witnessOf(verdict: Verdict, { allowsConditions }: Kind): Witness | undefined {
  if (verdict.verdict !== 'reached' && !(allowsConditions && verdict.verdict === 'conditional')) return undefined;
  const { via } = verdict.witness;
  return showsAnswer(via) || via === 'post_action' ? verdict.witness : undefined;
}
