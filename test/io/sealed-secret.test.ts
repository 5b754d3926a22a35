// Sealed secrets: they open as they were sealed, under their own name, with their own key; anything else stays closed.

import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  linkSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readMasterKeys } from '../../gateway/io/master-key.ts';
import { notReplaceable, replaceFile, secretFileState, secretReader } from '../../gateway/io/secret-file.ts';
import { isSealed, keyIdOf, masterKey, open, seal } from '../../gateway/io/sealed-secret.ts';

const key = masterKey(randomBytes(32));
const other = masterKey(randomBytes(32));
const bytes = (text: string): Uint8Array => Buffer.from(text, 'utf8');
const sealedBytes = (secret: string, name = 'nas.secret'): Buffer => Buffer.from(seal(bytes(secret), name, key));
const textOf = (found: ReturnType<typeof open>): string | undefined =>
  'sealed' in found ? undefined : Buffer.from(found.secret).toString('utf8');

describe('a sealed secret', () => {
  it('opens as it was, whatever it held', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.string({ minLength: 1, unit: 'grapheme' }), (secret, name) => {
        const opened = open(Buffer.from(seal(secret, name, key)), name, [other, key]);
        expect(opened).toMatchObject({ keyId: key.id });
        expect('sealed' in opened ? undefined : Buffer.from(opened.secret)).toEqual(Buffer.from(secret));
      }),
      { numRuns: 200 },
    );
  });

  it('is one line that names its key and holds nothing of the secret', () => {
    const secret = randomBytes(24).toString('base64url');
    const line = seal(bytes(secret), 'nas.secret', key);
    expect(line).toMatch(/^sluis-sealed\/1 [0-9a-f]{8} [\w-]{16} [\w-]+\n$/);
    expect(line).not.toContain(secret);
    expect(line).not.toContain(Buffer.from(secret).toString('base64url'));
    expect(keyIdOf(bytes(line))).toBe(key.id);
    expect(isSealed(bytes(line))).toBe(true);
    expect(isSealed(bytes(secret))).toBe(false);
  });

  it('is what the decision record says it is, made and opened step by step without our code', () => {
    const name = 'eap.key';
    const id = createHash('sha256').update('sluis-master-key-id/1\0').update(key.key).digest('hex').slice(0, 8);
    const aad = (part: string) => Buffer.from(`sluis-sealed/1\0${part}\0${id}\0${name}`);
    const [, , nonce = '', box = ''] = sealedBytes('town', name).toString().trim().split(' ');
    const iv = Buffer.from(nonce, 'base64url');
    const octets = Buffer.from(box, 'base64url');
    const gcmOpen = (sealed: Buffer, under: Uint8Array, part: string): Buffer => {
      const decipher = createDecipheriv('aes-256-gcm', under, iv).setAAD(aad(part)).setAuthTag(sealed.subarray(-16));
      return Buffer.concat([decipher.update(sealed.subarray(0, -16)), decipher.final()]);
    };
    const contentKey = gcmOpen(octets.subarray(0, 48), key.key, 'key');
    expect(gcmOpen(octets.subarray(48), contentKey, 'content').toString()).toBe('town');

    const gcmSeal = (plain: Uint8Array, under: Uint8Array, part: string): Buffer => {
      const cipher = createCipheriv('aes-256-gcm', under, iv).setAAD(aad(part));
      return Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
    };
    const made = Buffer.concat([gcmSeal(contentKey, key.key, 'key'), gcmSeal(bytes('hall'), contentKey, 'content')]);
    const line = `sluis-sealed/1 ${id} ${nonce} ${made.toString('base64url')}`;
    expect(textOf(open(bytes(line), name, [key]))).toBe('hall');
  });

  it('is never sealed the same way twice', () => {
    const lines = Array.from({ length: 50 }, () => seal(bytes('same'), 'x', key).split(' '));
    expect(new Set(lines.map(parts => parts[2])).size).toBe(50);
    expect(new Set(lines.map(parts => parts[3])).size).toBe(50);
  });

  it('does not open with another key, even under the name of the right one', () => {
    const sealed = sealedBytes('town');
    expect(open(sealed, 'nas.secret', [other])).toEqual({ sealed: 'wrong-key', keyId: key.id, known: [other.id] });
    expect(open(sealed, 'nas.secret', [{ id: key.id, key: other.key }])).toEqual({ sealed: 'damaged' });
    // Two keys may share the eight digits: the right one is found all the same.
    expect(textOf(open(sealed, 'nas.secret', [{ id: key.id, key: other.key }, key]))).toBe('town');
  });

  it('does not open under the name of another file', () => {
    expect(open(sealedBytes('town', 'a.secret'), 'b.secret', [key])).toEqual({ sealed: 'damaged' });
    expect(textOf(open(sealedBytes('town', 'a.secret'), 'a.secret', [key]))).toBe('town');
  });

  it('does not open with the wrapped key or the content of another', () => {
    const cut = (sealed: Buffer): readonly [string, Buffer] => {
      const [, , nonce = '', box = ''] = sealed.toString().trim().split(' ');
      return [nonce, Buffer.from(box, 'base64url')];
    };
    const [nonce, first] = cut(sealedBytes('first'));
    const [, second] = cut(sealedBytes('other'));
    const mixed = Buffer.concat([first.subarray(0, 48), second.subarray(48)]).toString('base64url');
    expect(open(bytes(`sluis-sealed/1 ${key.id} ${nonce} ${mixed}`), 'nas.secret', [key])).toEqual({
      sealed: 'damaged',
    });
  });

  it('never opens when any bit of it was flipped', () => {
    const sealed = sealedBytes('a secret of a town');
    for (let at = 0; at < sealed.length * 8; at += 1) {
      const touched = Buffer.from(sealed);
      touched[at >> 3] = (touched[at >> 3] ?? 0) ^ (1 << (at & 7));
      expect(open(touched, 'nas.secret', [key, other]), `bit ${at}`).toHaveProperty('sealed');
    }
  });

  it('never opens when it was cut, lengthened or replaced in part', () => {
    const sealed = sealedBytes('a secret of a town');
    const whole = sealed.subarray(0, -1);
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.nat(20), fc.uint8Array({ maxLength: 20 }), (at, removed, put) => {
        const touched = Buffer.concat([whole.subarray(0, at), put, whole.subarray(at + removed)]);
        fc.pre(!touched.equals(whole) && !touched.equals(sealed));
        expect(open(touched, 'nas.secret', [key])).toHaveProperty('sealed');
      }),
      { numRuns: 500 },
    );
  });

  it('is refused when it is of a version that nobody here knows', () => {
    const later = Buffer.from(sealedBytes('town').toString().replace('sluis-sealed/1', 'sluis-sealed/2'));
    expect(isSealed(later)).toBe(true);
    expect(open(later, 'nas.secret', [key])).toEqual({ sealed: 'damaged' });
  });

  it('takes no key of another length', () => {
    expect(() => masterKey(randomBytes(31))).toThrow(RangeError);
  });
});

describe('files of secrets and keys', () => {
  let directory: string;
  const put = (name: string, content: string | Uint8Array, mode = 0o600): string => {
    const path = join(directory, name);
    rmSync(path, { force: true });
    writeFileSync(path, content, { mode });
    chmodSync(path, mode);
    return path;
  };
  const lineOf = (each: typeof key): string => `${Buffer.from(each.key).toString('base64url')}\n`;
  const idsOf = (found: ReturnType<typeof readMasterKeys>) =>
    'keys' in found ? found.keys.map(({ id }) => id) : found;

  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'sluis-secret-'));
  });
  afterAll(() => {
    rmSync(directory, { recursive: true });
  });

  it('reads the master keys newest first', () => {
    const file = put('master', `${lineOf(key)}\n${lineOf(other)}`);
    expect(idsOf(readMasterKeys({ SLUIS_MASTER_KEY_FILE: file }))).toEqual([key.id, other.id]);
  });

  it('prefers the credential of the service manager, whatever its mode', () => {
    put('sluis-master-key', lineOf(other), 0o440);
    const file = put('master', lineOf(key));
    const both = { CREDENTIALS_DIRECTORY: directory, SLUIS_MASTER_KEY_FILE: file };
    expect(idsOf(readMasterKeys(both))).toEqual([other.id]);
    // A unit may have other credentials and not this one.
    expect(idsOf(readMasterKeys({ ...both, CREDENTIALS_DIRECTORY: join(directory, 'none') }))).toEqual([key.id]);
  });

  it.each([
    ['nothing', undefined, 0o600, 'cannot be read'],
    ['an empty file', '', 0o600, 'holds no master key'],
    ['a short key', `${randomBytes(31).toString('base64url')}\n`, 0o600, 'line 1 of'],
    ['words after a key', `${randomBytes(32).toString('base64url')}\nold key\n`, 0o600, 'line 2 of'],
    ['a key in another alphabet', `${'+'.repeat(42)}A\n`, 0o600, 'line 1 of'],
    ['a key that its group may read', lineOf(key), 0o640, 'may be read by others'],
    ['a key that anybody may read', lineOf(key), 0o604, 'may be read by others'],
  ])('takes no master key from %s', (_what, content, mode, because) => {
    const file = content === undefined ? join(directory, 'nowhere') : put('bad', content, mode);
    const found = readMasterKeys({ SLUIS_MASTER_KEY_FILE: file });
    expect(found).toMatchObject({ because: expect.stringContaining(because) as string });
    expect('remedy' in found ? found.remedy : '').not.toBe('');
  });

  it('opens what is sealed, passes on what is plain, and reads the keys once and only when needed', () => {
    let reads = 0;
    const read = secretReader(() => {
      reads += 1;
      return { keys: [key] };
    });
    const plain = put('plain', 'as it is');
    expect(Buffer.from(read(plain) as Uint8Array).toString()).toBe('as it is');
    expect(read(join(directory, 'nowhere'))).toBeUndefined();
    expect(reads).toBe(0);
    for (const name of ['one', 'two']) {
      expect(Buffer.from(read(put(name, sealedBytes(name, name))) as Uint8Array).toString()).toBe(name);
    }
    expect(reads).toBe(1);
    expect(read(put('three', sealedBytes('one', 'one')))).toEqual({ sealed: 'damaged' });
    const without = secretReader(() => {
      reads += 1;
      return { because: 'there is none', remedy: 'make one' };
    });
    // Asked in vain it is not asked again: each time may cost a try of a PIN.
    for (const name of ['one', 'two']) {
      const why = { sealed: 'no-key', because: 'there is none', remedy: 'make one' };
      expect(without(join(directory, name))).toEqual(why);
    }
    expect(reads).toBe(2);
  });

  it('tells the state of a file', () => {
    const read = secretReader(() => ({ keys: [key] }));
    const state = (path: string) => secretFileState(path, read);
    expect(state(join(directory, 'nowhere'))).toEqual({ kind: 'missing', exposed: false });
    expect(state(put('p', 'plain', 0o644))).toEqual({ kind: 'plain', mode: '0644', exposed: true });
    expect(state(put('s', sealedBytes('s', 's'), 0o400))).toEqual({
      kind: 'sealed',
      mode: '0400',
      exposed: false,
      keyId: key.id,
    });
    expect(state(put('t', sealedBytes('s', 's')))).toMatchObject({ unopened: { sealed: 'damaged' } });
  });

  it('replaces a file whole, for its owner only, and leaves nothing beside it', () => {
    const path = put('r', 'old', 0o644);
    const before = readdirSync(directory);
    replaceFile(path, 'new');
    expect(readFileSync(path, 'utf8')).toBe('new');
    expect(statSync(path).mode % 0o1000).toBe(0o600);
    expect(readdirSync(directory)).toEqual(before);
    // A directory cannot be replaced by a file: the attempt leaves no trace.
    expect(() => {
      replaceFile(directory, 'x');
    }).toThrow();
    expect(
      readdirSync(join(directory, '..')).filter(name => name.startsWith(`.${directory.split('/').at(-1) ?? ''}`)),
    ).toEqual([]);
  });

  // Only root may give a file away.
  it.runIf(process.getuid?.() === 0)('leaves the file to the account that owns it', () => {
    const path = put('o', 'old');
    chownSync(path, 65_534, 65_533);
    replaceFile(path, 'new');
    expect(statSync(path)).toMatchObject({ uid: 65_534, gid: 65_533 });
  });

  it('does not replace a link, nor a file with a second name', () => {
    const path = put('l', 'plain');
    expect(notReplaceable(path)).toBeUndefined();
    symlinkSync(path, join(directory, 'l-symbolic'));
    expect(notReplaceable(join(directory, 'l-symbolic'))).toContain('symbolic link');
    linkSync(path, join(directory, 'l-second'));
    expect(notReplaceable(path)).toContain('hard link');
    expect(notReplaceable(directory)).toBe('not a file');
    expect(notReplaceable(join(directory, 'nowhere'))).toBe('there is no such file');
  });
});
