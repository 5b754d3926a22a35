// Where the gateway may ask about revocation: hosts named in the profile, compared as parsed URLs, never as text. A
// certificate names addresses too, but whoever made it must not be able to make us call any address he likes.

/** `host`, `host:port`, or either with a path that the URL must lie under. */
export interface AllowedHost {
  readonly host: string;
  /** Absent: the usual port of the URL's own scheme. */
  readonly port?: string;
  /** Begins with a slash, ends without one; empty for every path. */
  readonly path: string;
}

export function readAllowedHost(text: string): AllowedHost | undefined {
  const match = /^((?:[a-z0-9.-]{1,253}|\[[0-9a-f:.]{2,45}\]))(?::(\d{1,5}))?(\/[\x21-\x7e]*)?$/.exec(text);
  if (match?.[1] === undefined) return undefined;
  const url = parse(`http://${text}`);
  // What a URL parser would read otherwise than it is written (dots, another base of numbers) is not understood here.
  if (url === undefined || url.hostname !== match[1] || url.search !== '' || url.hash !== '') return undefined;
  const path = match[3] ?? '';
  if (url.pathname !== (path === '' ? '/' : path)) return undefined;
  const allowed = { host: url.hostname, path: path.replace(/\/+$/, '') };
  return match[2] === undefined ? allowed : { ...allowed, port: String(Number(match[2])) };
}

/** The URL, where it may be called. */
export function allowedUrl(text: string, hosts: readonly AllowedHost[]): URL | undefined {
  const url = parse(text);
  if (url === undefined || (url.protocol !== 'http:' && url.protocol !== 'https:')) return undefined;
  if (url.username !== '' || url.password !== '') return undefined;
  const usual = url.protocol === 'http:' ? '80' : '443';
  const port = url.port === '' ? usual : url.port;
  const fits = hosts.some(
    ({ host, port: wanted = usual, path }) =>
      url.hostname === host && port === wanted && (url.pathname === path || url.pathname.startsWith(`${path}/`)),
  );
  return fits ? url : undefined;
}

function parse(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined;
}
