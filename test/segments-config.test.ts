// What segments are in the network: read strictly, and joined to the concentrators of a configuration.

import { describe, expect, it } from 'vitest';
import { parseYaml } from '../gateway/documents/yaml-tree.ts';
import type { Reading } from '../gateway/documents/shape.ts';
import { unsaidOf } from '../gateway/pdp/authorization.ts';
import { segmentsShape } from '../gateway/segments-config.ts';
import { nasProfile } from './support/nas-profiles.ts';

function read(text: string) {
  const tree = parseYaml(text, 'sluis.yaml');
  const reading: Reading = { file: 'sluis.yaml', problems: [] };
  const segments = 'tree' in tree ? segmentsShape(tree.tree, reading) : undefined;
  return { segments, problems: reading.problems.map(({ line, message }) => `${line}: ${message}`) };
}

describe('segments:', () => {
  it('are read, durations as seconds', () => {
    const { segments, problems } = read(
      'office: { vlan: 20, routes: [10.0.0.0/8], dns: 10.0.0.53, idle-timeout: 30 minutes }\nquarantine: { filter: Q }',
    );
    expect(problems).toEqual([]);
    expect(segments?.get('office')).toEqual({
      vlan: [20],
      routes: ['10.0.0.0/8'],
      dns: ['10.0.0.53'],
      'idle-timeout': [1800],
    });
    expect(segments?.get('quarantine')).toEqual({ filter: ['Q'] });
  });

  it.each([
    ['office: { vlan: 4095 }', '1: "4095" is not a whole number from 1 to 4094'],
    ['office: { vlans: 1 }', '1: unknown key "vlans"'],
    ['office: { routes: 10.0.0.0 }', '1: "10.0.0.0" is not a network such as 10.0.0.0/8'],
    ['office: { routes: 10.0.0.0/33 }', '1: "10.0.0.0/33" is not a network such as 10.0.0.0/8'],
    ['office: { routes-ipv6: 10.0.0.0/8 }', '1: "10.0.0.0/8" is not a network such as 2001:db8::/32'],
    ['office: { dns: dns.example }', '1: "dns.example" is not an IPv4 address'],
    ['office: { filter: "a\\nb" }', 'is not at most 200 characters of plain ASCII'],
    ['office: { packet-filter: 0x0 }', 'is not octets in hex such as 0x01ff, at most 247'],
    ['office: { idle-timeout: 5 seconds }', 'is not a duration from 1 minute to 1 day'],
    ['Office: { vlan: 1 }', '1: "Office" is no name of a segment'],
    ['deny: { vlan: 1 }', '1: "deny" is no name of a segment'],
    ['office: {}', '1: nothing is said of "office"'],
  ])('%s', (text, message) => {
    expect(read(text).problems.join('\n')).toContain(message);
  });

  it.each([
    ['strongswan', ['vlan', 'routes']],
    ['generic', []],
    ['cisco-asa', ['routes']],
    ['mikrotik', ['vlan']],
  ] as const)('%s says nothing of %j', (name, words) => {
    const { segments = new Map() } = read('office: { vlan: 20, routes: 10.0.0.0/8, dns: [10.0.0.1, 10.0.0.2] }');
    expect(unsaidOf({ profile: nasProfile(name), segments }, 'office')).toEqual(words);
  });

  it('a third DNS server has no place where there are two', () => {
    const { segments = new Map() } = read('office: { dns: [10.0.0.1, 10.0.0.2, 10.0.0.3] }');
    expect(unsaidOf({ profile: nasProfile('generic'), segments }, 'office')).toEqual(['dns']);
  });
});
