// What the configuration says about how new policies come to decide.

import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { type Reading, record, text } from '../gateway/documents/shape.ts';
import { parseYaml } from '../gateway/documents/yaml-tree.ts';
import { checkRollout, rolloutFields, rolloutSettings } from '../gateway/rollout-config.ts';

const pemOf = ({ publicKey }: { readonly publicKey: KeyObject }) => publicKey.export({ type: 'spki', format: 'pem' });
const files = new Map([
  ['alice.pem', pemOf(generateKeyPairSync('ed25519'))],
  ['bob.pem', pemOf(generateKeyPairSync('ec', { namedCurve: 'P-256' }))],
  ['rsa.pem', pemOf(generateKeyPairSync('rsa', { modulusLength: 2048 }))],
]);

function read(source: string) {
  const tree = parseYaml(source, 'sluis.yaml');
  if ('problems' in tree) throw new Error('this is no YAML');
  const reading: Reading = { file: 'sluis.yaml', problems: [] };
  const pem: ReturnType<typeof text> = (named, to) => files.get(text()(named, to) ?? '');
  const found = record(rolloutFields(pem))(tree.tree, reading);
  if (found !== undefined) checkRollout(found, reading);
  return {
    settings: found && rolloutSettings(found, path => `/etc/sluis/${path}`),
    problems: reading.problems.map(({ line, message }) => `${line}: ${message}`),
  };
}

describe('the rollout of policies', () => {
  it('keeps what was asked for a month, and needs no signature, unless said otherwise', () => {
    const { settings, problems } = read('replay: {}\n');
    expect(problems).toEqual([]);
    expect(settings).toEqual({ keepMs: 30 * 86_400_000, signers: [], requiredSignatures: 1 });
  });

  it('is read', () => {
    const { settings, problems } = read(
      'replay: { keep: no }\npolicy-drafts: drafts\npolicy-signers: [alice.pem, bob.pem]\nrequired-signatures: 2\n',
    );
    expect(problems).toEqual([]);
    expect(settings).toMatchObject({ keepMs: 0, draftsDirectory: '/etc/sluis/drafts', requiredSignatures: 2 });
    expect(settings?.signers).toHaveLength(2);
  });

  it.each([
    ['replay: { keep: 1 hour }\n', '1: "1 hour" is not a time from 1 day to 366 days, or no'],
    ['policy-signers: [rsa.pem]\n', '1: is no key that signs policies'],
    ['policy-signers: [alice.pem, alice.pem]\n', '1: is the key of another signer'],
    ['policy-signers: [alice.pem]\nrequired-signatures: 2\n', '2: 2 signatures of 1 signers can never be there'],
    ['required-signatures: 1\n', '1: 1 signatures of 0 signers can never be there'],
  ])('tells what is wrong with %j', (source, said) => {
    expect(read(source).problems).toEqual([said]);
  });
});
