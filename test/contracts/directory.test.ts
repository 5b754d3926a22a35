// The directory contract against a real slapd, and against a stand-in that misbehaves on request.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { startSlapd } from '../io/directory-slapd.ts';
import { startStandIn } from '../io/directory-standin.ts';
import { describeWith } from '../support/programs.ts';
import { directoryContract } from './directory.ts';
import { groups, reader } from './directory-people.ts';

describe('the LDAP directory, with a stand-in', () => {
  directoryContract(startStandIn);
});

describeWith('slapd', 'the LDAP directory, with slapd', slapd => {
  directoryContract(() => startSlapd(slapd));
});

describeWith(['slapd', 'ldapsearch'], 'what the contract rests on', (slapd = '', ldapsearch = '') => {
  it('is that slapd shows an unbound client one group less, and calls it success', async () => {
    const server = await startSlapd(slapd);
    const folder = mkdtempSync(join(tmpdir(), 'sluis-ldapsearch-'));
    try {
      writeFileSync(join(folder, 'ca.pem'), server.ca);
      const found = (...bind: readonly string[]): number => {
        const url = `ldaps://localhost:${server.port}`;
        // OpenLDAP's client takes "localhost" for the machine's own name, which no test certificate carries.
        const env = { ...process.env, LDAPTLS_CACERT: join(folder, 'ca.pem'), LDAPTLS_REQCERT: 'allow' };
        const args = ['-x', '-LLL', '-H', url, ...bind, '-b', groups, '(member=*)', '1.1'];
        return execFileSync(ldapsearch, args, { env, encoding: 'utf8' }).match(/^dn:/gm)?.length ?? 0;
      };
      expect(found('-D', reader.dn, '-w', reader.password)).toBe(13);
      expect(found()).toBe(12);
    } finally {
      await server.close();
      rmSync(folder, { recursive: true });
    }
  });
});
