// The composition root: from a configuration to a running gateway. It builds the parts, hands the flows to `io`, replaces
// the rules on reload, and stops in the reverse order. Nothing is decided here.

import { randomBytes } from 'node:crypto';
import type { Config } from './config.ts';
import { Conversations } from './eap/conversations.ts';
import { defaultEapLimits } from './eap/limits.ts';
import type { Tenant } from './flows/admission.ts';
import { agentHandlers } from './flows/agent-handlers.ts';
import type { Ongoing } from './flows/eap-conversation.ts';
import { type RadiusPorts, radiusRequest } from './flows/radius-request.ts';
import { identify } from './identity/identify.ts';
import { verifySignature } from './identity/signature.ts';
import { listenAgentApi } from './io/agent-api.ts';
import type { Rules } from './io/configuration.ts';
import { openEmbeddedStore } from './io/embedded-store.ts';
import { type OpenLog, openLog } from './io/log.ts';
import { meteredStore, openMeter } from './io/meter.ts';
import { listenRadius } from './io/radius-udp.ts';
import { listenReadApi } from './io/read-api.ts';
import { systemClock, systemRandom } from './io/system.ts';
import { startTlsEngine } from './io/tls-engine.ts';
import { selfTest } from './io/tls-self-test.ts';
import { decide, type RunningPolicy } from './pdp/decide.ts';
import { nasTable } from './pdp/nas.ts';
import { collectFor } from './policy/policy-set.ts';
import { evaluate } from './policy/evaluate.ts';
import { recentRequests } from './radius/duplicates.ts';
import { textsOf } from './reasons.ts';

export interface Gateway {
  /** The ports in use: the configured ones, or what the system chose for 0. */
  readonly ports: {
    readonly authentication: number;
    readonly accounting: number;
    readonly agentApi: number;
    readonly readApi: number;
  };
  /** Replaces policy and profiles whole; running conversations finish under the new ones. */
  readonly replaceRules: (rules: Rules) => void;
  readonly close: () => Promise<void>;
}

const sweepEveryMs = 15_000;
const probeStoreEveryMs = 2_000;

/** Starts everything; rejects with an Error that says in words what cannot be used, and leaves nothing running. */
export async function startGateway(config: Config, firstRules: Rules, log?: OpenLog): Promise<Gateway> {
  const lines = log ?? openLog({ gateway: config.name });
  const closers: (() => Promise<void>)[] = [];
  const close = async (): Promise<void> => {
    for (const closer of closers.splice(0).reverse()) await closer();
    lines.flush();
  };
  try {
    return { ...(await assemble(config, firstRules, lines, closers)), close };
  } catch (error) {
    // Half a gateway must not keep the process alive.
    await close();
    throw error;
  }
}

async function assemble(
  config: Config,
  firstRules: Rules,
  lines: OpenLog,
  closers: (() => Promise<void>)[],
): Promise<Omit<Gateway, 'close'>> {
  await selfTest();
  // Names this process in State: a round that belongs to another gateway, or to an earlier life, is told apart.
  const instance = randomBytes(6).toString('hex');
  const meter = openMeter({ processMetrics: true, onMisuse: message => lines.error('metric-misuse', { message }) });
  const embedded = await openEmbeddedStore({ path: config.storePath, writer: config.name });
  const store = meteredStore(embedded, meter);
  closers.push(() => store.close());
  const tls = await startTlsEngine({
    settings: {
      certificatePem: config.eap.certificate,
      keyPem: config.eap.key,
      ...(config.eap.resumption === 'off' ? {} : { resumption: {} }),
    },
    workers: config.eap.tlsWorkers,
    onThreadLost: ({ error, conversations }) => lines.error('tls-thread-lost', { error, conversations }),
  });
  closers.push(() => tls.stop());
  const clock = systemClock;
  const linkCache = new Map<string, boolean>();
  let tenant = tenantOf(firstRules);

  function tenantOf(rules: Rules): Tenant & { readonly rules: Rules } {
    const { policySet, profiles } = rules;
    const policy: RunningPolicy = {
      hash: policySet.hash,
      evaluate: (subject, facts, now) => evaluate(policySet, subject, facts, now),
    };
    return {
      rules,
      policy,
      register: config.register,
      identify: (chain, now) =>
        identify(chain, profiles, { tenant: config.tenant, pseudonymKey: config.pseudonymKey, now, linkCache }),
    };
  }

  // One tenant per configuration file for now; the name is in every key and record all the same.
  const common = { store, clock, random: systemRandom, meter, log: lines, tenant: () => tenant };
  const conversations = new Conversations<Ongoing>({ instance, maxConversations: 20_000 });
  let storeAnswers = true;
  const unfit = (): readonly string[] => (storeAnswers ? [] : ['store-unavailable']);
  const radius: RadiusPorts = {
    ...common,
    tls,
    conversations,
    limits: defaultEapLimits,
    resumption: config.eap.resumption,
    unfit,
    nasOf: nasTable(config.nas),
    recent: recentRequests(),
  };
  const socket = (port: number, kind: 'authentication' | 'accounting') =>
    listenRadius({
      address: config.radius.address,
      port,
      // Each socket remembers its own requests: identifiers of the two ports have nothing to do with each other.
      handler: radiusRequest({ ...radius, recent: recentRequests() }, kind),
      onShed: () => meter.count('sluis_shed_total', { what: 'datagram' }),
      onError: error => lines.error('radius-fault', { error }),
    });

  const agentApi = await listenAgentApi({
    address: config.agentApi.address,
    port: config.agentApi.port,
    certificate: config.agentApi.certificate,
    key: config.agentApi.key,
    tenant: config.tenant,
    log: lines,
    meter,
    handlers: agentHandlers({
      ...common,
      identify: (chain, _tenant, now) => tenant.identify(chain, now),
      verifySignature,
      decide: (request, now) => decide(request, tenant.policy, tenant.register, now),
      collect: () => collectFor(tenant.rules.policySet),
      policyHash: () => tenant.policy.hash,
      supportCalendar: () => tenant.rules.policySet.supportCalendar,
      audience: config.name,
      texts: textsOf,
    }),
  });
  closers.push(() => agentApi.close());
  const readApi = await listenReadApi({
    address: config.readApi.address,
    port: config.readApi.port,
    tokens: [{ token: config.readApi.token, tenant: config.tenant }],
    store,
    meterText: () => meter.text(),
    health: () => ({ ready: unfit().length === 0, reasons: unfit() }),
    log: lines,
  });
  closers.push(() => readApi.close());
  const authentication = await socket(config.radius.authenticationPort, 'authentication');
  closers.push(() => authentication.close());
  const accounting = await socket(config.radius.accountingPort, 'accounting');
  closers.push(() => accounting.close());

  const sweeping = setInterval(() => {
    for (const id of conversations.sweep(clock.now())) tls.close(id);
    meter.gauge('sluis_eap_conversations', conversations.size);
    store.sweep(clock.now()).catch((error: unknown) => lines.warn('sweep-failed', { error }));
  }, sweepEveryMs);

  // A store that is down makes this instance unfit as a whole: Status-Server falls silent and the NAS fails over.
  const probing = setInterval(() => {
    store.nonce(config.tenant, 'probe').then(
      () => (storeAnswers = true),
      () => (storeAnswers = false),
    );
  }, probeStoreEveryMs);
  closers.push(async () => {
    clearInterval(sweeping);
    clearInterval(probing);
  });

  return {
    ports: {
      authentication: authentication.port,
      accounting: accounting.port,
      agentApi: agentApi.port,
      readApi: readApi.port,
    },
    replaceRules: rules => {
      tenant = tenantOf(rules);
      lines.info('rules-replaced', { policy: rules.policySet.hash });
    },
  };
}
