// `sluis directory check` as an administrator types it: a whole installation, and a directory beside it.

import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeInstallation } from '../../gateway/cli/demo/installation.ts';
import { run } from '../../gateway/cli/directory-check.ts';
import { groups, people, pseudonyms, reader } from '../contracts/directory-people.ts';
import { type StandIn, startStandIn } from './directory-standin.ts';

let folder: string;
let server: StandIn;
let config: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sluis-directory-check-'));
  server = await startStandIn();
  config = (await makeInstallation({ directory: folder, laptops: [] }, Date.now())).configFile;
  writeFileSync(join(folder, 'ca.pem'), server.ca);
  writeFileSync(join(folder, 'directory.password'), `${reader.password}\n`, { mode: 0o600 });
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

async function checked(...args: readonly string[]): Promise<{ readonly code: number; readonly said: string }> {
  let said = '';
  const code = await run(args, text => (said += text));
  return { code, said };
}
const configure = (url: string) => {
  appendFileSync(
    config,
    `directory:
  servers: ${url}
  ca-file: ca.pem
  bind: { dn: "${reader.dn}", password-file: directory.password }
  kind: active-directory
  people: { base: "${people}", attribute: employeeNumber }
  groups: { base: "${groups}" }
`,
  );
};

describe('sluis directory check', () => {
  it('says what to name, and when there is no directory', async () => {
    expect(await checked()).toEqual({
      code: 2,
      said: 'sluis directory check: name the configuration with --config FILE\n',
    });
    const { code, said } = await checked('--config', config);
    expect(code).toBe(2);
    expect(said).toContain('no directory is configured');
  });

  it('shows who is bound, what is there, and one person', async () => {
    configure(`ldaps://localhost:${server.port}`);
    const { code, said } = await checked('--config', config, '--pseudonym', pseudonyms.ann);
    expect(said).toContain(`bound as dn:${reader.dn}`);
    expect(said).toContain(`people   7 with employeeNumber below ${people}`);
    expect(said).toContain('groups   13 with member below');
    expect(said).toMatch(
      /person {3}QANN7KX2: account enabled, no end; groups: everyone, it-admins, secret-board, staff \(/,
    );
    expect(said).not.toContain(reader.password);
    expect(code).toBe(0);
    const stranger = await checked('--config', config, '--pseudonym', 'QNOBODY7');
    expect(stranger.code).toBe(1);
    expect(stranger.said).toContain('QNOBODY7: not in the directory');
  });

  it('says which step failed', async () => {
    server.behaves.bindsNobody = true;
    const { code, said } = await checked('--config', config);
    server.behaves.bindsNobody = false;
    expect(code).toBe(1);
    expect(said).toBe(`directory localhost:${server.port}: who am I: the server takes us for nobody\n`);
  });
});
