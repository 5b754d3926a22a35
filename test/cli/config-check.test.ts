// `sluis config check` on a whole installation: what is in order, what is not, and what is perhaps not meant.

import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { run } from '../../gateway/cli/config-check.ts';
import { type Installation, makeInstallation } from '../../gateway/cli/demo/installation.ts';

let directory: string;
let installation: Installation;
beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'sluis-config-check-'));
  const nas = (name: string, words: string) => `{ name: ${name}, secret-file: nas.secret, ${words} }`;
  const moreNas = [
    nas('far', 'address: 192.0.2.1'),
    nas('tunnelled', 'address: 192.0.2.2, path: ipsec'),
    nas('excepted', 'address: 192.0.2.3, passwords-over-plain-until: 2999-12-31'),
    nas('lapsed', 'address: 192.0.2.4, passwords-over-plain-until: 2020-12-31'),
  ];
  installation = await makeInstallation({ directory, laptops: [], moreNas }, Date.now());
});
afterEach(() => {
  rmSync(directory, { recursive: true });
});

async function checked() {
  let told = '';
  const code = await run(['--config', installation.configFile], text => void (told += text));
  return { code, lines: told.trimEnd().split('\n') };
}

function addDirectory(passwords: 'yes' | 'no'): void {
  writeFileSync(join(directory, 'bind.password'), 'a bind password', { mode: 0o600 });
  appendFileSync(
    installation.configFile,
    `directory:
  servers: ldaps://dc.example.test
  ca-file: trust.pem
  bind: { dn: "cn=reader,dc=test", password-file: bind.password }
  kind: rfc2307
  people: { base: "ou=people,dc=test", attribute: employeeNumber }
  groups: { base: "ou=groups,dc=test" }
  passwords: ${passwords}
`,
  );
}

it('says of a good configuration that it is in order, and no more', async () => {
  for (const passwords of [undefined, 'no'] as const) {
    if (passwords !== undefined) addDirectory(passwords);
    const { code, lines } = await checked();
    expect(code).toBe(0);
    expect(lines).toEqual([expect.stringMatching(/sluis\.yaml: in order; 5 NAS, policy [0-9a-f]{12}$/) as string]);
  }
});

it('warns of every concentrator whose passwords will be refused, and finds the configuration in order all the same', async () => {
  addDirectory('yes');
  const { code, lines } = await checked();
  expect(code).toBe(0);
  expect(lines.map(line => /^warning: passwords from (\S+) will be refused/.exec(line)?.[1])).toEqual([
    'far',
    'lapsed',
    undefined,
  ]);
});

it('warns of what is taken or sent without a signature', async () => {
  const text = readFileSync(installation.configFile, 'utf8').replace(
    'address: 192.0.2.1',
    'address: 192.0.2.1, require-message-authenticator: no, reply-message-authenticator: no',
  );
  writeFileSync(installation.configFile, text);
  const { code, lines } = await checked();
  expect(code).toBe(0);
  expect(lines.slice(0, -1)).toEqual([
    expect.stringMatching(/^warning: far may send requests that nobody signed/) as string,
    expect.stringMatching(/^warning: far gets replies that are signed with MD5 alone/) as string,
  ]);
});

it('names a problem with its line, and ends with 2', async () => {
  const text = readFileSync(installation.configFile, 'utf8').replace('environment: test', 'environment: toast');
  writeFileSync(installation.configFile, text);
  const { code, lines } = await checked();
  expect(code).toBe(2);
  expect(lines[0]).toMatch(/sluis\.yaml:2: .*toast/);
});

it('says that the gateway would not start where nobody can be asked for what is to be stapled', async () => {
  const text = readFileSync(installation.configFile, 'utf8').replace('eap: {', 'eap: { stapling: on,');
  writeFileSync(installation.configFile, text);
  const problem = (why: string) => ({ code: 2, lines: [`${installation.configFile}: eap: certificate: ${why}`] });
  expect(await checked()).toEqual(problem('stapling needs its issuer behind it, in the same file'));
  appendFileSync(join(directory, 'server.pem'), readFileSync(join(directory, 'trust.pem')));
  expect(await checked()).toEqual(problem('names no OCSP responder; write stapling: off'));
});
