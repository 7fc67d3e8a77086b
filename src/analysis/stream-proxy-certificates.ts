import type { ConfigNode } from '../config/config-tree.js';
import type { StreamModel } from '../model/model.js';
import { parseTemplate, variablesOf } from '../model/template.js';
import type { AccessTable, StreamRow } from './access.js';
import { verifyVariables } from './checks.js';
import { type StreamExposure, streamExposure } from './stream-exposures.js';

/** A certificate of the proxy that a back end of stream is shown on behalf of clients without a verified one. */
export interface LentStreamCertificate extends StreamExposure {
  readonly certificate: ConfigNode;
}

/**
 * The certificates that servers of stream show for clients without a verified one of their own: `proxy_ssl_certificate`
 * wherever `proxy_ssl` is on (ngx_stream_proxy_set_ssl, mtls-semantics 13).
 */
export function lentStreamCertificates(model: StreamModel, table: AccessTable<StreamRow>): LentStreamCertificate[] {
  return table.rows.flatMap(row => {
    const { content, server } = row.site;
    if (content !== 'proxy_pass' || server.scope.value('proxy_ssl', 'off').toLowerCase() !== 'on') return [];
    const certificate = server.scope.setting('proxy_ssl_certificate');
    const file = certificate?.args[0] ?? '';
    // A file that is chosen by the verdict is a condition: for a client without a certificate it can be none.
    const verdicts = verifyVariables(model, server);
    if (certificate === undefined || file === '') return [];
    if (variablesOf(parseTemplate(file)).some(name => verdicts.has(name))) return [];
    const exposure = streamExposure(model, row);
    return exposure === undefined ? [] : [{ ...exposure, certificate }];
  });
}
