// The JSON Schema of policy files: it is made of what reads them, and here it is held against what reads them.

import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { Compile } from 'typebox/schema';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { schemaFiles } from '../../gateway/cli/policy-schema.ts';
import { languages } from '../../gateway/contract/language.ts';
import type { Form } from '../../gateway/documents/shape.ts';
import { readPolicyFiles } from '../../gateway/io/policy-files.ts';
import { knownKeys } from '../../gateway/policy/key-phrases.ts';
import { policyFileKinds, type PolicyFileKind, schemaOf } from '../../gateway/policy/schema.ts';
import { factNames } from '../../gateway/verifier/fact-catalogue.ts';
import { problemsOf, sampleFiles } from './sample-set.ts';

const policies = path.join(import.meta.dirname, '../../policies');
const kinds = Object.keys(policyFileKinds) as PolicyFileKind[];
const checks = new Map(kinds.map(kind => [kind, Compile(schemaOf(kind, 'en'))]));

/** As an editor sees the text: 12 is a number there. */
function accepts(kind: PolicyFileKind, text: string): boolean {
  return checks.get(kind)?.Check(parse(text)) === true;
}

function kindOf(file: string): PolicyFileKind | undefined {
  return kinds.find(kind => path.matchesGlob(`/${file}`, policyFileKinds[kind].files));
}

const shipped = ['.', ...readdirSync(path.join(policies, 'packs')).map(name => `packs/${name}`)].flatMap(folder => {
  const read = readPolicyFiles(path.join(policies, folder));
  if ('problems' in read) throw new Error(JSON.stringify(read.problems));
  return read.files.map(({ path: file, text }): [string, string] => [path.join(folder, file), text]);
});
const situations = readdirSync(path.join(policies, 'packs/riziv/situations')).map((name): [string, string] => [
  `packs/riziv/situations/${name}`,
  readFileSync(path.join(policies, 'packs/riziv/situations', name), 'utf8'),
]);

describe('the schema', () => {
  it.each(languages)(
    'stands in policies/schema as it is made now (%s): sluis policy schema policies/schema/%s',
    language => {
      const kept = readdirSync(path.join(policies, 'schema', language)).sort();
      expect(kept).toEqual(
        schemaFiles(language)
          .map(({ name }) => name)
          .sort(),
      );
      for (const { name, text } of schemaFiles(language)) {
        expect(readFileSync(path.join(policies, 'schema', language, name), 'utf8'), name).toBe(text);
      }
    },
  );

  it('accepts every file of policies', () => {
    const refused = [...shipped, ...situations].filter(([file, text]) => {
      const kind = kindOf(file);
      return kind === undefined || !accepts(kind, text);
    });
    expect(refused.map(([file]) => file)).toEqual([]);
    expect(new Set(shipped.map(([file]) => kindOf(file))).size).toBeGreaterThan(5);
  });

  it('refuses each of them with a key that no file has', () => {
    const accepted = shipped.filter(([file, text]) => {
      const kind = kindOf(file);
      // Their own keys are free: the words of an institution, the families of systems.
      if (kind === undefined || kind === 'os-support' || kind === 'applications') return false;
      const [first]: readonly unknown[] = [parse(text) as unknown].flat();
      return checks.get(kind)?.Check({ ...(first as object), 'no such key': 'x' }) === true;
    });
    expect(accepted.map(([file]) => file)).toEqual([]);
  });

  const probed = [
    ['checks', 'checks/p.yaml'],
    ['access', 'access/p.yaml'],
    ['floors', 'floors/p.yaml'],
    ['calendars', 'calendars/p.yaml'],
    ['waivers', 'waivers/p.yaml'],
    ['emergencies', 'emergencies/p.yaml'],
    ['acceptances', 'acceptances/p.yaml'],
    ['tests', 'tests/p.yaml'],
    ['set', 'set.yaml'],
  ] as const satisfies readonly (readonly [PolicyFileKind, string])[];

  it.each(probed)('knows the keys of %s that their reader lists when it meets another', (kind, file) => {
    const problems = problemsOf([...sampleFiles, { path: file, text: 'zzzzzzzzzzzzzzzzzzzz: x\n' }]);
    const remedy = problems.find(({ message }) => message.startsWith('unknown key'))?.remedy ?? '';
    const listed = remedy.replace('use one of: ', '').split(', ');
    const definitions = schemaOf(kind, 'en')['definitions'] as Readonly<
      Record<string, { readonly properties: object }>
    >;
    const known = Object.values(definitions).map(({ properties }) => Object.keys(properties).join());
    expect(listed.length).toBeGreaterThan(1);
    expect(known).toContain(listed.join());
  });

  const text = 'text: { nl: nl, fr: fr, de: de, en: en }';
  const check = `check: one\nfact: disk.encrypted\nmust be: yes\nreport not older than: 4 hours\nif unknown: deny\n${text}\n`;
  const policy =
    'policy: one\nowner: o\nfor: everyone\ngives: office\nrequires:\n  - disk: { otherwise: quarantine }\n';
  const calendar = 'calendar: one\nzone: Europe/Brussels\nopen:\n  - { days: monday, from: 07:30, to: 19:00 }\n';
  const wrong: readonly (readonly [PolicyFileKind, string, right: string, from: string, to: string])[] = [
    ['checks', 'checks/p.yaml', check, 'disk.encrypted', 'disk.encrypt'],
    ['checks', 'checks/p.yaml', check, 'must be: yes', 'must be: perhaps'],
    ['checks', 'checks/p.yaml', check, 'if unknown: deny', 'if unknown: grant'],
    ['checks', 'checks/p.yaml', check, 'if unknown: deny\n', ''],
    ['checks', 'checks/p.yaml', check, 'de: de, ', ''],
    ['access', 'access/p.yaml', policy, 'otherwise: quarantine', 'otherwise: maybe'],
    ['access', 'access/p.yaml', policy, 'otherwise: quarantine', 'else: quarantine'],
    ['access', 'access/p.yaml', policy, 'for: everyone', 'for: somebody'],
    ['access', 'access/p.yaml', policy, 'for: everyone', 'for: { group: staff }'],
    ['access', 'access/p.yaml', policy, 'gives: office', 'gives: office\nbreak glass: perhaps'],
    ['access', 'access/p.yaml', policy, '- disk: { otherwise: quarantine }', '- disk'],
    ['calendars', 'calendars/p.yaml', calendar, 'monday', 'maandag'],
    ['calendars', 'calendars/p.yaml', calendar, 'from: 07:30, ', ''],
    ['degraded', 'degraded.yaml', 'no report yet: deny\nreport too old: deny\n', 'old: deny', 'old: grant'],
    [
      'tests',
      'tests/p.yaml',
      '- test: t\n  given: { disk.encrypted: no }\n  expect: { outcome: deny }\n',
      'outcome: deny',
      'outcome: no',
    ],
    [
      'tests',
      'tests/p.yaml',
      '- test: t\n  given: { disk.encrypted: no }\n  expect: { outcome: deny }\n',
      'encrypted: no',
      'encrypted: half',
    ],
    [
      'tests',
      'tests/p.yaml',
      '- test: t\n  given: { disk.encrypted: no }\n  expect: { outcome: deny }\n',
      'disk.encrypted',
      'disk.crypted',
    ],
  ];
  it.each(wrong.map((each): [string, ...typeof each] => [`${each[0]}: ${each[4]}`, ...each]))(
    'is as strict as the compiler (%s)',
    (_title, kind, file, right, from, to) => {
      const others = sampleFiles.filter(({ path: other }) => other !== file);
      const mistaken = right.replace(from, to);
      expect(mistaken).not.toBe(right);
      expect(problemsOf([...others, { path: file, text: right }])).toEqual([]);
      expect(accepts(kind, right)).toBe(true);
      expect(problemsOf([...others, { path: file, text: mistaken }]).length).toBeGreaterThan(0);
      expect(accepts(kind, mistaken)).toBe(false);
    },
  );

  it('says of every key what it means, and of no other', () => {
    const used = new Set<string>();
    const walk = (form: Form, kind: string, above: string): void => {
      if (form.kind === 'list') walk(form.item, kind, above);
      if (form.kind === 'map') walk(form.value, kind, above);
      if (form.kind === 'either') for (const each of form.forms) walk(each, kind, above);
      if (form.kind !== 'record') return;
      for (const [key, field] of Object.entries(form.fields)) {
        walk(field.form, kind, key);
        if ((factNames as readonly string[]).includes(key)) continue;
        const names = [`${kind}.${key}`, `${above}.${key}`, key];
        const found = names.find(each => knownKeys.includes(each));
        expect(found, names.join()).toBeDefined();
        used.add(found ?? '');
      }
    };
    for (const kind of kinds) walk(policyFileKinds[kind].form, kind, kind);
    expect([...used].sort()).toEqual([...knownKeys].sort());
  });

  it('says it in each language in other words', () => {
    for (const kind of kinds) {
      const told = languages.map(language => JSON.stringify(schemaOf(kind, language)));
      expect(new Set(told).size).toBe(languages.length);
    }
  });
});
