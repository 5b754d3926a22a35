// JSON Schema (draft 7, which editors know best) of every kind of policy file, made of the shapes that read them, so that the two
// never differ; with what each key means, in the language of whoever writes.

import type { Language } from '../contract/language.ts';
import type { Form } from '../documents/shape.ts';
import { factCatalogue, type FactDefinition, factNames } from '../verifier/fact-catalogue.ts';
import { supportForm } from '../verifier/support-calendar.ts';
import { acceptancesForm } from './acceptance.ts';
import { accessForm } from './access-policy.ts';
import { applicationsForm } from './applications.ts';
import { calendarsForm } from './calendar.ts';
import { checksForm } from './check.ts';
import { degradedForm } from './degraded.ts';
import { factPhrase } from './fact-phrases.ts';
import { floorsForm } from './floor.ts';
import { keyPhrase } from './key-phrases.ts';
import { setForm } from './set-document.ts';
import { situationForm } from './situation.ts';
import { testsForm } from './test-case.ts';
import { emergenciesForm, waiversForm } from './waiver.ts';

/** By kind of file: its shape, and where such files are, as editors match paths. */
export const policyFileKinds = {
  checks: { form: checksForm, files: '**/checks/*.yaml' },
  access: { form: accessForm, files: '**/access/*.yaml' },
  floors: { form: floorsForm, files: '**/floors/*.yaml' },
  calendars: { form: calendarsForm, files: '**/calendars/*.yaml' },
  waivers: { form: waiversForm, files: '**/waivers/*.yaml' },
  emergencies: { form: emergenciesForm, files: '**/emergencies/*.yaml' },
  acceptances: { form: acceptancesForm, files: '**/acceptances/*.yaml' },
  tests: { form: testsForm, files: '**/tests/*.yaml' },
  situations: { form: situationForm, files: '**/situations/*.yaml' },
  degraded: { form: degradedForm, files: '**/degraded.yaml' },
  set: { form: setForm, files: '**/set.yaml' },
  applications: { form: applicationsForm, files: '**/applications.yaml' },
  'os-support': { form: supportForm, files: '**/os-support.yaml' },
} as const satisfies Readonly<Record<string, { readonly form: Form; readonly files: string }>>;
export type PolicyFileKind = keyof typeof policyFileKinds;

type Schema = { readonly [key: string]: unknown };

export function schemaOf(kind: PolicyFileKind, language: Language): Schema {
  const definitions: Record<string, Schema> = {};
  const names = new Map<Form, string>();
  const root = schema(policyFileKinds[kind].form, kind);
  return { $schema: 'http://json-schema.org/draft-07/schema#', title: `Sluis: ${kind}`, ...root, definitions };

  /** `name`: of the key that it stands under. */
  function schema(form: Form, name: string): Schema {
    switch (form.kind) {
      case 'text':
        return textSchema(form, language);
      case 'list': {
        const items = schema(form.item, name);
        return { anyOf: [items, { type: 'array', items }, { type: 'null' }] };
      }
      case 'map': {
        const { only } = form;
        const bounds = only === undefined ? {} : { minProperties: only, maxProperties: only };
        return { type: 'object', additionalProperties: schema(form.value, name), ...bounds };
      }
      case 'either':
        return { anyOf: form.forms.map(each => schema(each, name)) };
      case 'record':
        return { $ref: `#/definitions/${defined(form, name)}` };
    }
  }

  /** A record is written once, however often it is taken. */
  function defined(form: Extract<Form, { kind: 'record' }>, name: string): string {
    const known = names.get(form);
    if (known !== undefined) return known;
    const word = name.replaceAll(' ', '-');
    const taken = [...names.values()].filter(each => each.replace(/-\d+$/, '') === word).length;
    const own = taken === 0 ? word : `${word}-${taken + 1}`;
    names.set(form, own);
    const fields = Object.entries(form.fields);
    definitions[own] = {
      type: 'object',
      properties: Object.fromEntries(
        fields.map(([key, field]) => [key, { description: describe(key, name), ...schema(field.form, key) }]),
      ),
      required: fields.flatMap(([key, { optional }]) => (optional ? [] : [key])),
      additionalProperties: false,
      ...('fact' in form.fields && 'must be' in form.fields ? { allOf: limitsByFact } : {}),
    };
    return own;
  }

  function describe(key: string, above: string): string {
    const fact = factNames.find(each => each === key);
    return fact === undefined ? keyPhrase(key, [kind, above], language) : factPhrase(fact, language).name;
  }
}

/** Text, in an editor that takes `12` for a number. */
function textSchema({ words, maxLength, expected }: Extract<Form, { kind: 'text' }>, language: Language): Schema {
  if (words === factNames)
    return { oneOf: factNames.map(each => ({ const: each, description: factPhrase(each, language).name })) };
  if (words !== undefined) return { enum: words };
  const [, example] = /\(([^()]+)\)$/.exec(expected ?? '') ?? [];
  return {
    type: ['string', 'number'],
    ...(maxLength === undefined ? {} : { maxLength }),
    ...(example === undefined ? {} : { examples: [example] }),
  };
}

/** What must be, where only two answers are possible. */
const limitsByFact: readonly Schema[] = [
  {
    if: {
      properties: { fact: { enum: factNames.filter(name => (factCatalogue[name] as FactDefinition).kind === 'flag') } },
      required: ['fact'],
    },
    then: { properties: { 'must be': { enum: ['yes', 'no'] } } },
  },
];
