// Shapes: small typed readers over a YAML tree. Each returns its value or `undefined`, and adds every problem it meets,
// so that an admin sees all of them at once. Unknown keys are problems; an absent key is not the same as a wrong one.

import { nearestWord } from './nearest-word.ts';
import type { Problem, Tree } from './yaml-tree.ts';

export interface Reading {
  readonly file: string;
  readonly problems: Problem[];
}

export interface Shape<T> {
  (tree: Tree, reading: Reading): T | undefined;
  /** What it takes, for whoever describes it to somebody else. */
  readonly form?: Form;
}

export type Form =
  | {
      readonly kind: 'text';
      readonly expected?: string;
      readonly maxLength?: number;
      readonly words?: readonly string[];
    }
  /** A single item does as well, and so does nothing. */
  | { readonly kind: 'list'; readonly item: Form }
  /** With free keys; `only` so many of them. */
  | { readonly kind: 'map'; readonly value: Form; readonly only?: number }
  | {
      readonly kind: 'record';
      readonly fields: Readonly<Record<string, { readonly form: Form; readonly optional: boolean }>>;
    }
  | { readonly kind: 'either'; readonly forms: readonly Form[] };

/** A shape with what it takes; the function is nobody else's. */
export function formed<T>(form: Form, shape: Shape<T>): Shape<T> {
  return Object.assign(shape, { form });
}

/** Of a shape that has one; any text of those that have none. */
export function formOf(shape: Shape<unknown>): Form {
  return shape.form ?? { kind: 'text' };
}
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
  return formed({ kind: 'text', maxLength }, (tree, reading) => {
    if (tree.kind !== 'text') return problem(reading, tree.line, `expected text, found ${nameOf(tree)}`, 'write text');
    if (tree.text.length > maxLength) {
      return problem(reading, tree.line, `longer than ${maxLength} characters`, 'shorten it');
    }
    return tree.text;
  });
}

/** Text that another function understands; it returns `undefined` for what it does not. */
export function parsed<T>(parse: (text: string) => T | undefined, expected: string): Shape<T> {
  return formed({ kind: 'text', expected }, (tree, reading) => {
    if (tree.kind !== 'text')
      return problem(reading, tree.line, `expected ${expected}, found ${nameOf(tree)}`, `write ${expected}`);
    const value = parse(tree.text);
    return value === undefined
      ? problem(reading, tree.line, `${nameOf(tree)} is not ${expected}`, `write ${expected}`)
      : value;
  });
}

/** What people call a thing in our documents: short, and safe in a log, a label and a file name. */
export const name = parsed(
  text => (/^[a-z0-9][a-z0-9.-]{0,62}$/.test(text) ? text : undefined),
  'a name of a-z 0-9 . -',
);

export function choice<const T extends string>(...options: readonly T[]): Shape<T> {
  return formed({ kind: 'text', words: options }, (tree, reading) => {
    const found = tree.kind === 'text' ? options.find(option => option === tree.text) : undefined;
    if (found !== undefined) return found;
    const seen = tree.kind === 'text' ? `"${tree.text}"` : nameOf(tree);
    return problem(reading, tree.line, `${seen} is not one of: ${options.join(', ')}`, suggestion(seen, options));
  });
}

/** `yes` or `no`. */
const yesOrNo = choice('yes', 'no');
export const flag: Shape<boolean> = formed(formOf(yesOrNo), (tree, reading) => {
  const word = yesOrNo(tree, reading);
  return word === undefined ? undefined : word === 'yes';
});

export function integer(min: number, max: number): Shape<number> {
  const expected = `a whole number from ${min} to ${max}`;
  return parsed(value => {
    const number = /^-?\d{1,15}$/.test(value) ? Number(value) : Number.NaN;
    return number >= min && number <= max ? number : undefined;
  }, expected);
}

/** A list; a single value counts as a list of one. */
export function listOf<T>(item: Shape<T>): Shape<readonly T[]> {
  return formed({ kind: 'list', item: formOf(item) }, (tree, reading) => {
    const trees = tree.kind === 'list' ? tree.items : tree.kind === 'nothing' ? [] : [tree];
    const values = trees.map(each => item(each, reading));
    return values.includes(undefined) ? undefined : (values as T[]);
  });
}

/** A map whose keys are free. */
export function mapOf<T>(value: Shape<T>): Shape<ReadonlyMap<string, T>> {
  return formed({ kind: 'map', value: formOf(value) }, (tree, reading) => {
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
  });
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
  const forms = Object.entries(fields).map(([key, { shape, optional: mayLack }]) => {
    return [key, { form: formOf(shape), optional: mayLack }] as const;
  });
  return formed({ kind: 'record', fields: Object.fromEntries(forms) }, (tree, reading) => {
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
  });
}

/** The value together with its line, for checks across fields and files. */
export function located<T>(shape: Shape<T>): Shape<{ readonly value: T; readonly line: number }> {
  return formed(formOf(shape), (tree, reading) => {
    const value = shape(tree, reading);
    return value === undefined ? undefined : { value, line: tree.line };
  });
}

function nameOf(tree: Tree): string {
  return tree.kind === 'text' ? `"${tree.text.slice(0, 40)}"` : tree.kind === 'nothing' ? 'nothing' : `a ${tree.kind}`;
}

function suggestion(seen: string, known: readonly string[]): string {
  const near = nearestWord(seen.replaceAll('"', ''), known);
  return near === undefined ? `use one of: ${known.join(', ')}` : `did you mean "${near}"?`;
}
