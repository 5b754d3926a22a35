// The composition root: from a configuration to a running gateway. It builds the parts, hands the flows to `io`, replaces
// the rules on reload, and stops in the reverse order. Nothing is decided here.

import { randomBytes } from 'node:crypto';
import { dirname, join } from 'node:path';
import type { Config } from './config.ts';
import { isRefused, type Refused } from './contract/reason.ts';
import { Conversations } from './eap/conversations.ts';
import { defaultEapLimits } from './eap/limits.ts';
import type { Tenant } from './flows/admission.ts';
import { agentHandlers } from './flows/agent-handlers.ts';
import type { Ongoing } from './flows/eap-conversation.ts';
import { type RadiusPorts, radiusRequest } from './flows/radius-request.ts';
import { type Proven, prove, withRevocation } from './identity/identify.ts';
import { verifySignature } from './identity/signature.ts';
import { ticketKey } from './identity/ticket.ts';
import { listenAgentApi } from './io/agent-api.ts';
import type { Rules } from './io/configuration.ts';
import { knownPeople } from './io/directory-cache.ts';
import { ldapDirectory } from './io/directory-ldap.ts';
import { startDeviceRegister } from './io/device-register.ts';
import { openEmbeddedStore } from './io/embedded-store.ts';
import { type OpenLog, openLog } from './io/log.ts';
import { meteredStore, openMeter } from './io/meter.ts';
import { listenRadius } from './io/radius-udp.ts';
import { listenReadApi } from './io/read-api.ts';
import { startRevocationUpkeep } from './io/revocation-upkeep.ts';
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

interface RunningTenant extends Tenant {
  readonly rules: Rules;
  /** All but revocation. */
  readonly prove: (chain: readonly Uint8Array[], now: number) => Proven | Refused;
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
  const revocation = startRevocationUpkeep({
    crls: { directory: join(dirname(config.storePath), 'crl') },
    profiles: firstRules.profiles,
    changed: () => (tenant = tenantOf(tenant.rules)),
    prove: (chain, _tenant, now) => tenant.prove(chain, now),
    watch: {
      store,
      judge: (chain, _tenant, now) => tenant.identify(chain, now),
      revoked: found => lines.warn('sessions-of-revoked-certificate', { ...found }),
    },
    ports: { clock, random: systemRandom, log: lines, meter },
  });
  closers.push(() => revocation.close());
  const devices =
    config.deviceRegister &&
    startDeviceRegister({
      tenant: config.tenant,
      configured: config.register,
      file: config.deviceRegister,
      store,
      log: lines,
      changed: () => (tenant = tenantOf(tenant.rules)),
    });
  closers.push(async () => devices?.close());
  let tenant = tenantOf(firstRules);
  const directory = config.directory && ldapDirectory(config.directory);
  closers.push(async () => directory?.close());

  function tenantOf(rules: Rules): RunningTenant {
    const { policySet } = rules;
    const profiles = rules.profiles.map(revocation.current);
    const known = { tenant: config.tenant, pseudonymKey: config.pseudonymKey, linkCache, answers: revocation.answers };
    const policy: RunningPolicy = {
      hash: policySet.hash,
      evaluate: (subject, facts, now) => evaluate(policySet, subject, facts, now),
      ...(policySet.degraded.directory === undefined ? {} : { directory: policySet.degraded.directory }),
    };
    return {
      rules,
      policy,
      register: devices?.current() ?? config.register,
      prove: (chain, now) => prove(chain, profiles, { ...known, now }),
      // From what is known: no login waits for a responder here.
      identify: (chain, now) => {
        const proven = prove(chain, profiles, { ...known, now });
        if (isRefused(proven)) return proven;
        revocation.remember(chain, config.tenant, proven);
        return withRevocation(proven, { ...known, now });
      },
    };
  }

  // One tenant per configuration file for now; the name is in every key and record all the same.
  const common = {
    store,
    clock,
    random: systemRandom,
    meter,
    log: lines,
    ticketKey: ticketKey(config.pseudonymKey),
    ...(config.directory && directory
      ? { people: knownPeople({ directory, cacheMs: config.directory.cacheMs, clock, meter, log: lines }) }
      : {}),
    tenant: () => tenant,
  };
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
      freshenRevocation: revocation.freshen,
      verifySignature,
      decide: (request, now) => decide(request, tenant.policy, tenant.register, now),
      collect: () => collectFor(tenant.rules.policySet),
      policyHash: () => tenant.policy.hash,
      supportCalendar: () => tenant.rules.policySet.supportCalendar,
      audience: config.name,
      ...(config.agentApi.webEidOrigin === undefined ? {} : { webEidOrigin: config.agentApi.webEidOrigin }),
      ...(config.agentApi.ticketGroups === undefined ? {} : { ticketGroups: config.agentApi.ticketGroups }),
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
      revocation.replaceProfiles(rules.profiles);
      tenant = tenantOf(rules);
      lines.info('rules-replaced', { policy: rules.policySet.hash });
    },
  };
}
