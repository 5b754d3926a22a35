// Small texts sealed for the store: only the same installation opens them, only for what they were sealed for, and whole.

import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { recordSealing } from '../../gateway/io/record-sealing.ts';
import { masterKey, open } from '../../gateway/io/sealed-secret.ts';

const key = randomBytes(32);
const purpose = 'totp-seed town k1-p1';

describe('sealing a text for a record', () => {
  it('gives back what was sealed, whatever it was', () => {
    const sealing = recordSealing(key);
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 200 }), text => {
        expect(sealing.open(sealing.seal(text, purpose), purpose)).toBe(text);
      }),
    );
  });

  it('never seals the same twice, and shows nothing of it', () => {
    const sealing = recordSealing(key);
    const sealed = [sealing.seal('a secret of somebody', purpose), sealing.seal('a secret of somebody', purpose)];
    expect(sealed[0]).not.toBe(sealed[1]);
    for (const each of sealed) {
      expect(each).toMatch(/^sluis-sealed\/1 \S/);
      expect(each).not.toContain('\n');
      expect(Buffer.from(each, 'latin1').includes('a secret of somebody')).toBe(false);
    }
  });

  it('opens for nothing else', () => {
    const sealing = recordSealing(key);
    const sealed = sealing.seal('text', purpose);
    for (const other of ['', 'totp-seed town k1-p2', 'totp-seed village k1-p1', `${purpose} `]) {
      expect(sealing.open(sealed, other)).toBeUndefined();
    }
  });

  it('does not open in another installation, nor by the key itself', () => {
    const sealed = recordSealing(key).seal('text', purpose);
    expect(recordSealing(randomBytes(32)).open(sealed, purpose)).toBeUndefined();
    expect(open(Buffer.from(sealed), purpose, [masterKey(key)])).not.toHaveProperty('secret');
  });

  it('opens under a key before the newest, while it is known', () => {
    const newer = randomBytes(32);
    const sealed = recordSealing(key).seal('text', purpose);
    expect(recordSealing(newer, key).open(sealed, purpose)).toBe('text');
    expect(recordSealing(newer).open(sealed, purpose)).toBeUndefined();
    // What is sealed from now on needs the older one no more.
    expect(recordSealing(newer).open(recordSealing(newer, key).seal('text', purpose), purpose)).toBe('text');
  });

  it('opens not at all with one character changed, cut off or added', () => {
    const sealing = recordSealing(key);
    const sealed = sealing.seal('text', purpose);
    fc.assert(
      fc.property(fc.nat(sealed.length - 1), fc.constantFrom('A', 'B', 'z', '0', ' '), (at, character) => {
        const changed = sealed.slice(0, at) + character + sealed.slice(at + 1);
        fc.pre(changed !== sealed);
        const opened = sealing.open(changed, purpose);
        // The last characters of base64 hold bits that stand for nothing: then it is the same text or none.
        expect(opened === undefined || opened === 'text').toBe(true);
        if (at < sealed.length - 4) expect(opened).toBeUndefined();
      }),
    );
    for (const cut of ['', sealed.slice(0, -4), sealed.slice(4), `${sealed}AAAA`, 'text']) {
      expect(sealing.open(cut, purpose)).toBeUndefined();
    }
  });
});
