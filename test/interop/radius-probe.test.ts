// `sluis radius probe` as an administrator types it: over UDP, and over TLS as the concentrator whose certificate it shows.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run } from '../../gateway/cli/radius-probe.ts';
import type { Issued } from '../../gateway/cli/demo/test-authority.ts';
import { type Concentrators, makeConcentrators } from '../support/concentrator-pki.ts';
import { certificatePolicies, obtainTicket, startTestGateway, type TestGateway } from '../support/gateway.ts';

const laptop = 'lt-1.example';

interface Summary {
  readonly verdict: string;
  readonly notes: readonly string[];
  readonly reply?: readonly string[];
  readonly keysMatch?: boolean;
}

describe('the probe', () => {
  let gateway: TestGateway;
  let concentrators: Concentrators;
  beforeAll(async () => {
    concentrators = await makeConcentrators();
    gateway = await startTestGateway({
      laptops: [laptop],
      policies: certificatePolicies,
      overTls: { clientCa: concentrators.ca.pem, nas: ['{ name: vpn-a, tls-name: vpn-a.example, group: vpn }'] },
    });
  });
  afterAll(() => gateway.stop());

  async function probe(...words: readonly string[]): Promise<{ readonly code: number; readonly said: Summary }> {
    let output = '';
    const code = await run([...words, '--json'], text => (output += text));
    return { code, said: JSON.parse(output === '' ? '{}' : output) as Summary };
  }
  const port = (): number => gateway.ports.radiusTls;
  const overTls = (shown: Issued = concentrators.a): readonly string[] => [
    '--over-tls',
    ...['--server', `127.0.0.1:${port()}`, '--server-name', 'localhost', '--server-ca', gateway.installation.trustFile],
    ...[
      '--nas-certificate',
      gateway.put('nas.pem', shown.chainPem),
      '--nas-key',
      gateway.put('nas.key', shown.privateKeyPem),
    ],
  ];
  const overUdp = (which: 'authentication' | 'accounting'): readonly string[] => [
    ...['--server', `127.0.0.1:${gateway.ports[which]}`, '--secret-file', gateway.installation.secretFile],
  ];
  const caller = ['--calling-station-id', '192.0.2.5'];
  const tls = (version: string) => (): readonly string[] => [...overTls(), '--radius', version];
  const ways: [string, () => readonly string[], RegExp | undefined][] = [
    ['UDP', () => overUdp('authentication'), undefined],
    ['RADIUS/1.0 over TLS', tls('1.0'), /^RADIUS\/1.0 over TLSv1.3$/],
    ['RADIUS/1.1 over TLS', tls('1.1'), /^RADIUS\/1.1 over TLSv1.3$/],
  ];

  describe.each(ways)('over %s', (_name, way, says) => {
    const note = (said: Summary) => {
      if (says === undefined) expect(said.notes).toEqual([]);
      else expect(said.notes[0]).toMatch(says);
    };
    it('asks whether it is alive', async () => {
      const { code, said } = await probe('status', ...way());
      expect([code, said.verdict], said.notes.join()).toEqual([0, 'answered']);
      note(said);
    });
    it('logs in with a ticket, and not with a wrong one', async () => {
      const ticket = await obtainTicket(gateway, laptop);
      const pap = (password: string) =>
        probe(
          'pap',
          ...way(),
          ...caller,
          '--user',
          ticket.handle,
          '--password-file',
          gateway.put('password', password),
        );
      expect(await pap('wrong')).toMatchObject({ code: 1, said: { verdict: 'reject' } });
      expect((await gateway.denials())[0]?.reasons).toEqual(['ticket-secret-wrong']);
      const { code, said } = await pap(ticket.secret);
      expect([code, said.verdict], said.notes.join()).toEqual([0, 'accept']);
      expect(said.reply?.join()).toContain('Filter-Id');
      note(said);
    });
    it('logs in with a certificate, and holds the keys of the concentrator against its own', async () => {
      const { certificate, key } = gateway.installation.laptops.get(laptop) ?? { certificate: '', key: '' };
      const { code, said } = await probe('eap-tls', ...way(), '--certificate', certificate, '--key', key);
      expect([code, said.verdict, said.keysMatch], said.notes.join()).toEqual([0, 'accept', true]);
      note(said);
    });
    it('tells of a session', async () => {
      const where = says === undefined ? overUdp('accounting') : way();
      const { code, said } = await probe(
        'accounting',
        ...where,
        '--status',
        'start',
        '--session',
        'S-1',
        '--user',
        'x',
      );
      expect([code, said.verdict], said.notes.join()).toEqual([0, 'answered']);
    });
  });

  it('is told that the server does not let a stranger in', async () => {
    for (const shown of [concentrators.unknown, concentrators.forged]) {
      const { code, said } = await probe('status', ...overTls(shown));
      expect([code, said.verdict]).toEqual([1, 'no-reply']);
      expect(said.notes.join()).toContain('closed the connection');
    }
  });
  it('does not speak to a server that cannot prove itself', async () => {
    const stranger = ['--server-ca', gateway.put('other.pem', concentrators.ca.pem)];
    const { code, said } = await probe('status', ...overTls(), ...stranger);
    expect([code, said.verdict, said.reply]).toEqual([1, 'no-reply', undefined]);
    expect(said.notes.join()).toMatch(/the network says (SELF_SIGNED|UNABLE_TO)/);
    const elsewhere = await probe('status', ...overTls(), '--server-name', 'elsewhere.example');
    expect(elsewhere.said.notes.join()).toContain('ERR_TLS_CERT_ALTNAME_INVALID');
  });
  it('says that nobody listens', async () => {
    const words = overTls().map(word => (word === `127.0.0.1:${port()}` ? '127.0.0.1:1' : word));
    expect((await probe('status', ...words)).said.notes).toEqual(['the network says ECONNREFUSED']);
  });
  it('needs to know who it is', async () => {
    expect(await run(['status', '--server', '127.0.0.1:1', '--over-tls'])).toBe(2);
    expect(await run(['status', ...overTls(), '--radius', '2.0'])).toBe(2);
  });
});
