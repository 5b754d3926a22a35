// The URI of a private key in a token (RFC 7512), and of it only what finds one key for certain. A PIN never stands in it: a URI
// is shown, logged and kept in unit files.

export interface Pkcs11Uri {
  /** Absolute path of the module. */
  readonly module: string;
  readonly token: { readonly [Part in TokenPart]?: string };
  readonly label?: string;
  readonly id?: Uint8Array;
  /** Where the PIN stands. */
  readonly pinFile?: string;
}

export type UriResult = { readonly uri: Pkcs11Uri } | { readonly wrong: string };

const tokenParts = ['token', 'serial', 'manufacturer', 'model'] as const;
type TokenPart = (typeof tokenParts)[number];

const known: ReadonlySet<string> = new Set([...tokenParts, 'object', 'id', 'type', 'module-path', 'pin-source']);
/** Printable ASCII; everything else is written as %XX [RFC7512-2.3]. */
const written = /^(?:[!-$&-~]|%[0-9A-Fa-f]{2})+$/;

/** `wrong` never repeats a value: somebody may have written a PIN there. */
export function readPkcs11Uri(text: string): UriResult {
  const [scheme, rest = ''] = cut(text, ':');
  if (scheme !== 'pkcs11') return { wrong: 'it does not begin with pkcs11:' };
  const [path, query = ''] = cut(rest, '?');
  const values = new Map<string, Buffer>();
  for (const part of [...path.split(';'), ...query.split('&')].filter(each => each !== '')) {
    const [name, value = ''] = cut(part, '=');
    if (name === 'pin-value')
      return { wrong: 'a PIN must not stand in it: put it in a file and name that in pin-source' };
    if (!known.has(name)) return { wrong: `of its parts only ${[...known].join(', ')} are understood` };
    if (values.has(name)) return { wrong: `${name} is in it twice` };
    if (!written.test(value)) return { wrong: `the value of ${name} is not written as RFC 7512 says` };
    values.set(name, octets(value));
  }
  return assemble(values);
}

function assemble(values: ReadonlyMap<string, Buffer>): UriResult {
  const textOf = (name: string): string | undefined => values.get(name)?.toString('utf8');
  const [module, type, label, id] = [textOf('module-path'), textOf('type'), textOf('object'), values.get('id')];
  const token = Object.fromEntries(tokenParts.flatMap(part => (values.has(part) ? [[part, textOf(part)]] : [])));
  const pinFile = textOf('pin-source')?.replace(/^file:(?:\/\/(?=\/))?/, '');
  if (module?.startsWith('/') !== true)
    return { wrong: 'module-path must name the file of the module, from the root on' };
  if (type !== undefined && type !== 'private') return { wrong: 'the key must be of type=private' };
  if (!('token' in token || 'serial' in token)) return { wrong: 'it must name the token by token= or serial=' };
  if (label === undefined && id === undefined) return { wrong: 'it must name the key by object= or id=' };
  if (pinFile?.startsWith('/') === false) return { wrong: 'pin-source must be file:/PATH' };
  return {
    uri: {
      module,
      token,
      ...(label === undefined ? {} : { label }),
      ...(id === undefined ? {} : { id }),
      ...(pinFile === undefined ? {} : { pinFile }),
    },
  };
}

function cut(text: string, at: string): readonly [string, string?] {
  const index = text.indexOf(at);
  return index < 0 ? [text] : [text.slice(0, index), text.slice(index + at.length)];
}

function octets(value: string): Buffer {
  return Buffer.from(
    value.replaceAll(/%(..)/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16))),
    'latin1',
  );
}
