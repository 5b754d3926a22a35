// The files that a configuration names: certificates for everyone to see, and secrets that only the gateway may read.
// Reads nothing itself; a named file is read while the line that names it is, so that what is wrong with it is told in
// the same pass as the rest.

import { problem, type Shape, text } from './documents/shape.ts';

/** Resolves a path of the configuration file and gives its bytes; `undefined` when it cannot be read. */
export interface ConfigFiles {
  readonly resolve: (path: string) => string;
  /** A sealed file is given opened, or with the reason why it is not. */
  readonly read: (path: string) => Uint8Array | Unopened | undefined;
  /** Whether others than its owner may read it; absent where file modes say nothing. */
  readonly exposed?: (path: string) => boolean;
  /** Whether its secret stands in it in plain text. */
  readonly plain?: (path: string) => boolean;
  /** The NAS profiles in a directory, or those that come with the product; `undefined` when it cannot be read. */
  readonly profilesIn: (directory?: string) => readonly ProfileFile[] | undefined;
  /** Told of each file that is to be secret, with the line that names it, before it is read. */
  readonly secret?: (path: string, line: number) => void;
}

/** `<name>.yaml` */
export interface ProfileFile {
  readonly path: string;
  readonly name: string;
  readonly text: string;
}

/** Why a sealed file stays closed. */
export type Unopened =
  | { readonly sealed: 'no-key'; readonly because: string; readonly remedy: string }
  | { readonly sealed: 'wrong-key'; readonly keyId: string; readonly known: readonly string[] }
  | { readonly sealed: 'damaged' };

interface Named {
  readonly path: string;
  readonly text: string;
}

/** `sealedOnly` is asked for each file, when the line that says so has been read. */
export function namedFiles(files: ConfigFiles, sealedOnly: () => boolean = () => false) {
  const file: Shape<Named> = (tree, reading) => {
    const named = text(1024)(tree, reading);
    if (named === undefined) return undefined;
    const path = files.resolve(named);
    const found = files.read(path);
    if (found === undefined) {
      return problem(reading, tree.line, `cannot read "${path}"`, 'put the file there, readable for this user');
    }
    if ('sealed' in found) {
      const { message, remedy } = unopenedInWords(path, found);
      return problem(reading, tree.line, message, remedy);
    }
    return { path, text: Buffer.from(found).toString('utf8').trim() };
  };
  /** A file that only the gateway may read: a secret that others could have read is none. */
  const own: Shape<Named> = (tree, reading) => {
    if (tree.kind === 'text') files.secret?.(files.resolve(tree.text), tree.line);
    const found = file(tree, reading);
    if (found === undefined) return found;
    const { path } = found;
    if (files.exposed?.(path) === true) {
      return problem(reading, tree.line, `"${path}" may be read by others`, `chmod 600 ${path}`);
    }
    if (!sealedOnly() || files.plain?.(path) !== true) return found;
    const message = `"${path}" is plain text, and secrets says sealed-only`;
    return problem(reading, tree.line, message, `sluis secret seal ${path}`);
  };
  const pem =
    (label: string): Shape<string> =>
    (tree, reading) => {
      const found = (label === 'private key' ? own : file)(tree, reading);
      if (found === undefined || found.text.includes('-----BEGIN ')) return found?.text;
      return problem(reading, tree.line, `"${found.path}" holds no PEM ${label}`, `put a PEM ${label} there`);
    };
  const secret =
    (least: number, what: string): Shape<string> =>
    (tree, reading) => {
      const found = own(tree, reading);
      if (found === undefined || found.text.length >= least) return found?.text;
      const message = `${what} has ${found.text.length} characters`;
      return problem(reading, tree.line, message, `use at least ${least} random characters`);
    };
  /** For what is no secret and is read again from disk by others: a sealed file is one that they cannot read. */
  const unsealed = {
    resolve: files.resolve,
    read: (path: string): Uint8Array | undefined => {
      const found = files.read(path);
      return found !== undefined && 'sealed' in found ? undefined : found;
    },
  };
  return { file, pem, secret, unsealed };
}

/** The same words wherever a sealed file is read. */
export function unopenedInWords(path: string, why: Unopened): { readonly message: string; readonly remedy: string } {
  switch (why.sealed) {
    case 'no-key':
      return { message: `"${path}" is sealed, and ${why.because}`, remedy: why.remedy };
    case 'wrong-key':
      return {
        message: `"${path}" is sealed with key ${why.keyId}; known here: ${why.known.join(', ')}`,
        remedy: `put key ${why.keyId} back as a last line of the master keys, or write the secret anew and seal it`,
      };
    case 'damaged':
      return {
        message: `"${path}" is sealed and does not open: it was changed, or sealed under another file name`,
        remedy: 'give it the name it was sealed under, or write the secret anew and seal it',
      };
  }
}
