// The URI of a key in a token: what is understood, and that what is not never shows a value.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readPkcs11Uri } from '../../gateway/pkcs11/uri.ts';

const query = '?module-path=/usr/lib/hsm.so';

describe('a PKCS #11 URI', () => {
  it('names module, token, key and the place of the PIN', () => {
    const text = `pkcs11:token=Town%20hall;serial=00a1;object=master;id=%01%ffA;type=private${query}&pin-source=file:/etc/pin`;
    expect(readPkcs11Uri(text)).toEqual({
      uri: {
        module: '/usr/lib/hsm.so',
        token: { token: 'Town hall', serial: '00a1' },
        label: 'master',
        id: Buffer.from([1, 255, 65]),
        pinFile: '/etc/pin',
      },
    });
  });

  it.each([
    ['file:/etc/pin', '/etc/pin'],
    ['file:///etc/pin', '/etc/pin'],
    ['/etc/pin', '/etc/pin'],
    ['file:/etc/my%20pin', '/etc/my pin'],
  ])('finds the PIN at %s', (source, pinFile) => {
    expect(readPkcs11Uri(`pkcs11:token=a;object=b${query}&pin-source=${source}`)).toMatchObject({ uri: { pinFile } });
  });

  it('takes back every label and id that was written as the RFC says [RFC7512-2.3]', () => {
    const percent = (octets: Uint8Array): string => Buffer.from(octets).toString('hex').replaceAll(/../g, '%$&');
    fc.assert(
      fc.property(fc.string({ minLength: 1, unit: 'grapheme' }), fc.uint8Array({ minLength: 1 }), (label, id) => {
        const text = `pkcs11:token=${percent(Buffer.from(label))};object=${percent(Buffer.from(label))};id=${percent(id)}${query}`;
        expect(readPkcs11Uri(text)).toEqual({
          uri: { module: '/usr/lib/hsm.so', token: { token: label }, label, id: Buffer.from(id) },
        });
      }),
    );
  });

  it.each([
    ['', 'begin with pkcs11:'],
    ['file:/etc/key', 'begin with pkcs11:'],
    [`pkcs11:object=b${query}`, 'token= or serial='],
    [`pkcs11:token=a${query}`, 'object= or id='],
    ['pkcs11:token=a;object=b', 'module-path'],
    ['pkcs11:token=a;object=b?module-path=hsm.so', 'module-path'],
    [`pkcs11:token=a;object=b;type=public${query}`, 'type=private'],
    [`pkcs11:token=a;token=c;object=b${query}`, 'twice'],
    [`pkcs11:token=a b;object=b${query}`, 'RFC 7512'],
    [`pkcs11:token=%4;object=b${query}`, 'RFC 7512'],
    [`pkcs11:token=;object=b${query}`, 'RFC 7512'],
    [`pkcs11:token=a;object=b${query}&module-name=hsm`, 'only token, serial'],
    [`pkcs11:token=a;object=b;slot-id=1${query}`, 'only token, serial'],
    [`pkcs11:token=a;object=b${query}&pin-source=%7C/bin/pin`, 'file:/PATH'],
    [`pkcs11:token=a;object=b${query}&pin-source=file:pin`, 'file:/PATH'],
  ])('is refused: %s', (text, wrong) => {
    expect(readPkcs11Uri(text)).toEqual({ wrong: expect.stringContaining(wrong) as string });
  });

  it('is refused with a PIN in it, wherever that stands, and the PIN is not repeated', () => {
    for (const text of [
      `pkcs11:token=a;object=b${query}&pin-value=86421`,
      `pkcs11:pin-value=86421;token=a;object=b${query}`,
      `pkcs11:token=a;object=b${query}&pin=86421`,
      `pkcs11:token=a;object=b${query}&pin-source=86421`,
    ]) {
      const read = readPkcs11Uri(text);
      expect(read).toHaveProperty('wrong');
      expect(JSON.stringify(read)).not.toContain('86421');
    }
  });
});
