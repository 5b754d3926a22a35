// What a client says of itself: read where the profile says, cleaned, and bounded.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ClaimSource } from '../../gateway/pdp/nas-profile.ts';
import { attribute } from '../../gateway/radius/attributes.ts';
import { readClientClaims } from '../../gateway/radius/client-claims.ts';
import { nasProfiles } from '../support/nas-profiles.ts';

const pair = (text: string) => attribute('Cisco-AVPair', text);
const platform: ClaimSource = { claim: 'platform', attribute: 'Cisco-AVPair', after: 'mdm-tlv=device-platform=' };

describe('client claims', () => {
  it('are the first that begins as it should', () => {
    const said = [
      pair('mdm-tlv=device-mac=aa'),
      pair('mdm-tlv=device-platform=win'),
      pair('mdm-tlv=device-platform=mac'),
    ];
    expect(readClientClaims(said, [platform])).toEqual({ platform: 'win' });
  });

  it('are absent where nothing is said', () => {
    expect(readClientClaims([], [platform])).toBeUndefined();
    expect(readClientClaims([pair('mdm-tlv=device-platform=')], [platform])).toBeUndefined();
    expect(readClientClaims([pair('other')], [platform])).toBeUndefined();
  });

  it('come from the better source where there are two', () => {
    const sources: readonly ClaimSource[] = [
      { claim: 'outer-address', attribute: 'Fortinet-Client-IP-Address' },
      { claim: 'outer-address', attribute: 'Calling-Station-Id' },
    ];
    const caller = attribute('Calling-Station-Id', '192.0.2.9[4500]');
    expect(readClientClaims([caller], sources)).toEqual({ 'outer-address': '192.0.2.9' });
    expect(readClientClaims([caller, attribute('Fortinet-Client-IP-Address', '192.0.2.1')], sources)).toEqual({
      'outer-address': '192.0.2.1',
    });
  });

  it('have no national number, no control character, and an end', () => {
    const host: ClaimSource = { claim: 'host-name', attribute: 'MS-RAS-Client-Name', after: 'MSRAS-0-' };
    const named = (text: string) => readClientClaims([attribute('MS-RAS-Client-Name', text)], [host])?.['host-name'];
    expect(named('MSRAS-0-85073003328')).not.toContain('85073003328');
    expect(named('MSRAS-0-a\u0007b')).toBeUndefined();
    expect(named('MSRAS-0-LAPTOP\0')).toBe('LAPTOP');
    expect(named(`MSRAS-0-${'x'.repeat(230)}`)).toHaveLength(160);
  });

  it('take whatever octets a peer sends', () => {
    const attributes = fc.array(
      fc.record({ type: fc.integer({ min: 1, max: 255 }), bytes: fc.uint8Array({ maxLength: 253 }) }),
    );
    fc.assert(
      fc.property(attributes, fc.constantFrom(...nasProfiles), (said, profile) => {
        for (const text of Object.values(readClientClaims(said, profile.clientClaims) ?? {})) {
          expect(text).not.toMatch(/\p{Cc}/u);
          expect(text.length).toBeLessThanOrEqual(160);
        }
      }),
    );
  });
});
