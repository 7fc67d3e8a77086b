/**
 * The files that Debian's nginx-common and nginx's own source tree put beside nginx.conf, for checkouts that hold only
 * what people wrote. What they say is what the packages say (Debian 12, nginx 1.22.1); comments are left out, and so are
 * the bodies of the character maps, which decide nothing here.
 */

/** `NAME value` per line, as the parameters of a FastCGI, uwsgi or SCGI request. */
function parameters(directive: string, list: string): string {
  return list
    .trim()
    .split('\n')
    .map(line => `${directive} ${line.trim()};\n`)
    .join('');
}

const FASTCGI = `
  QUERY_STRING $query_string
  REQUEST_METHOD $request_method
  CONTENT_TYPE $content_type
  CONTENT_LENGTH $content_length
  SCRIPT_NAME $fastcgi_script_name
  REQUEST_URI $request_uri
  DOCUMENT_URI $document_uri
  DOCUMENT_ROOT $document_root
  SERVER_PROTOCOL $server_protocol
  REQUEST_SCHEME $scheme
  HTTPS $https if_not_empty
  GATEWAY_INTERFACE CGI/1.1
  SERVER_SOFTWARE nginx/$nginx_version
  REMOTE_ADDR $remote_addr
  REMOTE_PORT $remote_port
  REMOTE_USER $remote_user
  SERVER_ADDR $server_addr
  SERVER_PORT $server_port
  SERVER_NAME $server_name
  REDIRECT_STATUS 200
`;

const UWSGI = `
  QUERY_STRING $query_string
  REQUEST_METHOD $request_method
  CONTENT_TYPE $content_type
  CONTENT_LENGTH $content_length
  REQUEST_URI $request_uri
  PATH_INFO $document_uri
  DOCUMENT_ROOT $document_root
  SERVER_PROTOCOL $server_protocol
  REQUEST_SCHEME $scheme
  HTTPS $https if_not_empty
  REMOTE_ADDR $remote_addr
  REMOTE_PORT $remote_port
  SERVER_PORT $server_port
  SERVER_NAME $server_name
  HTTP_HOST $host
`;

const SCGI = `
  REQUEST_METHOD $request_method
  REQUEST_URI $request_uri
  QUERY_STRING $query_string
  CONTENT_TYPE $content_type
  DOCUMENT_URI $document_uri
  DOCUMENT_ROOT $document_root
  SCGI 1
  SERVER_PROTOCOL $server_protocol
  REQUEST_SCHEME $scheme
  HTTPS $https if_not_empty
  REMOTE_ADDR $remote_addr
  REMOTE_PORT $remote_port
  SERVER_PORT $server_port
  SERVER_NAME $server_name
  HTTP_HOST $host
`;

const MIME_TYPES = `types {
  text/html html htm shtml;
  text/css css;
  text/xml xml;
  image/gif gif;
  image/jpeg jpeg jpg;
  application/javascript js;
  application/atom+xml atom;
  application/rss+xml rss;
  text/mathml mml;
  text/plain txt;
  text/vnd.sun.j2me.app-descriptor jad;
  text/vnd.wap.wml wml;
  text/x-component htc;
  image/avif avif;
  image/png png;
  image/svg+xml svg svgz;
  image/tiff tif tiff;
  image/vnd.wap.wbmp wbmp;
  image/webp webp;
  image/x-icon ico;
  image/x-jng jng;
  image/x-ms-bmp bmp;
  font/woff woff;
  font/woff2 woff2;
  application/java-archive jar war ear;
  application/json json;
  application/mac-binhex40 hqx;
  application/msword doc;
  application/pdf pdf;
  application/postscript ps eps ai;
  application/rtf rtf;
  application/vnd.apple.mpegurl m3u8;
  application/vnd.google-earth.kml+xml kml;
  application/vnd.google-earth.kmz kmz;
  application/vnd.ms-excel xls;
  application/vnd.ms-fontobject eot;
  application/vnd.ms-powerpoint ppt;
  application/vnd.oasis.opendocument.graphics odg;
  application/vnd.oasis.opendocument.presentation odp;
  application/vnd.oasis.opendocument.spreadsheet ods;
  application/vnd.oasis.opendocument.text odt;
  application/vnd.openxmlformats-officedocument.presentationml.presentation pptx;
  application/vnd.openxmlformats-officedocument.spreadsheetml.sheet xlsx;
  application/vnd.openxmlformats-officedocument.wordprocessingml.document docx;
  application/vnd.wap.wmlc wmlc;
  application/wasm wasm;
  application/x-7z-compressed 7z;
  application/x-cocoa cco;
  application/x-java-archive-diff jardiff;
  application/x-java-jnlp-file jnlp;
  application/x-makeself run;
  application/x-perl pl pm;
  application/x-pilot prc pdb;
  application/x-rar-compressed rar;
  application/x-redhat-package-manager rpm;
  application/x-sea sea;
  application/x-shockwave-flash swf;
  application/x-stuffit sit;
  application/x-tcl tcl tk;
  application/x-x509-ca-cert der pem crt;
  application/x-xpinstall xpi;
  application/xhtml+xml xhtml;
  application/xspf+xml xspf;
  application/zip zip;
  application/octet-stream bin exe dll;
  application/octet-stream deb;
  application/octet-stream dmg;
  application/octet-stream iso img;
  application/octet-stream msi msp msm;
  audio/midi mid midi kar;
  audio/mpeg mp3;
  audio/ogg ogg;
  audio/x-m4a m4a;
  audio/x-realaudio ra;
  video/3gpp 3gpp 3gp;
  video/mp2t ts;
  video/mp4 mp4;
  video/mpeg mpeg mpg;
  video/quicktime mov;
  video/webm webm;
  video/x-flv flv;
  video/x-m4v m4v;
  video/x-mng mng;
  video/x-ms-asf asx asf;
  video/x-ms-wmv wmv;
  video/x-msvideo avi;
}
`;

const FASTCGI_PHP = `fastcgi_split_path_info ^(.+?\\.php)(/.*)$;
try_files $fastcgi_script_name =404;
set $path_info $fastcgi_path_info;
fastcgi_param PATH_INFO $path_info;
fastcgi_index index.php;
include fastcgi.conf;
`;

const PROXY_PARAMS = `proxy_set_header Host $host;
proxy_set_header X-Real-IP $remote_addr;
proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
proxy_set_header X-Forwarded-Proto $scheme;
`;

const SNAKEOIL = `ssl_certificate /etc/ssl/certs/ssl-cert-snakeoil.pem;
ssl_certificate_key /etc/ssl/private/ssl-cert-snakeoil.key;
`;

/** Content by path below the configuration folder. */
const FILES: Readonly<Record<string, () => string>> = {
  'fastcgi.conf': () =>
    `fastcgi_param SCRIPT_FILENAME $document_root$fastcgi_script_name;\n${parameters('fastcgi_param', FASTCGI)}`,
  fastcgi_params: () => parameters('fastcgi_param', `${FASTCGI.trimEnd()}\nHTTP_HOST $host`),
  'koi-utf': () => 'charset_map koi8-r utf-8 {}\n',
  'koi-win': () => 'charset_map koi8-r windows-1251 {}\n',
  'mime.types': () => MIME_TYPES,
  proxy_params: () => PROXY_PARAMS,
  scgi_params: () => parameters('scgi_param', SCGI),
  'snippets/fastcgi-php.conf': () => FASTCGI_PHP,
  'snippets/snakeoil.conf': () => SNAKEOIL,
  uwsgi_params: () => parameters('uwsgi_param', UWSGI),
  'win-utf': () => 'charset_map windows-1251 utf-8 {}\n',
};

/** Where packages put the configuration folder. */
const CONFIGURATION_FOLDERS = [
  '/etc/nginx',
  '/usr/local/nginx/conf',
  '/usr/local/etc/nginx',
  '/opt/homebrew/etc/nginx',
];

/**
 * The path of a distribution's file below the configuration folder, if an absolute path names one: a known name in the
 * main file's folder or in a folder where packages put it. A file of the same name elsewhere is somebody's own.
 */
export function distributionName(path: string, mainFolder: string): string | undefined {
  for (const folder of [mainFolder, ...CONFIGURATION_FOLDERS]) {
    if (path.startsWith(`${folder}/`)) {
      const name = path.slice(folder.length + 1);
      if (Object.hasOwn(FILES, name)) return name;
    }
  }
  return undefined;
}

/** The content of a file that `distributionName` named. */
export function distributionFile(name: string): string {
  return FILES[name]!();
}

/** The names of all files that are built in, as paths below the configuration folder. */
export const DISTRIBUTION_NAMES: readonly string[] = Object.keys(FILES);
