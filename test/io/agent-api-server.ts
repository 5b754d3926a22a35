// A listening agent API for tests, with the real flows and store behind it, and clients that are closed after each test.

import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import type { Challenge } from '../../gateway/contract/challenge.ts';
import { type AgentApi, type AgentApiLimits, listenAgentApi } from '../../gateway/io/agent-api.ts';
import type { AgentHandlers } from '../../gateway/io/agent-api-routes.ts';
import { type AgentPki, type Holder, makeAgentPki } from '../support/agent-pki.ts';
import { type AgentWorld, makeAgentWorld, tenant } from '../support/agent-world.ts';
import { type AgentClient, agentClient } from './agent-api-client.ts';

export interface LogLine {
  readonly event: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

export interface Served {
  pki: AgentPki;
  world: AgentWorld;
  api: AgentApi;
  lines: LogLine[];
  client(holder?: Holder): AgentClient;
  relisten(limits: Partial<AgentApiLimits>, handlers?: Partial<AgentHandlers>): Promise<void>;
}

/** `files`: of the policy set, beside or in place of the usual ones. Certificates are made once per file; store and listener are new for each test. */
export function serveForTests(files: Readonly<Record<string, string>> = {}): Served {
  const clients: AgentClient[] = [];
  const served = {
    client(holder?: Holder) {
      const made = agentClient(served.pki, served.api.port, holder);
      clients.push(made);
      return made;
    },
    async relisten(limits: Partial<AgentApiLimits>, handlers: Partial<AgentHandlers> = {}) {
      await served.api.close();
      await listen(limits, handlers);
    },
  } as Served;

  async function listen(limits: Partial<AgentApiLimits> = {}, handlers: Partial<AgentHandlers> = {}): Promise<void> {
    served.lines = [];
    const keep = (event: string, fields: Readonly<Record<string, unknown>> = {}) =>
      served.lines.push({ event, fields });
    const { server } = served.pki;
    served.api = await listenAgentApi({
      address: '127.0.0.1',
      port: 0,
      certificate: server.chainPem,
      key: server.keyPem,
      tenant,
      handlers: { ...served.world.handlers, ...handlers },
      log: { info: keep, warn: keep, error: keep },
      meter: served.world.ports.meter,
      limits,
    });
  }

  beforeAll(() => {
    served.pki = makeAgentPki();
  });
  afterAll(() => {
    served.pki.remove();
  });
  beforeEach(async () => {
    served.world = await makeAgentWorld(served.pki, undefined, files);
    await listen();
  });
  afterEach(async () => {
    for (const client of clients.splice(0)) client.close();
    await served.api.close();
    await served.world.close();
  });
  return served;
}

export async function nonceFor(by: AgentClient, purpose: string): Promise<string> {
  return (await by.post<Challenge>('/v1/challenge', { purpose })).body.nonce;
}
