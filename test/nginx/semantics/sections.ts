import { section as mtls01Modes } from './mtls-01-modes.js';
import { section as mtls02TrustedCertificate } from './mtls-02-trusted-certificate.js';
import { section as mtls05PlainAndTls } from './mtls-05-plain-and-tls.js';
import { section as mtls06SniHost } from './mtls-06-sni-host.js';
import { section as mtls08ErrorPage } from './mtls-08-error-page.js';
import { section as mtls09Contexts } from './mtls-09-contexts.js';
import { section as mtls1011Identity } from './mtls-10-11-identity.js';
import { section as mtls13Stream } from './mtls-13-stream.js';
import { section as mtls1415Listeners } from './mtls-14-15-listeners.js';
import { section as request01ServerLevel } from './request-01-server-level.js';
import { section as request02NestedBlocks } from './request-02-nested-blocks.js';
import { section as request03SeveralIfs } from './request-03-several-ifs.js';
import { section as request04Conditions } from './request-04-conditions.js';
import { section as request05Maps } from './request-05-maps.js';
import { section as request06Locations } from './request-06-locations.js';
import { section as request07Rewrite } from './request-07-rewrite.js';
import { section as request08ErrorPages } from './request-08-error-pages.js';
import { section as request09Access } from './request-09-access.js';
import { section as request10Redirects } from './request-10-redirects.js';
import { section as request11Handlers } from './request-11-handlers.js';
import { section as request12Fields } from './request-12-fields.js';
import { section as request12Inheritance } from './request-12-inheritance.js';
import { section as request13ClientControl } from './request-13-client-control.js';
import { section as request14Servers } from './request-14-servers.js';
import { section as request15Grammar } from './request-15-grammar.js';
import { section as request16Scripts } from './request-16-scripts.js';
import type { Section } from './rows.js';
import type { StreamSection } from './stream-rows.js';

/** All sections, by the name of the file that holds them. */
export const SECTIONS: Readonly<Record<string, Section | StreamSection>> = {
  'mtls-01-modes': mtls01Modes,
  'mtls-02-trusted-certificate': mtls02TrustedCertificate,
  'mtls-05-plain-and-tls': mtls05PlainAndTls,
  'mtls-06-sni-host': mtls06SniHost,
  'mtls-08-error-page': mtls08ErrorPage,
  'mtls-09-contexts': mtls09Contexts,
  'mtls-10-11-identity': mtls1011Identity,
  'mtls-13-stream': mtls13Stream,
  'mtls-14-15-listeners': mtls1415Listeners,
  'request-01-server-level': request01ServerLevel,
  'request-02-nested-blocks': request02NestedBlocks,
  'request-03-several-ifs': request03SeveralIfs,
  'request-04-conditions': request04Conditions,
  'request-05-maps': request05Maps,
  'request-06-locations': request06Locations,
  'request-07-rewrite': request07Rewrite,
  'request-08-error-pages': request08ErrorPages,
  'request-09-access': request09Access,
  'request-10-redirects': request10Redirects,
  'request-11-handlers': request11Handlers,
  'request-12-fields': request12Fields,
  'request-12-inheritance': request12Inheritance,
  'request-13-client-control': request13ClientControl,
  'request-14-servers': request14Servers,
  'request-15-grammar': request15Grammar,
  'request-16-scripts': request16Scripts,
};
