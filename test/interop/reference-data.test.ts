// Reference data from end to end: a gateway that runs does not know how long a laptop's system is supported; a bundle is made and
// installed with the commands, and the next login is judged by it.

import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { run as data } from '../../gateway/cli/data.ts';
import { obtainTicket, startTestGateway, type TestGateway } from '../support/gateway.ts';
import { describeWith } from '../support/programs.ts';
import { login, radclient, signed, valueOf } from './radclient-client.ts';

const laptop = 'lt-1.example';
const text = 'text: { en: x, nl: x, fr: x, de: x }\n';

describeWith(['radclient'], 'reference data', (client = '') => {
  const root = mkdtempSync(join(tmpdir(), 'sluis-reference-'));
  const write = (path: string, content: string): string => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content, { mode: 0o600 });
    return join(root, path);
  };
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  let gateway: TestGateway;

  beforeAll(async () => {
    const check = 'check: supported\nfact: os.support-left\nmust be: at least 1 day\nreport not older than: 1 day\n';
    write('set/policies/checks/supported.yaml', `${check}if unknown: quarantine\n${text}`);
    write('set/policies/degraded.yaml', 'no report yet: quarantine\nreport too old: quarantine\n');
    const access = 'policy: everybody\nowner: test\nfor: everyone\ngives: office\n';
    write('set/policies/access/all.yaml', `${access}requires:\n  - supported: { otherwise: quarantine }\n`);
    gateway = await startTestGateway({
      policies: join(root, 'set/policies'),
      laptops: [laptop],
      more: async (_installation, put) => {
        put('signer.pem', publicKey.export({ type: 'spki', format: 'pem' }));
        return 'reference-data: { signers: [signer.pem] }\n';
      },
    });
  }, 60_000);
  afterAll(async () => {
    await gateway.stop();
    rmSync(root, { recursive: true });
  });

  async function segment(): Promise<string | undefined> {
    const ticket = await obtainTicket(gateway, laptop);
    const lines = [...login(ticket.handle, ticket.secret), signed];
    const port = gateway.ports.authentication;
    return valueOf(await radclient(client, { kind: 'auth', port, secret: gateway.secret, lines }), 'Filter-Id');
  }
  const quiet = { write: () => undefined, writeError: (line: string) => expect(line).toBe('') };

  it('is taken over by a gateway that runs, and kept over a restart', async () => {
    expect(await segment()).toBe('quarantine');
    // The recorded laptop runs Debian 13.
    write('reference/os-support.yaml', 'debian:\n  - { version: "12", name: bookworm, ends: 2028-06-30 }\n');
    const key = write('signer.key', privateKey.export({ type: 'pkcs8', format: 'pem' }));
    const bundle = join(root, 'reference-data.bundle');
    const config = gateway.installation.configFile;
    expect(await data(['build', join(root, 'reference'), '--key', key, '--out', bundle], quiet)).toBe(0);
    expect(await data(['install', bundle, '--config', config], quiet)).toBe(0);
    await vi.waitFor(() => expect(gateway.lines().join('\n')).toContain('reference-data-taken'), 15_000);
    expect(await segment()).toBe('office');
    await vi.waitFor(
      async () => expect(await gateway.count('sluis_reference_data_age_seconds')).toBeGreaterThan(0),
      15_000,
    );
    expect(await gateway.count('sluis_reference_data_old')).toBe(0);
    await gateway.restart();
    expect(await segment()).toBe('office');
  }, 60_000);
});
