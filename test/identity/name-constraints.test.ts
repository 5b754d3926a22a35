// Name constraints, kind by kind, where openssl cannot write the names or says nothing: what cannot be judged is refused,
// what is outside is never inside, and thousands of names cost little. openssl's opinion is in `validation.test.ts`.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Certificate } from '../../gateway/identity/certificate.ts';
import type { AlternativeName } from '../../gateway/identity/general-name.ts';
import { nameComparisons, nameFault } from '../../gateway/identity/name-constraints.ts';
import { isWithin, readable } from '../../gateway/identity/name-constraints-match.ts';

const none = { attributes: [], key: '[]' };
const other = { attributes: [{ oid: '2.5.4.3', type: 'utf8', text: 'CA' }], key: '[["2.5.4.3=ca"]]' };

function judge(
  names: readonly AlternativeName[],
  permitted: readonly AlternativeName[],
  excluded: readonly AlternativeName[] = [],
  subject: unknown = none,
) {
  const leaf = { subject, issuer: other, alternativeNames: names };
  const authority = { subject: other, issuer: other, alternativeNames: [], nameConstraints: { permitted, excluded } };
  return nameFault([leaf, authority] as unknown as readonly Certificate[]);
}

const dns = (value: string): AlternativeName => ({ type: 'dns', value });
const email = (value: string): AlternativeName => ({ type: 'email', value });
const uri = (value: string): AlternativeName => ({ type: 'uri', value });

describe('a name under constraints on its kind', () => {
  it.each<[string, AlternativeName, AlternativeName, boolean]>([
    [
      'a mailbox with letters beyond ASCII in its name',
      { type: 'other-name', oid: '1.3.6.1.5.5.7.8.9', value: 'zoë@town.example' },
      email('town.example'),
      true,
    ],
    [
      'such a mailbox elsewhere',
      { type: 'other-name', oid: '1.3.6.1.5.5.7.8.9', value: 'zoë@village.example' },
      email('town.example'),
      false,
    ],
    ['a mailbox at a host beyond ASCII', email('a@stadt.exämple'), email('.exämple'), false],
    ['two at-signs', email('a@town.example@evil.example'), email('town.example'), false],
    ['quotes', email('"a b"@town.example'), email('town.example'), false],
    ['no at-sign', email('town.example'), email('town.example'), false],
    ['a leading dot for hosts below', dns('a.town.example'), dns('.town.example'), true],
    ['a leading dot leaves out the host itself', dns('town.example'), dns('.town.example'), false],
    ['every host', dns('a'), dns(''), true],
    ['a host with an empty label', dns('a..town.example'), dns('town.example'), false],
    ['a wildcard below', dns('*.town.example'), dns('town.example'), true],
    ['a URI with a user before its host', uri('https://town.example@evil.example/'), uri('town.example'), false],
    ['a URI with a back slash', uri('https://evil.example\\@town.example/'), uri('town.example'), false],
    ['a URI of an address', uri('https://192.0.2.7/'), uri('192.0.2.7'), false],
    ['a URI with capitals', uri('HTTPS://TOWN.example/'), uri('town.example'), true],
    [
      'a number that is registered',
      { type: 'registered-id', value: '1.2.3' },
      { type: 'registered-id', value: '1.2.3' },
      false,
    ],
    ['a name of another make', { type: 'unread', value: 'a300' }, { type: 'unread', value: 'a300' }, false],
    [
      'an address of five octets',
      { type: 'ip', value: '0a00000001' },
      { type: 'ip', value: '0a000000ff000000' },
      false,
    ],
    [
      'the beginning of a directory name',
      { type: 'directory', value: '[["a=b"],["c=d"]]' },
      { type: 'directory', value: '[["a=b"]]' },
      true,
    ],
    [
      'a directory name that only begins alike',
      { type: 'directory', value: '[["a=bc"]]' },
      { type: 'directory', value: '[["a=b"]]' },
      false,
    ],
    [
      'more values in one element',
      { type: 'directory', value: '[["a=b","c=d"]]' },
      { type: 'directory', value: '[["a=b"]]' },
      false,
    ],
    [
      'a shorter directory name',
      { type: 'directory', value: '[["a=b"]]' },
      { type: 'directory', value: '[["a=b"],["c=d"]]' },
      false,
    ],
    ['every directory name', { type: 'directory', value: '[["a=b"]]' }, { type: 'directory', value: '[]' }, true],
  ])('%s', (_, name, base, permitted) => {
    expect(judge([name], [base]) === undefined).toBe(permitted);
  });

  it('what cannot be judged is excluded as well', () => {
    for (const name of [
      dns('a.town.example.'),
      email('x'),
      uri('urn:x'),
      { type: 'other-name', oid: '1.2', value: 'x' } as const,
    ]) {
      expect(judge([name], [], [{ ...name, value: 'elsewhere.example' }])).toMatchObject({ index: 0 });
      expect(judge([name], [{ type: 'ip', value: '0a000000ff000000' }])).toBeUndefined();
    }
  });

  it('says the kind of name and never the name', () => {
    expect(judge([dns('secret.example')], [dns('town.example')])).toEqual({
      index: 0,
      detail: 'dns name not permitted by the constraints of authority 1',
    });
  });

  it('a leaf that is called like its authority is not excused, an authority is [RFC5280-6.1.3]', () => {
    const permitted = [dns('town.example')];
    const authority = {
      subject: other,
      issuer: other,
      alternativeNames: [],
      nameConstraints: { permitted, excluded: [] },
    };
    const outside = { subject: other, issuer: other, alternativeNames: [dns('evil.example')] };
    const inside = { subject: none, issuer: other, alternativeNames: [dns('pc.town.example')] };
    const faultOf = (...path: readonly unknown[]) => nameFault(path as readonly Certificate[]);
    expect(faultOf(outside, authority)).toMatchObject({ index: 0 });
    expect(faultOf(inside, outside, authority)).toBeUndefined();
    expect(faultOf(inside, { ...outside, issuer: none }, authority)).toMatchObject({ index: 1 });
  });

  it('an empty subject is no name', () => {
    expect(judge([], [{ type: 'directory', value: '[["a=b"]]' }])).toBeUndefined();
  });

  it('a common name that looks like a host counts where there is no other host', () => {
    const subject = {
      attributes: [{ oid: '2.5.4.3', type: 'utf8', text: 'pc.evil.example' }],
      key: '[["2.5.4.3=pc.evil.example"]]',
    };
    expect(judge([], [dns('town.example')], [], subject)).toMatchObject({ index: 0 });
    expect(judge([dns('pc.town.example')], [dns('town.example')], [], subject)).toBeUndefined();
  });
});

describe('whatever is written', () => {
  const label = fc.stringMatching(/^[a-z0-9]{1,8}$/);
  const host = fc.array(label, { minLength: 1, maxLength: 4 }).map(labels => labels.join('.'));
  it('a host is inside exactly what it ends with, at a dot', () => {
    fc.assert(
      fc.property(host, host, fc.boolean(), (name, base, glue) => {
        const full = glue ? `${name}.${base}` : name;
        const labels = full.split('.');
        const expected = labels.some((_, index) => labels.slice(index).join('.') === base);
        expect(isWithin(dns(full), dns(base), 'permitted')).toBe(expected);
        expect(isWithin(dns(full.toUpperCase()), dns(base), 'excluded')).toBe(expected);
      }),
    );
  });
  it('an address is inside exactly the networks that hold it', () => {
    fc.assert(
      fc.property(fc.nat(0xffffffff), fc.nat(0xffffffff), fc.nat(32), (address, network, length) => {
        const mask = length === 0 ? 0n : ((1n << BigInt(length)) - 1n) << BigInt(32 - length);
        const hex = (value: bigint) => value.toString(16).padStart(8, '0');
        const base = { type: 'ip', value: hex(BigInt(network)) + hex(mask) } as const;
        const expected = (BigInt(address) & mask) === (BigInt(network) & mask);
        expect(isWithin({ type: 'ip', value: hex(BigInt(address)) }, base, 'permitted')).toBe(expected);
      }),
    );
  });
  it('nothing throws, and nothing takes long', () => {
    const kind = fc.constantFrom('dns', 'email', 'uri', 'ip', 'directory', 'other-name', 'registered-id', 'unread');
    fc.assert(
      fc.property(kind, fc.string({ maxLength: 200 }), fc.string({ maxLength: 200 }), (type, value, base) => {
        expect(() => readable({ type, value })).not.toThrow();
        expect(() => isWithin({ type, value }, { type, value: base }, 'permitted')).not.toThrow();
      }),
    );
    const started = performance.now();
    for (const letter of ['a', '-', 'a-', 'a.', '@', ':/']) {
      const long = letter.repeat(8_000);
      for (const name of [dns(`${long}!`), email(`${long}@${long}!`), uri(`http://${long}!`)]) readable(name);
    }
    expect(performance.now() - started).toBeLessThan(500);
  });
});

describe('thousands of names and constraints', () => {
  it('are refused in bounded time', () => {
    const names = Array.from({ length: 1_000 }, (_, index) => dns(`a${index}.example`));
    const excluded = Array.from({ length: 1_000 }, (_, index) => dns(`b${index}.example`));
    expect(names.length * excluded.length).toBeGreaterThan(nameComparisons);
    const started = performance.now();
    expect(judge(names, [], excluded)).toMatchObject({ tooMany: true });
    expect(judge(names.slice(0, 90), [], excluded)).toBeUndefined();
    expect(performance.now() - started).toBeLessThan(1_000);
  });
});
