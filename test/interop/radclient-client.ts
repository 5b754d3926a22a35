// FreeRADIUS's `radclient`: one request as a concentrator would send it, and what came back.

import { spawn } from 'node:child_process';

export interface RadclientRequest {
  readonly kind: 'auth' | 'acct' | 'status';
  readonly port: number;
  readonly secret: string;
  /** Attributes in radclient's words. */
  readonly lines: readonly string[];
}

export interface RadclientResult {
  /** Name of the reply's code; absent when there was silence. */
  readonly reply: string | undefined;
  /** Attributes of the reply in their order, as radclient prints them. */
  readonly attributes: readonly (readonly [name: string, value: string])[];
  readonly output: string;
}

/** Before 3.2.5 radclient signs an Access-Request when it is told to. */
export const signed = 'Message-Authenticator = 0x00';

export function login(userName: string, password: string, callingStationId = '192.0.2.5'): readonly string[] {
  return [
    `User-Name = "${userName}"`,
    `User-Password = "${password}"`,
    `Calling-Station-Id = "${callingStationId}"`,
    'NAS-IP-Address = 127.0.0.1',
  ];
}

/** One copy, and patience for a reject that is held back. */
export async function radclient(program: string, request: RadclientRequest): Promise<RadclientResult> {
  const { kind, port, secret, lines } = request;
  // A secret may begin with a dash.
  const child = spawn(program, ['-x', '-t', '2', '-r', '1', '--', `127.0.0.1:${port}`, kind, secret]);
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  // Whoever ends before it has read says why.
  child.stdin.on('error', error => (output += String(error)));
  child.stdin.end(`${lines.join('\n')}\n`);
  await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  const at = output.indexOf('Received ');
  const received = at < 0 ? '' : output.slice(at);
  const attributes = [...received.matchAll(/^\t([A-Za-z0-9-]+) = "?(.*?)"?$/gm)].map(
    ([, name = '', value = '']) => [name, value] as const,
  );
  return { reply: /^Received (\S+)/.exec(received)?.[1], attributes, output };
}

export function valueOf({ attributes }: RadclientResult, name: string): string | undefined {
  return attributes.find(([each]) => each === name)?.[1];
}
