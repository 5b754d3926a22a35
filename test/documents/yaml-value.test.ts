// One word is changed, and every other octet is as it was.

import { describe, expect, it } from 'vitest';
import { withItemValue } from '../../gateway/documents/yaml-value.ts';

const source = `# The concentrators
nas:
  - name: vpn-1   # in the cellar
    mode: observe # until June
    authority: { address: 192.0.2.1, secret-file: "old secret" }

  - { name: "vpn-2", mode: 'observe', authority: { address: 192.0.2.1 } }   # flow
  - name: vpn-3
other: [mode, observe]
`;
const at = (name: string, key = 'mode') => ({ list: 'nas', name, key });

describe('withItemValue', () => {
  it('changes a word in a block and in a flow, whatever its quotes', () => {
    expect(withItemValue(source, at('vpn-1'), 'decide')).toBe(source.replace('mode: observe #', 'mode: decide #'));
    expect(withItemValue(source, at('vpn-2'), 'decide')).toBe(source.replace("'observe'", 'decide'));
  });
  it('keeps the line ends of others', () => {
    const crlf = source.replaceAll('\n', '\r\n');
    expect(withItemValue(crlf, at('vpn-1'), 'decide')).toBe(crlf.replace('mode: observe #', 'mode: decide #'));
  });
  it.each([
    ['nobody of that name', source, at('vpn-9')],
    ['no such key', source, at('vpn-3')],
    ['no word behind it', source, at('vpn-1', 'authority')],
    ['no list', 'nas: vpn-1\n', at('vpn-1')],
    ['no YAML', 'nas: [\n', at('vpn-1')],
    ['another list', source, { ...at('vpn-1'), list: 'other' }],
  ])('changes nothing where there is %s', (_, text, place) => {
    expect(withItemValue(text, place, 'decide')).toBeUndefined();
  });
});
