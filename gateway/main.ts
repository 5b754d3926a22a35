// The composition root: from a configuration to a running gateway. It builds the parts, hands the flows to `io`, replaces
// the rules on reload, and stops in the reverse order. Nothing is decided here.

import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Config } from './config.ts';
import type { Problem } from './documents/yaml-tree.ts';
import { agentHandlers } from './flows/agent-handlers.ts';
import { firstSeen } from './flows/device-first-seen.ts';
import { tracedChanges } from './flows/traced-changes.ts';
import { openTracing } from './flows/tracing.ts';
import { operatorActs } from './flows/operator-acts.ts';
import { endOfUnadmitted } from './flows/unadmitted-end.ts';
import { recoveryCodeKey } from './identity/recovery-codes.ts';
import { verifySignature } from './identity/signature.ts';
import { ticketKey } from './identity/ticket.ts';
import { listenAgentApi } from './io/agent-api.ts';
import type { Rules } from './io/configuration.ts';
import { knownPeople } from './io/directory-cache.ts';
import { ldapDirectory } from './io/directory-ldap.ts';
import { startDeviceEnrolments } from './io/device-enrolments.ts';
import { startDeviceRegister } from './io/device-register.ts';
import { openDynamicAuthorization } from './io/dynamic-authorization.ts';
import { type OpenLog, openLog } from './io/log.ts';
import { meteredStore, openMeter } from './io/meter.ts';
import { listenOperatorApi } from './io/operator-api.ts';
import { connectedPeers } from './io/radius-tls-peers.ts';
import { recordSealing } from './io/record-sealing.ts';
import { startRevocationUpkeep } from './io/revocation-upkeep.ts';
import { openStore, stateDirectory } from './io/store.ts';
import { startStoreProbe } from './io/store-probe.ts';
import { systemClock, systemRandom, systemWait } from './io/system.ts';
import { selfTest } from './io/tls-self-test.ts';
import { decide } from './pdp/decide.ts';
import { runningSet } from './policy/running-set.ts';
import { textsOf } from './reasons.ts';
import { openRadius, type RadiusPortNumbers } from './running-radius.ts';
import { runningRules } from './running-rules.ts';
import { openSessions } from './running-sessions.ts';
import { openReference } from './running-reference.ts';
import { askedOfAgents, type RunningTenant, runningTenant } from './running-tenant.ts';
import { openReplays } from './running-replays.ts';
import { openRollout } from './running-rollout.ts';
import { openTls } from './running-tls.ts';

export interface Gateway {
  /** The ports in use: the configured ones, or what the system chose for 0. */
  readonly ports: RadiusPortNumbers & { readonly agentApi: number; readonly operatorApi: number };
  /** Replaces policy and profiles whole; running conversations finish under the new ones. */
  readonly replaceRules: (rules: Rules) => void;
  /** Their files are broken: nothing changes, and it is told. */
  readonly rulesRefused: (problems: readonly Problem[]) => void;
  readonly close: () => Promise<void>;
}

const sweepEveryMs = 15_000;

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
  given: Rules,
  lines: OpenLog,
  closers: (() => Promise<void>)[],
): Promise<Omit<Gateway, 'close'>> {
  await selfTest();
  // Names this process in State: a round that belongs to another gateway, or to an earlier life, is told apart.
  const instance = randomBytes(6).toString('hex');
  const meter = openMeter({ processMetrics: true, onMisuse: message => lines.error('metric-misuse', { message }) });
  const store = meteredStore(await openStore(config, lines), meter);
  closers.push(() => store.close());
  const clock = systemClock;
  const ports = { store, clock, random: systemRandom, meter, log: lines };
  const rollout = await openRollout({ ...ports, config, changed: rules => replaceRules(rules) });
  const firstRules = rollout.chosenOf(given);
  const running = runningRules(config, { clock, meter, log: lines });
  running.took(firstRules);
  const { engine: tls, close: closeTls } = await openTls({ config, clock, log: lines, meter });
  closers.push(closeTls);
  const linkCache = new Map<string, boolean>();
  const reference = openReference({ config, clock, log: lines, meter, changed: rules => takeRules(rules) });
  closers.push(reference.close);
  // Awaited before anything runs that speaks of the tenant: it does not exist yet.
  const enrolments = await startDeviceEnrolments({
    tenant: config.tenant,
    store,
    log: lines,
    changed: () => (tenant = tenantOf(tenant.rules)),
  });
  closers.push(() => enrolments.close());
  const revocation = startRevocationUpkeep({
    crls: { directory: join(stateDirectory(config), 'crl') },
    profiles: reference.applied(firstRules).profiles,
    changed: () => (tenant = tenantOf(tenant.rules)),
    prove: (chain, _tenant, now) => tenant.prove(chain, now),
    watch: {
      store,
      judge: (chain, _tenant, now) => tenant.identify(chain, now),
      revoked: ({ sessions, reason, ...found }) => {
        lines.warn('sessions-of-revoked-certificate', { ...found, reason, sessions });
        causes.endSessions(config.tenant, 'certificate-revoked', sessions, reason);
      },
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
      changed: () => takeTenant('device-register-changed', tenant.rules),
      lost: ({ sessions, state }) =>
        causes.endSessions(config.tenant, 'device-register-changed', sessions, `device-${state}`),
    });
  closers.push(async () => devices?.close());
  let tenant = tenantOf(reference.applied(firstRules));
  const directory = config.directory && ldapDirectory(config.directory);
  closers.push(async () => directory?.close());

  function tenantOf(rules: Rules): RunningTenant {
    const register = { ...(devices?.current() ?? config.register), enrolled: enrolments.current() };
    return runningTenant({ config, rules, register, revocation, linkCache });
  }

  function replaceRules(rules: Rules): void {
    const now = rollout.chosenOf(rules);
    takeRules(now);
    running.took(now);
  }

  function takeRules(rules: Rules): void {
    const applied = reference.applied(rules);
    revocation.replaceProfiles(applied.profiles);
    takeTenant('policy-changed', applied);
  }

  function takeTenant(because: 'policy-changed' | 'device-register-changed', rules: Rules): void {
    const before = tenant;
    tenant = tenantOf(rules);
    open.rulesChanged(because, before);
  }

  // One tenant per configuration file for now; the name is in every key and record all the same.
  const common = {
    ...ports,
    ticketKey: ticketKey(config.identity.installationKey),
    ...(config.directory && directory
      ? { people: knownPeople({ directory, cacheMs: config.directory.cacheMs, clock, meter, log: lines }) }
      : {}),
    ...(reference.countries ? { countries: reference.countries } : {}),
    revocationNow: revocation.known,
    sealing: recordSealing(config.identity.installationKey),
    recoveryCodeKey: recoveryCodeKey(config.identity.installationKey),
    tenant: () => tenant,
    judgedBeside: rollout.tally.note,
    waitingDevices: enrolments.waiting,
  };
  const { recording, replays, write } = openReplays(ports, config, () => tenant.rules.policySet.files);
  closers.push(() => replays.close());
  const newcomers = firstSeen(common);
  const nasByName = new Map(config.nas.map(nas => [nas.name, nas]));
  const nasNamed = (_tenant: string, name: string) => nasByName.get(name);
  const tracing = openTracing();
  const peers = connectedPeers();
  const changeRequests = openDynamicAuthorization({ log: lines, clock, random: systemRandom, peers });
  const dynamicAuthorization = tracedChanges(changeRequests, tracing, clock);
  const open = openSessions(config, { ...common, nasNamed, dynamicAuthorization });
  const { causes } = open;
  closers.push(() => open.close());
  // Closed before: nobody waits for a concentrator then.
  closers.push(async () => changeRequests.close());
  const { unfit, answersSince, close: endProbe } = startStoreProbe(store, config.tenant);
  closers.push(endProbe);
  const radius = openRadius({
    config,
    given: {
      ...common,
      tls,
      unfit,
      machineSeen: newcomers.seen,
      sessionMoved: causes.sessionMoved,
      tracing,
      ...recording,
      unadmitted: endOfUnadmitted({
        ...common,
        dynamicAuthorization,
        storeAnswersSince: answersSince,
        wait: systemWait,
      }),
    },
    instance,
    peers,
    ...(directory ? { directory } : {}),
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
      ...askedOfAgents(() => tenant),
      antivirusProducts: reference.antivirusProducts,
      audience: config.name,
      selfEnrolment: config.agentApi.selfEnrolment,
      ...(config.agentApi.webEidOrigin === undefined ? {} : { webEidOrigin: config.agentApi.webEidOrigin }),
      ...(config.agentApi.ticketGroups === undefined ? {} : { ticketGroups: config.agentApi.ticketGroups }),
      texts: textsOf,
      ...causes,
      machineSeen: (of, machine) => {
        newcomers.seen(of, machine);
        radius.observed.machines.seen(of, machine);
      },
    }),
  });
  closers.push(() => agentApi.close());
  const operatorApi = await listenOperatorApi({
    address: config.operatorApi.address,
    port: config.operatorApi.port,
    tokens: config.operatorApi.operators.map(operator => ({ ...operator, tenant: config.tenant })),
    store,
    acts: operatorActs({
      ...common,
      disconnect: open.disconnect,
      wave: open.wave,
      policyHash: () => tenant.policy.hash,
      tracing,
      concerned: replays.concerned,
      ...rollout.acts,
      nasNamed,
      observing: radius.observed.observing,
      deviceDecided: async (of, device) => {
        await enrolments.look();
        causes.deviceChanged(of, device);
      },
      ...(directory ? { directory } : {}),
    }),
    concentrators: radius.seen,
    observations: radius.observed.observing.report,
    traces: { clock, read: tracing.read },
    rules: () => running.state(open.wave.state()),
    replays,
    rollout: rollout.state,
    meterText: () => meter.text(),
    health: () => ({ ready: radius.unfit().length === 0, reasons: radius.unfit() }),
    log: lines,
  });
  closers.push(() => operatorApi.close());
  closers.push(write);
  // Last: whoever asks is answered by a whole gateway.
  closers.push(() => radius.close());
  const radiusPorts = await radius.listen();

  const sweeping = setInterval(() => {
    radius.sweep();
    tracing.sweep(clock.now());
    void newcomers.write();
    void write();
    void rollout.look();
    store.sweep(clock.now()).catch((error: unknown) => lines.warn('sweep-failed', { error }));
  }, sweepEveryMs);
  closers.push(async () => clearInterval(sweeping));
  open.start(firstRules.ranBefore && { policy: runningSet(firstRules.ranBefore), register: tenant.register });

  return {
    ports: { ...radiusPorts, agentApi: agentApi.port, operatorApi: operatorApi.port },
    replaceRules,
    rulesRefused: running.refused,
  };
}
