import { describe, expect, it } from 'vitest';
import { checkFactsSchemas } from '../../gateway/contract/check-facts.ts';
import { osFamilies } from '../../gateway/contract/report.ts';
import { factDefinition, type FactDefinition, factNames } from '../../gateway/verifier/fact-catalogue.ts';

const all = factNames.map((name): [string, FactDefinition] => {
  const definition = factDefinition(name);
  if (definition === undefined) throw new Error(name);
  return [name, definition];
});

describe('the catalogue of facts', () => {
  it.each(all)('%s stands on fields that a check really has', (_name, { origin }) => {
    if (origin.by !== 'report' || origin.check === undefined) return;
    const fields: readonly string[] = Object.keys(checkFactsSchemas[origin.check].properties);
    const named = origin.field.split(' of ')[0]?.split(', ') ?? [];
    expect(named.length).toBeGreaterThan(0);
    for (const field of named) expect(fields).toContain(field);
  });

  it.each(all)('%s has options exactly when it is a choice', (_name, { kind, options, ordered }) => {
    expect(options !== undefined).toBe(kind === 'choice');
    if (ordered === true) expect(options?.length).toBeGreaterThan(1);
  });

  it.each(all)('%s names only real systems and real facts', (_name, { families, goodWhile }) => {
    for (const family of families ?? []) expect(osFamilies).toContain(family);
    if (goodWhile !== undefined) expect(factDefinition(goodWhile.fact)?.kind).toBe('age');
  });

  it('knows nothing by the names of the prototype', () => {
    for (const name of ['constructor', '__proto__', 'toString', 'disk']) expect(factDefinition(name)).toBeUndefined();
  });
});
