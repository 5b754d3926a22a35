import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { antivirusWords, readAntivirusProducts } from '../../gateway/verifier/antivirus-products.ts';

const path = 'deploy/reference-data/antivirus.yaml';
const known = readAntivirusProducts(readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8'), path);
if ('problems' in known) throw new Error(JSON.stringify(known.problems));

describe('known virus protection', () => {
  it.each([
    [['Windows Defender'], ['Windows Defender', 'microsoft', 'microsoft-defender']],
    [['WINDOWS DEFENDER'], ['WINDOWS DEFENDER', 'microsoft', 'microsoft-defender']],
    [
      ['ClamAV', 'clamav'],
      ['ClamAV', 'cisco', 'clamav'],
    ],
    [['Something Else'], ['Something Else']],
    [[], []],
  ])('%j is called %j', (names, words) => {
    expect(antivirusWords(known, names)).toEqual(words);
  });

  it('knows what the agents of this product say', () => {
    for (const name of ['Microsoft Defender Antivirus', 'ClamAV', 'XProtect'])
      expect(known.has(name.toLowerCase())).toBe(true);
  });

  it('names what is wrong with file and line', () => {
    const twice =
      'products:\n  - { product: a, vendor: b, title: A, reported as: [X] }\n  - { product: c, vendor: b, title: C, reported as: x }\n';
    expect(readAntivirusProducts(twice, 'antivirus.yaml')).toEqual({
      problems: [
        {
          file: 'antivirus.yaml',
          line: 3,
          message: '"x" is reported by two products',
          remedy: 'keep it at one of them',
        },
      ],
    });
  });
});
