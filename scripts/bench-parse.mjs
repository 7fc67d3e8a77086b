/**
 * Compares the parser with a minimal hand-written tokenizer and tree over the same bytes, each cold: the first call in a
 * process of its own. Prints both medians, their ratio (the budget is 2.5) and the growth from 10,000 to 100,000
 * directives.
 *
 * usage: npm run bench:parse -- [RUNS]
 */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const [, script, first = '9', directives] = process.argv;

if (directives === undefined) compare(Number(first));
else await measure(first, Number(directives));

function compare(runs) {
  for (const count of [10_000, 100_000]) {
    const medians = {};
    for (const which of ['hand', 'parser']) {
      const times = [];
      for (let run = 0; run < runs; run++) {
        times.push(JSON.parse(execFileSync(process.execPath, [script, which, String(count)], { encoding: 'utf8' })));
      }
      times.sort((a, b) => a.milliseconds - b.milliseconds);
      medians[which] = times[times.length >> 1];
    }
    const { hand, parser } = medians;
    const ratio = (parser.milliseconds / hand.milliseconds).toFixed(2);
    console.log(
      `${count} directives, ${(hand.bytes / 1e6).toFixed(1)} MB: hand ${hand.milliseconds.toFixed(0)} ms, ` +
        `parser ${parser.milliseconds.toFixed(0)} ms, ratio ${ratio}; peak memory ${hand.megabytes} and ${parser.megabytes} MB`,
    );
  }
}

async function measure(which, count) {
  const text = configuration(count);
  const build = new URL('../build/', import.meta.url);
  const { parseConfig } = await import(fileURLToPath(new URL('grammar/index.js', build)));
  const { SourceFile } = await import(fileURLToPath(new URL('src/source/source-file.js', build)));
  const source = new SourceFile('nginx.conf', text);
  const began = performance.now();
  const tree = which === 'hand' ? handParse(text) : parseConfig(source).directives;
  const milliseconds = performance.now() - began;
  if (tree.length !== 2) throw new Error(`${tree.length} directives at the top`);
  const megabytes = Math.round(process.resourceUsage().maxRSS / 1024);
  console.log(JSON.stringify({ milliseconds, megabytes, bytes: text.length }));
}

/** Some 54 bytes a directive: servers of 24 directives with comments, quotes, escapes and `${}`. */
function configuration(directives) {
  const parts = ['events {}\nhttp {\n'];
  for (let server = 0; server < directives / 24; server++) {
    const name = `host${server}.example.org`;
    parts.push(
      `  # virtual server ${server}\n  server {\n    listen 10.0.${(server >> 8) & 255}.${server & 255}:443 ssl;\n`,
      `    server_name ${name} "www.${name}";\n    ssl_certificate /etc/nginx/tls/${name}/fullchain.pem;\n`,
      `    ssl_certificate_key /etc/nginx/tls/${name}/privkey.pem;\n    ssl_client_certificate /etc/nginx/tls/ca.pem;\n`,
      `    ssl_verify_client optional;  # decided below\n    root "/srv/www/${name}";\n    add_header X-Served-By '${name} \\"a\\"';\n`,
      `    access_log /var/log/nginx/${name}.log combined buffer=32k;\n    client_max_body_size 10m;\n\n`,
      `    if ($ssl_client_verify != SUCCESS) {\n      return 403;\n    }\n`,
      `    location / {\n      proxy_set_header Host $host;\n      proxy_set_header X-Client-DN $ssl_client_s_dn;\n`,
      `      proxy_set_header X-Path "\${scheme}://\${host}$request_uri";\n      proxy_pass http://backend_${server};\n    }\n`,
      `    location ~* \\.(?:css|js|png)$ {\n      expires 30d;\n      try_files $uri $uri/ =404;\n    }\n`,
      `    location = /health {\n      return 200 "ok\\n";\n      access_log off;\n    }\n  }\n`,
    );
  }
  parts.push('}\n');
  // One flat string, as a file that was read is: the pieces would be joined while the time is taken.
  return Buffer.from(parts.join(''), 'latin1').toString('latin1');
}

/** The yardstick: one pass, a stack, objects with the same fields; no problems, limits or recovery. */
function handParse(text) {
  const root = [];
  const stack = [];
  let siblings = root;
  let words = [];
  let at = 0;
  while (at < text.length) {
    const byte = text.charCodeAt(at);
    if (byte === 32 || byte === 9 || byte === 10 || byte === 13) {
      at++;
    } else if (byte === 35) {
      const lineFeed = text.indexOf('\n', at);
      at = lineFeed === -1 ? text.length : lineFeed;
    } else if (byte === 59) {
      siblings.push({ name: words[0], args: words.slice(1), block: undefined, start: words[0].start, end: ++at });
      words = [];
    } else if (byte === 123) {
      stack.push({ words, siblings, open: at++ });
      siblings = [];
      words = [];
    } else if (byte === 125) {
      const opened = stack.pop();
      const block = { open: opened.open, close: at++, directives: siblings };
      siblings = opened.siblings;
      const name = opened.words[0];
      siblings.push({ name, args: opened.words.slice(1), block, start: name.start, end: at });
    } else {
      const start = at;
      const quoted = byte === 34 || byte === 39;
      if (quoted) at++;
      for (; at < text.length; at++) {
        const next = text.charCodeAt(at);
        if (next === 92) at++;
        else if (quoted) {
          if (next === byte) break;
        } else if (next === 36 && text.charCodeAt(at + 1) === 123) at++;
        else if (next === 32 || next === 9 || next === 10 || next === 13 || next === 59 || next === 123) break;
      }
      let value = quoted ? text.slice(start + 1, at++) : text.slice(start, at);
      if (value.includes('\\')) value = value.replace(/\\(["'\\])/g, '$1');
      words.push({ value, quote: quoted ? text[start] : undefined, start, end: at });
    }
  }
  return root;
}
