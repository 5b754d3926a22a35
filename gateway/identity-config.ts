// The `identity:` part of the configuration: who is believed, and the keys under which people are known.

import { listOf, located, optional, parsed, problem, record, required, type Shape } from './documents/shape.ts';
import { pseudonymKeyId, type PseudonymKeys } from './identity/pseudonym.ts';

export interface IdentitySettings {
  readonly profiles: readonly { readonly path: string; readonly text: string }[];
  readonly pseudonymKeys: PseudonymKeys;
  /** What secrets of this installation are derived from; stays the same when the key of the pseudonyms changes. */
  readonly installationKey: Uint8Array;
}

/** The id of the key in `pseudonym-key-file`. */
const firstId = 'k1';

const keyId = parsed(value => (pseudonymKeyId.test(value) ? value : undefined), 'an id of at most 8 of a-z 0-9 (k2)');

export function identityShape({ file, secret }: NamedFiles): Shape<IdentitySettings> {
  const key = secret(32, 'the pseudonym key');
  const entry = record({ id: required(keyId), file: required(key) });
  const shape = located(
    record({
      profiles: required(listOf(file)),
      'pseudonym-key-file': optional(key),
      'pseudonym-keys': optional(located(listOf(entry))),
      'installation-key-file': optional(secret(32, 'the installation key')),
    }),
  );
  return (tree, reading) => {
    const read = shape(tree, reading);
    if (read === undefined) return undefined;
    const found = keysOf(read.value);
    if (typeof found !== 'string') return { profiles: read.value.profiles, ...found };
    return problem(reading, read.value['pseudonym-keys']?.line ?? read.line, found, 'see deploy/etc/sluis.yaml');
  };
}

interface NamedFiles {
  readonly file: Shape<{ readonly path: string; readonly text: string }>;
  readonly secret: (least: number, what: string) => Shape<string>;
}

interface Keys {
  readonly 'pseudonym-key-file': string | undefined;
  readonly 'pseudonym-keys':
    | { readonly value: readonly { readonly id: string; readonly file: string }[]; readonly line: number }
    | undefined;
  readonly 'installation-key-file': string | undefined;
}

/** Or what is wrong with them. */
function keysOf(read: Keys): Omit<IdentitySettings, 'profiles'> | string {
  const single = read['pseudonym-key-file'];
  const list = read['pseudonym-keys']?.value;
  const installation = read['installation-key-file'];
  if ((single === undefined) === (list === undefined)) return 'name either pseudonym-key-file or pseudonym-keys';
  const [current, ...former] = list ?? [{ id: firstId, file: single ?? '' }];
  if (current === undefined) return 'pseudonym-keys names no key';
  if (new Set([current, ...former].map(({ id }) => id)).size <= former.length) return 'two pseudonym keys have one id';
  if (new Set([current, ...former].map(({ file }) => file)).size <= former.length)
    return 'two pseudonym keys are the same';
  // Derived secrets outlive a pseudonym key: which key they hang on must not depend on the order of a list that changes.
  if (list !== undefined && installation === undefined)
    return 'pseudonym-keys needs an installation-key-file beside it';
  return {
    pseudonymKeys: [keyOf(current), ...former.map(keyOf)],
    installationKey: Buffer.from(installation ?? current.file, 'utf8'),
  };
}

function keyOf({ id, file }: { readonly id: string; readonly file: string }): PseudonymKeys[0] {
  return { id, key: Buffer.from(file, 'utf8') };
}
