// What to write on the concentrator, so that it finds the gateway: the lines of its own configuration, as its profile has them.

import type { Config } from '../config.ts';
import type { Nas } from '../pdp/nas.ts';

interface Concentrator extends Pick<Nas, 'name' | 'profile' | 'requireMessageAuthenticator'> {
  readonly secret: string;
  /** Segment names of the policies, for the lines that list them. */
  readonly segments: readonly string[];
}

/** In place of an address that the configuration does not say. */
const unknownAddress = 'GATEWAY-ADDRESS';

export function snippet(nas: Concentrator, { radius }: Pick<Config, 'radius'>): readonly string[] {
  const { profile, name, secret, segments } = nas;
  const anywhere = radius.address === '0.0.0.0' || radius.address === '::';
  const places: ReadonlyMap<string, string> = new Map([
    ['name', name],
    ['secret', secret],
    ['gateway', anywhere ? unknownAddress : radius.address],
    ['login-port', String(radius.authenticationPort)],
    ['accounting-port', String(radius.accountingPort)],
  ]);
  return [...blocksOf(profile.ownConfiguration.trimEnd().split('\n'), segments), ...unsigned(nas)].map(line =>
    line.replaceAll(/\{([a-z-]+)\}/g, (written, place: string) => places.get(place) ?? written),
  );
}

/** A line that names a segment, with what is indented below it, stands there once for each. */
function blocksOf(lines: readonly string[], segments: readonly string[]): readonly string[] {
  const out: string[] = [];
  for (let at = 0; at < lines.length; ) {
    const line = lines[at] ?? '';
    let end = at + 1;
    if (line.includes('{segment}')) {
      const depth = indent(line);
      while (end < lines.length && indent(lines[end] ?? '') > depth) end++;
      // What closes a block stands as deep as what opens it.
      if (/^\s*(?:next|end|\})$/.test(lines[end] ?? '') && end > at + 1) end++;
      const block = lines.slice(at, end);
      out.push(...segments.flatMap(segment => block.map(each => each.replaceAll('{segment}', segment))));
    } else out.push(line);
    at = end;
  }
  return out;
}

function indent(line: string): number {
  return line.trim() === '' ? 0 : line.length - line.trimStart().length;
}

function unsigned({ profile, requireMessageAuthenticator }: Concentrator): readonly string[] {
  if (!requireMessageAuthenticator || profile.messageAuthenticator !== 'never') return [];
  return [
    '',
    `# ${profile.product} sends no Message-Authenticator and gets no answer: add "require-message-authenticator: no" to the entry.`,
  ];
}
