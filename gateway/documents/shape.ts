// Shapes: small typed readers over a YAML tree. Each returns its value or `undefined`, and adds every problem it meets,
// so that an admin sees all of them at once. Unknown keys are problems; an absent key is not the same as a wrong one.

import { nearestWord } from './nearest-word.ts';
import type { Problem, Tree } from './yaml-tree.ts';

export interface Reading {
  readonly file: string;
  readonly problems: Problem[];
}

export type Shape<T> = (tree: Tree, reading: Reading) => T | undefined;
export type Read<S> = S extends Shape<infer T> ? T : never;

interface Field<T> {
  readonly shape: Shape<T>;
  readonly optional: boolean;
  readonly otherwise?: T;
}

export function problem(reading: Reading, line: number, message: string, remedy: string): undefined {
  reading.problems.push({ file: reading.file, line, message, remedy });
}

/** Any text, at most `maxLength` characters. */
export function text(maxLength = 4096): Shape<string> {
  return (tree, reading) => {
    if (tree.kind !== 'text') return problem(reading, tree.line, `expected text, found ${nameOf(tree)}`, 'write text');
    if (tree.text.length > maxLength) {
      return problem(reading, tree.line, `longer than ${maxLength} characters`, 'shorten it');
    }
    return tree.text;
  };
}

/** Text that another function understands; it returns `undefined` for what it does not. */
export function parsed<T>(parse: (text: string) => T | undefined, expected: string): Shape<T> {
  return (tree, reading) => {
    if (tree.kind !== 'text')
      return problem(reading, tree.line, `expected ${expected}, found ${nameOf(tree)}`, `write ${expected}`);
    const value = parse(tree.text);
    return value === undefined
      ? problem(reading, tree.line, `${nameOf(tree)} is not ${expected}`, `write ${expected}`)
      : value;
  };
}

/** What people call a thing in our documents: short, and safe in a log, a label and a file name. */
export const name = parsed(
  text => (/^[a-z0-9][a-z0-9.-]{0,62}$/.test(text) ? text : undefined),
  'a name of a-z 0-9 . -',
);

export function choice<const T extends string>(...options: readonly T[]): Shape<T> {
  return (tree, reading) => {
    const found = tree.kind === 'text' ? options.find(option => option === tree.text) : undefined;
    if (found !== undefined) return found;
    const seen = tree.kind === 'text' ? `"${tree.text}"` : nameOf(tree);
    return problem(reading, tree.line, `${seen} is not one of: ${options.join(', ')}`, suggestion(seen, options));
  };
}

/** `yes` or `no`. */
export const flag: Shape<boolean> = (tree, reading) => {
  const word = choice('yes', 'no')(tree, reading);
  return word === undefined ? undefined : word === 'yes';
};

export function integer(min: number, max: number): Shape<number> {
  const expected = `a whole number from ${min} to ${max}`;
  return parsed(value => {
    const number = /^-?\d{1,15}$/.test(value) ? Number(value) : Number.NaN;
    return number >= min && number <= max ? number : undefined;
  }, expected);
}

/** A list; a single value counts as a list of one. */
export function listOf<T>(item: Shape<T>): Shape<readonly T[]> {
  return (tree, reading) => {
    const trees = tree.kind === 'list' ? tree.items : tree.kind === 'nothing' ? [] : [tree];
    const values = trees.map(each => item(each, reading));
    return values.includes(undefined) ? undefined : (values as T[]);
  };
}

/** A map whose keys are free. */
export function mapOf<T>(value: Shape<T>): Shape<ReadonlyMap<string, T>> {
  return (tree, reading) => {
    if (tree.kind === 'nothing') return new Map();
    if (tree.kind !== 'map')
      return problem(reading, tree.line, `expected "name: value" lines, found ${nameOf(tree)}`, 'write name: value');
    const out = new Map<string, T>();
    let complete = true;
    for (const [key, entry] of tree.entries) {
      const read = value(entry.value, reading);
      if (read === undefined) complete = false;
      else out.set(key, read);
    }
    return complete ? out : undefined;
  };
}

export function required<T>(shape: Shape<T>): Field<T> {
  return { shape, optional: false };
}

export function optional<T>(shape: Shape<T>): Field<T | undefined>;
export function optional<T>(shape: Shape<T>, otherwise: T): Field<T>;
export function optional<T>(shape: Shape<T>, otherwise?: T): Field<T | undefined> {
  return otherwise === undefined ? { shape, optional: true } : { shape, optional: true, otherwise };
}

type Fields = Readonly<Record<string, Field<unknown>>>;
type ValueOf<F extends Fields> = { readonly [K in keyof F]: F[K] extends Field<infer T> ? T : never } & {
  /** Line on which this map starts, for later problems. */
  readonly line: number;
};

/** A map with exactly these keys. */
export function record<F extends Fields>(fields: F): Shape<ValueOf<F>> {
  return (tree, reading) => {
    if (tree.kind !== 'map') {
      return problem(
        reading,
        tree.line,
        `expected ${Object.keys(fields).join(', ')}; found ${nameOf(tree)}`,
        'write name: value lines',
      );
    }
    const out: Record<string, unknown> = { line: tree.line };
    let complete = true;
    for (const [key, entry] of tree.entries) {
      if (Object.hasOwn(fields, key)) continue;
      problem(reading, entry.line, `unknown key "${key}"`, suggestion(key, Object.keys(fields)));
      complete = false;
    }
    for (const [key, field] of Object.entries(fields)) {
      const entry = tree.entries.get(key);
      if (entry === undefined) {
        if (!field.optional) {
          problem(reading, tree.line, `"${key}" is missing`, `add "${key}: …"`);
          complete = false;
        } else out[key] = field.otherwise;
        continue;
      }
      const value = field.shape(entry.value, reading);
      if (value === undefined) complete = false;
      out[key] = value;
    }
    return complete ? (out as ValueOf<F>) : undefined;
  };
}

/** The value together with its line, for checks across fields and files. */
export function located<T>(shape: Shape<T>): Shape<{ readonly value: T; readonly line: number }> {
  return (tree, reading) => {
    const value = shape(tree, reading);
    return value === undefined ? undefined : { value, line: tree.line };
  };
}

function nameOf(tree: Tree): string {
  return tree.kind === 'text' ? `"${tree.text.slice(0, 40)}"` : tree.kind === 'nothing' ? 'nothing' : `a ${tree.kind}`;
}

function suggestion(seen: string, known: readonly string[]): string {
  const near = nearestWord(seen.replaceAll('"', ''), known);
  return near === undefined ? `use one of: ${known.join(', ')}` : `did you mean "${near}"?`;
}
