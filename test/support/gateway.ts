// A gateway as an admin would run it, for tests: its own process in a directory of its own, with a throw-away PKI, and
// what its operator API says afterwards.

import { randomBytes } from 'node:crypto';
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { DecisionRecord } from '../../gateway/audit/record.ts';
import type { Ticket } from '../../gateway/contract/challenge.ts';
import { type GatewayPorts, startGatewayProcess } from '../../gateway/cli/demo/gateway-process.ts';
import { type Installation, makeInstallation } from '../../gateway/cli/demo/installation.ts';
import type { Session } from '../../gateway/pdp/session.ts';
import { runOnce } from '../../posture-client/agent.ts';

/** Lets in whoever shows a good certificate: for tests that are about certificates. */
export const certificatePolicies = fileURLToPath(new URL('../lab/policies', import.meta.url));
/** The starting point of an institution: a healthy laptop with its person is granted the office. */
export const basePolicies = fileURLToPath(new URL('../../policies', import.meta.url));
const recordings = fileURLToPath(new URL('../../posture-client/recorded/', import.meta.url));

export interface TestGatewayOptions {
  /** A directory of policies; the RIZIV pack when absent. */
  readonly policies?: string;
  readonly laptops?: readonly string[];
  readonly devices?: Readonly<Record<string, { readonly class: string; readonly state?: string }>>;
  /** More authorities whose cards count, PEM, with the lists of all of them. */
  readonly cards?: { readonly anchorsPem: string; readonly crlsPem: string; readonly maxDepth: number };
  /** The NAS at 127.0.0.1 finds a session by User-Name alone. */
  readonly byNameAlone?: boolean;
  /** The NAS at 127.0.0.1 takes CoA- and Disconnect-Requests at that port. */
  readonly changesAt?: number;
  /** False: a machine that nobody listed has no class. */
  readonly unlisted?: boolean;
  /** The device register, CSV; none when absent. */
  readonly register?: string;
  /** The NAS at 127.0.0.1 needs no Message-Authenticator. */
  readonly excused?: boolean;
  readonly resumption?: 'machine' | 'any';
  /** The NAS at 127.0.0.1 is only observed: this server, at 127.0.0.1 as well, decides. */
  readonly authority?: { readonly authentication: number; readonly accounting: number; readonly secret: string };
  /** More of `eap:`, as YAML. */
  readonly eap?: string;
  /** Further NAS, as YAML list items. */
  readonly moreNas?: readonly string[];
  /** RADIUS over TLS for concentrators of this authority (PEM), which are these YAML list items. */
  readonly overTls?: { readonly clientCa: string; readonly nas: readonly string[] };
  /** What stands behind `store:`, as YAML; a file of its own when absent. */
  readonly store?: string;
  /** What stands behind `radius: limits:`, as YAML. */
  readonly limits?: string;
  /** YAML to write behind the configuration. */
  readonly more?: (installation: Installation, put: TestGateway['put']) => Promise<string>;
}

export interface TestGateway {
  readonly directory: string;
  readonly installation: Installation;
  readonly ports: GatewayPorts;
  /** Shared secret of the NAS at 127.0.0.1. */
  readonly secret: string;
  /** Writes a file beside the gateway's own; its path. */
  readonly put: (name: string, content: string) => string;
  /** Newest first. */
  readonly denials: () => Promise<readonly DecisionRecord[]>;
  readonly sessions: () => Promise<readonly Session[]>;
  /** The value of a counter now, over all rows that carry these labels. */
  readonly count: (metric: string, labels?: Readonly<Record<string, string>>) => Promise<number>;
  /** Everything the operator API and the metrics say, as text. */
  readonly everything: () => Promise<string>;
  /** The token file of an operator who may act and not read. */
  readonly guardToken: string;
  /** Ends a session as an operator does; how far that came. */
  readonly disconnect: (session: string) => Promise<unknown>;
  /** Has it read its policies again. */
  readonly reload: () => void;
  /** Ends it and starts it anew, with ports of its own. */
  readonly restart: () => Promise<void>;
  /** The log so far. */
  readonly lines: () => readonly string[];
  readonly stop: () => Promise<void>;
}

export async function startTestGateway(options: TestGatewayOptions = {}): Promise<TestGateway> {
  const directory = mkdtempSync(join(tmpdir(), 'sluis-gateway-'));
  const put = (name: string, content: string): string => {
    writeFileSync(join(directory, name), content, { mode: 0o600 });
    return join(directory, name);
  };
  const { policies, laptops = [], devices = {}, cards, excused = false, resumption, store } = options;
  const { overTls, eap, moreNas } = options;
  const chosen = {
    ...(policies === undefined ? {} : { policies }),
    moreNas: [...(overTls?.nas ?? []), ...(moreNas ?? [])],
    ...(options.limits === undefined ? {} : { limits: options.limits }),
  };
  const installation = await makeInstallation({ directory, laptops, devices, ...chosen }, Date.now());
  const change = (name: string, from: string, to: string): void => {
    const before = readFileSync(join(directory, name), 'utf8');
    if (!before.includes(from)) throw new Error(`${name} has no "${from}"`);
    put(
      name,
      before.replace(from, () => to),
    );
  };
  if (cards !== undefined) {
    const pem = '-----BEGIN';
    change('identity/anchors/be-eid-test.pem', pem, `${cards.anchorsPem}${pem}`);
    change('identity/crls/be-eid-test.pem', pem, `${cards.crlsPem}${pem}`);
    change('identity/be-eid-test.yaml', 'maxDepth: 3', `maxDepth: ${cards.maxDepth}`);
  }
  if (resumption !== undefined) change('sluis.yaml', 'tls-workers: 1', `tls-workers: 1, resumption: ${resumption}`);
  if (eap !== undefined) change('sluis.yaml', 'tls-workers: 1', `tls-workers: 1, ${eap}`);
  if (overTls !== undefined) {
    put('nas-ca.pem', overTls.clientCa);
    const tls = 'tls: { address: 127.0.0.1, port: 0, certificate: server.pem, key: server.key, client-ca: nas-ca.pem }';
    change('sluis.yaml', 'accounting-port: 0 }', `accounting-port: 0, ${tls} }`);
  }
  if (store !== undefined) change('sluis.yaml', 'store: { path: sluis.db }', `store: ${store}`);
  if (options.changesAt !== undefined) {
    change('sluis.yaml', 'group: vpn }', `group: vpn, dynamic-authorization: { port: ${options.changesAt} } }`);
  }
  change('sluis.yaml', 'agent-api: {', 'agent-api: { self-enrolment: yes,');
  if (options.unlisted === false) change('sluis.yaml', 'devices:\n  unlisted: { class: managed-laptop }\n', '');
  if (options.register !== undefined) {
    put('devices.csv', options.register);
    change('sluis.yaml', 'devices:\n', 'devices:\n  register: devices.csv\n');
  }
  if (options.byNameAlone === true) change('sluis.yaml', 'group: vpn', 'profile: strongswan, group: vpn');
  const guardToken = put('guard.token', randomBytes(32).toString('base64url'));
  const guard =
    '{ name: guard, token-file: guard.token, rights: [session, reveal, device, second-factor, trace, nas, policy] }';
  change('sluis.yaml', 'token-file: operator-api.token }', `token-file: operator-api.token, operators: [${guard}] }`);
  if (excused) change('sluis.yaml', 'group: vpn }', 'group: vpn, require-message-authenticator: no }');

  if (options.authority !== undefined) {
    const { authentication, accounting, secret } = options.authority;
    put('authority.secret', secret);
    const where = `address: 127.0.0.1, authentication-port: ${authentication}, accounting-port: ${accounting}`;
    const how = `secret-file: authority.secret, require-message-authenticator: no`;
    change('sluis.yaml', 'group: vpn }', `group: vpn, mode: observe, authority: { ${where}, ${how} } }`);
  }

  if (options.more !== undefined) appendFileSync(installation.configFile, await options.more(installation, put));

  let gateway = await startGatewayProcess(installation.configFile);
  const token = readFileSync(installation.tokenFile, 'utf8');
  const read = async (path: string): Promise<Response> => {
    const answer = await fetch(`http://127.0.0.1:${gateway.ports.operatorApi}${path}`, {
      headers: { authorization: `Bearer ${token}` },
    });
    if (!answer.ok) throw new Error(`the operator API answered ${answer.status} to ${path}`);
    return answer;
  };
  return {
    directory,
    installation,
    get ports() {
      return gateway.ports;
    },
    secret: readFileSync(installation.secretFile, 'utf8'),
    put,
    denials: async () => {
      const { denials } = (await (await read('/v1/denials?limit=500')).json()) as { denials: DecisionRecord[] };
      return denials;
    },
    sessions: async () => {
      const { sessions } = (await (await read('/v1/sessions?limit=500')).json()) as { sessions: Session[] };
      return sessions;
    },
    count: async (metric, labels = {}) => sumOf(await (await read('/metrics')).text(), metric, labels),
    everything: async () => {
      const pages = ['/v1/sessions?limit=500', '/v1/denials?limit=500', '/metrics'];
      return (await Promise.all(pages.map(async page => (await read(page)).text()))).join('\n');
    },
    guardToken,
    disconnect: async session => {
      const answer = await fetch(`http://127.0.0.1:${gateway.ports.operatorApi}/v1/acts/session-disconnect`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${readFileSync(guardToken, 'utf8')}`,
          'content-type': 'application/json',
        },
        body: JSON.stringify({ session, reason: 'the laptop was reported lost' }),
      });
      return answer.json();
    },
    lines: () => gateway.lines(),
    reload: () => void process.kill(gateway.pid, 'SIGHUP'),
    restart: async () => {
      await gateway.stop();
      gateway = await startGatewayProcess(installation.configFile);
    },
    stop: async () => {
      const code = await gateway.stop();
      rmSync(directory, { recursive: true });
      if (code !== 0) throw new Error(`the gateway ended with ${code ?? 'a signal'}:\n${gateway.lines().join('\n')}`);
    },
  };
}

function sumOf(text: string, metric: string, labels: Readonly<Record<string, string>>): number {
  const wanted = Object.entries(labels).map(([name, value]) => `${name}="${value}"`);
  return text
    .split('\n')
    .filter(line => line.startsWith(`${metric}{`) || line.startsWith(`${metric} `))
    .filter(line => wanted.every(label => line.includes(label)))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
}

type AgentPart = Pick<TestGateway, 'installation' | 'ports' | 'directory'>;

/** What the agent on that laptop obtains after it has reported itself (as recorded) and its person. */
export async function obtainTicket(gateway: AgentPart, laptop: string, recording = 'linux-healthy'): Promise<Ticket> {
  const { ticket } = await runAgent(gateway, laptop, recording, true);
  if (ticket === undefined) throw new Error('the gateway gave no ticket');
  return ticket;
}

/** A later report of that laptop. */
export async function report(gateway: AgentPart, laptop: string, recording: string): Promise<void> {
  await runAgent(gateway, laptop, recording, false);
}

function runAgent(
  { installation, ports, directory }: AgentPart,
  laptop: string,
  recording: string,
  forTicket: boolean,
): ReturnType<typeof runOnce> {
  const machine = installation.laptops.get(laptop);
  if (machine === undefined) throw new Error(`no certificate was made for ${laptop}`);
  return runOnce({
    config: {
      gateway: `https://localhost:${ports.agentApi}`,
      trust: installation.trustFile,
      machine,
      sessionKey: false,
      identity: installation.person,
      state: join(directory, `agent-${laptop}.json`),
      language: 'en',
      recorded: join(recordings, recording),
      remediation: { programs: {} },
    },
    prove: forTicket,
    ticket: forTicket,
    remediate: false,
  });
}
