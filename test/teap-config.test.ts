// `eap: experimental` and `eap: teap`: whom TEAP asks for, and that nobody serves it by mistake.

import { describe, expect, it } from 'vitest';
import { type Reading, text } from '../gateway/documents/shape.ts';
import { parseYaml } from '../gateway/documents/yaml-tree.ts';
import { eapSettings, eapShape } from '../gateway/eap-config.ts';
import type { EapMethod } from '../gateway/eap/method.ts';
import { checkTeap } from '../gateway/teap-config.ts';

function read(lines: string, ofNas?: readonly EapMethod[]) {
  const parsed = parseYaml(`certificate: eap.pem\nkey: eap.key\n${lines}`, 'sluis.yaml');
  if ('problems' in parsed) throw new Error(JSON.stringify(parsed.problems));
  const reading: Reading = { file: 'sluis.yaml', problems: [] };
  const shape = eapShape(
    () => text(),
    () => false,
  );
  const eap = shape(parsed.tree, reading);
  if (eap !== undefined) checkTeap(eap, [{ 'eap-methods': ofNas, line: 99 }], reading);
  const problems = reading.problems.map(({ line, message, remedy }) => `${line}: ${message}; ${remedy}`);
  return { problems, teap: eap && eapSettings(eap, 'gateway-1').teap };
}
const demanded = (type: 'machine' | 'user') => ({ type, optional: false });

describe('TEAP', () => {
  it('is off', () => {
    expect(read('')).toEqual({ problems: [], teap: undefined });
    const said = read('methods: [eap-tls]\nteap: { crypto-binding: msk }');
    expect(said.teap).toBeUndefined();
    expect(said.problems).toEqual([
      '4: teap: is described, and TEAP is not served; add experimental: [teap] and name it in the methods, or leave it out',
    ]);
  });
  it('asks for a machine and its user, and binds by both keys, unless told otherwise', () => {
    const teap = { authorityId: 'gateway-1', bindingKeys: 'both', identities: [demanded('machine'), demanded('user')] };
    expect(read('experimental: [teap]\nmethods: [eap-tls, teap]')).toEqual({ problems: [], teap });
  });
  it.each([
    ['[user]', [demanded('user')]],
    ['machine', [demanded('machine')]],
    ['[machine?, user]', [{ type: 'machine', optional: true }, demanded('user')]],
    ['[user, machine?]', [demanded('user'), { type: 'machine', optional: true }]],
  ])('asks for %s', (words, identities) => {
    expect(read(`experimental: [teap]\nteap: { identities: ${words} }`)).toMatchObject({
      problems: [],
      teap: { identities },
    });
  });
  it('binds by the MSK alone where it is told so', () => {
    expect(read('experimental: [teap]\nteap: { crypto-binding: msk }').teap).toMatchObject({ bindingKeys: 'msk' });
  });

  const remedy = 'add experimental: [teap] below eap:, or take it out of the methods';
  it('is a method only where somebody has said that it is experimental', () => {
    const { problems } = read('methods: [eap-tls, teap]');
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(`teap is experimental; ${remedy}`);
    expect(read('', ['teap']).problems).toEqual([`99: teap is experimental; ${remedy}`]);
    expect(read('experimental: [teap]', ['teap']).problems).toEqual([]);
  });
  it.each([
    ['experimental: [eap-pwd]', 'is not one of: teap'],
    ['experimental: [teap]\nteap: { identities: [] }', 'identities names nobody, or somebody twice'],
    ['teap: { identities: [user, user?] }', 'identities names nobody, or somebody twice'],
    ['teap: { identities: [laptop] }', 'is not machine or user, with ? behind it where it may be missing'],
    ['teap: { identities: [user??] }', 'is not machine or user'],
    ['teap: { crypto-binding: emsk }', 'is not one of: both, msk'],
    ['teap: { chain: two }', 'chain'],
  ])('refuses %s', (lines, message) => {
    expect(read(lines).problems.join()).toContain(message);
  });
});
