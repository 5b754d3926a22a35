import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { attribute } from '../../gateway/radius/attributes.ts';
import { readClaims } from '../../gateway/radius/claims.ts';

const number = '85073003328';

describe('readClaims', () => {
  it('reads what strongSwan says about itself and the caller', () => {
    const attributes = [
      attribute('User-Name', 'laptop-07.example'),
      attribute('NAS-Port-Type', 5),
      attribute('Service-Type', 2),
      attribute('NAS-Port', 12),
      attribute('NAS-Port-Id', 'staff'),
      attribute('NAS-IP-Address', '192.0.2.1'),
      attribute('Called-Station-Id', '192.0.2.1[4500]'),
      attribute('Calling-Station-Id', '198.51.100.7[52311]'),
      attribute('Acct-Session-Id', '1767225600-12'),
      attribute('NAS-Identifier', 'vpn-1'),
      attribute('Framed-MTU', 1400),
      attribute('Connect-Info', 'AnyConnect 5.1'),
    ];
    expect(readClaims({ attributes })).toEqual({
      userName: 'laptop-07.example',
      nasPortType: 'Virtual',
      serviceType: 'Framed',
      nasPort: 12,
      nasPortId: 'staff',
      nasIpAddress: '192.0.2.1',
      calledStationId: '192.0.2.1[4500]',
      callingStationId: '198.51.100.7[52311]',
      callingAddress: '198.51.100.7',
      acctSessionId: '1767225600-12',
      nasIdentifier: 'vpn-1',
      framedMtu: 1400,
      connectInfo: 'AnyConnect 5.1',
    });
  });

  it('leaves out what is absent', () => {
    expect(readClaims({ attributes: [] })).toEqual({});
    expect(readClaims({ attributes: [{ type: 12, bytes: Uint8Array.of(1) }] })).toEqual({});
  });

  it('takes IPv6 where the NAS has no IPv4', () => {
    const attributes = [
      attribute('NAS-IPv6-Address', '2001:db8::1'),
      attribute('Calling-Station-Id', '2001:db8::7[500]'),
    ];
    expect(readClaims({ attributes })).toMatchObject({ nasIpAddress: '2001:db8::1', callingAddress: '2001:db8::7' });
  });

  it('shows a number that has no word', () => {
    expect(readClaims({ attributes: [attribute('NAS-Port-Type', 77)] })).toEqual({ nasPortType: '77' });
  });

  it.each([
    'User-Name',
    'Calling-Station-Id',
    'Called-Station-Id',
    'NAS-Identifier',
    'NAS-Port-Id',
    'Connect-Info',
  ] as const)('a national number in %s goes no further', name => {
    for (const written of [number, '85.07.30-033.28']) {
      const claims = readClaims({ attributes: [attribute(name, `id=${written};`)] });
      expect(Object.values(claims)).toEqual(['id=[national-number];']);
    }
  });

  it('a session id is a key and stays what it is', () => {
    expect(readClaims({ attributes: [attribute('Acct-Session-Id', number)] })).toEqual({ acctSessionId: number });
  });

  it.skipIf(spawnSync('openssl', ['version']).status !== 0)(
    'a subject in DER, as strongSwan sends it for a certificate, becomes a digest',
    () => {
      // A real one: openssl writes the name of a certificate request with a national number in it.
      const pem = execFileSync(
        'openssl',
        [
          'req',
          '-new',
          '-newkey',
          'ec',
          '-pkeyopt',
          'ec_paramgen_curve:P-256',
          '-nodes',
          '-keyout',
          '/dev/null',
          '-subj',
          `/C=BE/CN=Jan Peeters (Authentication)/serialNumber=${number}`,
          '-outform',
          'DER',
        ],
        { stdio: ['ignore', 'pipe', 'ignore'] },
      );
      // CertificationRequest { info { version, subject: at octet 9 or so; the first SEQUENCE after INTEGER 0 } }
      const at = pem.indexOf(Buffer.from([0x02, 0x01, 0x00])) + 3;
      const der = pem.subarray(at, at + 2 + (pem[at + 1] ?? 0));
      expect(der.includes(number)).toBe(true);
      const { userName } = readClaims({ attributes: [{ type: 1, bytes: der }] });
      expect(userName).toBe(`dn:${createHash('sha256').update(der).digest('hex').slice(0, 16)}`);
    },
  );

  it('nothing unprintable comes through, and no eleven digits of a national number', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array({ minLength: 1, maxLength: 60 }),
          fc.string({ minLength: 1 }).map(text => Uint8Array.from(Buffer.from(`${text}${number}`))),
        ),
        bytes => {
          const { userName = '' } = readClaims({ attributes: [{ type: 1, bytes }] });
          expect(userName).not.toMatch(/[\p{Cc}\u202e]/u);
          expect(userName).not.toMatch(/(?<!\d)85073003328(?!\d)/);
        },
      ),
    );
  });

  it.each(['evil\nline', 'evil\u202egnp.exe', 'nul\0', '\ufeffbom'])('%j is shown as a digest', text => {
    expect(readClaims({ attributes: [attribute('User-Name', text)] }).userName).toMatch(/^dn:[0-9a-f]{16}$/);
    expect(readClaims({ attributes: [attribute('Connect-Info', text)] }).connectInfo).toMatch(/^octets:[0-9a-f]{16}$/);
  });
});
