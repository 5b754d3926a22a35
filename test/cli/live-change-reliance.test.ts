// Policies that rely on a live change where none can be made: an error for `policy check`, a warning for `config check`.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { makeInstallation } from '../../gateway/cli/demo/installation.ts';
import { run as checkConfig } from '../../gateway/cli/config-check.ts';
import { run as checkPolicies } from '../../gateway/cli/policy-check.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'sluis-reliance-'));
});
afterEach(() => {
  rmSync(directory, { recursive: true });
});

const nas = (name: string, profile: string, more = '') =>
  `{ name: ${name}, address: 192.0.2.${name.length}, secret-file: nas.secret, profile: ${profile}, require-message-authenticator: no${more} }`;

/** With these concentrators, and one policy of this selection and requirement. */
async function checked(moreNas: readonly string[], selection: string, requires: string) {
  const { configFile } = await makeInstallation({ directory, laptops: [], moreNas }, Date.now());
  const set = join(directory, 'set');
  for (const folder of ['access', 'checks']) mkdirSync(join(set, folder), { recursive: true });
  const check = (name: string, fact: string, must: string) =>
    `- check: ${name}\n  fact: ${fact}\n  must be: ${must}\n  if unknown: deny\n  text: { nl: x, fr: x, de: x, en: x }\n`;
  writeFileSync(
    join(set, 'checks', 'all.yaml'),
    check('firewall', 'firewall.active', 'yes\n  report not older than: 4 hours') +
      check('person', 'person.proven', 'yes'),
  );
  writeFileSync(
    join(set, 'access', 'staff.yaml'),
    `policy: staff\nowner: it\nfor: ${selection}\ngives: office\nrequires:\n  - ${requires}\n`,
  );
  writeFileSync(join(set, 'degraded.yaml'), 'no report yet: quarantine\nreport too old: quarantine\n');
  let out = '';
  const write = vi.spyOn(process.stdout, 'write').mockImplementation(text => {
    out += String(text);
    return true;
  });
  const code = await checkPolicies([set, '--config', configFile]);
  write.mockRestore();
  return { code, out };
}

const quarantine = 'firewall: { otherwise: quarantine }';

describe('sluis policy check --config', () => {
  it.each([
    ['a live change that can be made', nas('ike', 'strongswan'), 'everyone', quarantine],
    ['another concentrator', nas('web', 'ocserv'), '{ concentrator: vpn }', quarantine],
    ['what does not change while a session lives', nas('web', 'ocserv'), 'everyone', 'person: { otherwise: deny }'],
    ['what is only told', nas('web', 'ocserv'), 'everyone', 'firewall: { otherwise: notice }'],
    [
      'what was accepted for a while',
      nas('web', 'ocserv', ', without-live-change-until: 2999-12-31'),
      'everyone',
      quarantine,
    ],
  ])('has nothing against %s', async (_, entry, selection, requires) => {
    const { code, out } = await checked([entry], selection, requires);
    expect(out).toMatch(/^2 checks, 1 policy/);
    expect(code).toBe(0);
  });

  it.each([
    [
      'a quarantine that is left by nothing',
      nas('web', 'ocserv'),
      quarantine,
      '"staff" on web may lead to quarantine, which a repair must be able to leave, and it takes no CoA- or Disconnect-Request; a program on its host could end sessions; name other concentrators in for:, or add without-live-change-until: DATE to web',
    ],
    [
      'a fact that gets worse',
      nas('web', 'ocserv'),
      'firewall: { otherwise: deny }',
      '"staff" on web requires "firewall", which may fail during a session, and it takes no',
    ],
    [
      'an interface that Sluis does not speak',
      nas('gp', 'palo-alto-globalprotect'),
      quarantine,
      'and it is changed through its own interface',
    ],
    [
      'what is switched off',
      nas('ike', 'strongswan', ', dynamic-authorization: { enabled: no }'),
      quarantine,
      'has dynamic-authorization switched off',
    ],
    [
      'what was accepted until a day that is over',
      nas('web', 'ocserv', ', without-live-change-until: 2020-12-31'),
      quarantine,
      'may lead to quarantine',
    ],
    [
      'a segment that nothing tells',
      nas('rras', 'windows-rras', ', without-live-change-until: 2999-12-31'),
      quarantine,
      'nothing tells windows-rras of it: it will be refused; say what "quarantine" is there under segments: (packet-filter)',
    ],
  ])('refuses %s', async (_, entry, requires, message) => {
    const { code, out } = await checked([entry], 'everyone', requires);
    expect(code).toBe(1);
    expect(out).toContain('set/access/staff.yaml:1: ');
    expect(out).toContain(message);
    expect(
      out.split('\n').filter(line => line.includes('access/staff.yaml:1: ') && !line.includes(': warning: ')),
    ).toHaveLength(1);
  });

  it('tells what is wrong with the configuration', async () => {
    const { code, out } = await checked([nas('web', 'ocserf')], 'everyone', quarantine);
    expect(code).toBe(1);
    expect(out).toMatch(/sluis\.yaml:\d+: "ocserf" is not one of: .*; did you mean "ocserv"\?/);
  });
});

describe('sluis config check', () => {
  it('warns of the same, and of what a concentrator cannot be told', async () => {
    const moreNas = [nas('web', 'ocserv').replace('authenticator: no', 'authenticator: yes')];
    const { configFile } = await makeInstallation({ directory, laptops: [], moreNas }, Date.now());
    writeFileSync(configFile, 'segments: { machines: { vlan: 20 } }\n', { flag: 'a' });
    let out = '';
    const code = await checkConfig(['--config', configFile], text => void (out += text));
    expect(code).toBe(0);
    expect(out).toContain('warning: segment "machines" says vlan, and ocserv (web) takes no such thing');
    expect(out).toContain('warning: web must sign its requests, and ocserv never does');
    expect(out).toMatch(/warning: "[a-z-]+" on web (may lead to|requires)/);
    expect(out).not.toContain('(vpn-demo)');
  });
});
