// Master keys under a key of an HSM: SoftHSM, a complete PKCS #11 module, wraps and opens; node:crypto has the same key and agrees.

import { generateKeyPairSync, type KeyObject, privateDecrypt, randomBytes } from 'node:crypto';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openByHsm, wrapByHsm } from '../../gateway/io/hsm.ts';
import { masterKey } from '../../gateway/io/sealed-secret.ts';
import { readWrappedLine, type WrappedKey, wrappedLine } from '../../gateway/io/wrapped-key.ts';
import { makeSoftCards, pin, softModule, type SoftCards } from '../client/soft-card.ts';
import { describeWith } from '../support/programs.ts';

const keys = [masterKey(randomBytes(32)), masterKey(randomBytes(32))];

describeWith('softhsm2-util', 'an HSM', () => {
  let hsm: SoftCards;
  let pinFile: string;
  let rsa: KeyObject;
  let wrapped: readonly WrappedKey[];
  const uriOf = (key: string, token = 'hsm', from = pinFile): string =>
    `pkcs11:token=${token};${key}?module-path=${softModule}&pin-source=file:${from}`;
  const put = (name: string, content: string): string => {
    const path = join(hsm.folder, name);
    writeFileSync(path, content, { mode: 0o600 });
    return path;
  };
  const open = (uri: string, these = wrapped, more = {}) => openByHsm(these, uri, { ...hsm.environment, ...more });

  beforeAll(() => {
    hsm = makeSoftCards();
    pinFile = put('pin', `${pin}\n`);
    const pem = (key: KeyObject): string => key.export({ type: 'pkcs8', format: 'pem' });
    const rsaKey = (bits: number): KeyObject => generateKeyPairSync('rsa', { modulusLength: bits }).privateKey;
    rsa = rsaKey(2048);
    hsm.put('hsm', [
      { label: 'master', id: '01', key: pem(rsa) },
      { label: 'other', id: '02', key: pem(rsaKey(3072)) },
      { label: 'small', id: '03', key: pem(rsaKey(1024)) },
      { label: 'ec', id: '04', key: pem(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey) },
      { label: 'twin', id: '05', key: pem(rsa) },
      { label: 'twin', id: '06', key: pem(rsa) },
    ]);
    const made = wrapByHsm(keys, uriOf('object=master'), hsm.environment);
    if ('because' in made) throw new Error(made.because);
    wrapped = made.wrapped;
  });
  afterAll(() => hsm.remove());

  it('wraps keys that node:crypto opens with the same private key', () => {
    expect(wrapped.map(({ id }) => id)).toEqual(keys.map(({ id }) => id));
    expect(new Set(wrapped.map(({ hsmKeyId }) => hsmKeyId)).size).toBe(1);
    for (const [index, { box, hash }] of wrapped.entries()) {
      const opened = privateDecrypt({ key: rsa, oaepHash: hash }, box);
      expect(opened.equals(keys[index]?.key ?? new Uint8Array())).toBe(true);
    }
  });

  it('opens all of them again, as they come back from their lines', () => {
    const lines = wrapped.map(wrappedLine);
    expect(lines[0]).toMatch(/^sluis-wrapped\/1 [0-9a-f]{8} [0-9a-f]{8} oaep-sha(1|256) [\w-]{342}\n$/);
    const read = lines.flatMap(line => readWrappedLine(line.trim()) ?? []);
    expect(open(uriOf('id=%01'), read)).toEqual({ keys: keys.map(({ key }) => Buffer.from(key)) });
    expect(lines.join('')).not.toContain(Buffer.from(keys[0]?.key ?? []).toString('base64url'));
  });

  it('takes the PIN from the credential of the service manager first', () => {
    put('sluis-pkcs11-pin', pin);
    const wrong = uriOf('object=master', 'hsm', put('wrong', 'not-this-one'));
    expect(open(wrong, wrapped, { CREDENTIALS_DIRECTORY: hsm.folder })).toHaveProperty('keys');
    expect(open(wrong)).toMatchObject({ because: 'the HSM refused the PIN' });
    expect(open(uriOf('object=master'))).toHaveProperty('keys');
  });

  it.each([
    ['no URI', () => 'hsm', 'the PKCS #11 URI is of no use (it does not begin with pkcs11:)'],
    [
      'no module',
      () => uriOf('object=master').replace(softModule, '/nowhere.so'),
      'there is no PKCS #11 module (/nowhere.so)',
    ],
    [
      'a text for a module',
      () => uriOf('object=master').replace(softModule, pinFile),
      'the PKCS #11 module cannot be used',
    ],
    ['a token that is not there', () => uriOf('object=master', 'hsm2'), 'the HSM has no such token'],
    ['a key that is not there', () => uriOf('object=none'), 'the token has no such private key'],
    ['two keys of one name', () => uriOf('object=twin'), 'several private keys fit the URI (2)'],
    ['another key', () => uriOf('object=other'), 'another key of an HSM wrapped the master keys'],
    ['an elliptic key', () => uriOf('object=ec'), 'the key cannot wrap master keys (no RSA key'],
    ['a short key', () => uriOf('object=small'), 'the key cannot wrap master keys (RSA of 1024 bits)'],
    ['no PIN file', () => uriOf('object=master', 'hsm', '/nowhere'), 'the PIN of the HSM cannot be read (/nowhere)'],
    ['no PIN', () => uriOf('object=master').replace(/&.*/, ''), 'the token wants a PIN'],
    [
      'an empty PIN',
      () => uriOf('object=master', 'hsm', put('empty', '\n')),
      'the PIN of the HSM cannot be read (it is empty)',
    ],
  ])('says what is wrong: %s', (_, uri, because) => {
    const found = open(uri());
    expect('because' in found ? found.because : 'opened').toContain(because);
    expect(found).toHaveProperty('remedy', expect.stringMatching(/.{10}/));
    expect(JSON.stringify(found)).not.toMatch(new RegExp(`\\b${pin}\\b`));
  });

  it('reads no PIN that others may read', () => {
    const file = put('open-pin', pin);
    chmodSync(file, 0o640);
    const because = `"${file}", the PIN of the HSM, may be read by others`;
    expect(open(uriOf('object=master', 'hsm', file))).toEqual({ because, remedy: `chmod 600 ${file}` });
  });

  it('opens no box that was changed', () => {
    const [first] = wrapped;
    if (first === undefined) throw new Error('nothing wrapped');
    const box = Buffer.from(first.box);
    box[100] = (box[100] ?? 0) ^ 1;
    expect(open(uriOf('object=master'), [{ ...first, box }])).toMatchObject({
      because: expect.stringContaining(`the HSM does not open a master key (${first.id}`) as string,
    });
  });

  it('says that the token is away, and opens when it is back', () => {
    hsm.takeOut();
    expect(open(uriOf('object=master'))).toMatchObject({ because: 'the HSM has no such token' });
    hsm.putBack();
    expect(open(uriOf('object=master'))).toHaveProperty('keys');
  });
});
