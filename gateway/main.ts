// The composition root: from a configuration to a running gateway. It builds the parts, hands the flows to `io`, replaces
// the rules on reload, and stops in the reverse order. Nothing is decided here.

import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Config } from './config.ts';
import { agentHandlers } from './flows/agent-handlers.ts';
import { firstSeen } from './flows/device-first-seen.ts';
import { takeUpAsked } from './flows/left-asked.ts';
import { operatorActs } from './flows/operator-acts.ts';
import { openRedecision } from './flows/redecision.ts';
import { redecisionCauses } from './flows/redecision-causes.ts';
import { silenceWatch } from './flows/silent-sessions.ts';
import { endOfUnadmitted } from './flows/unadmitted-end.ts';
import { recoveryCodeKey } from './identity/recovery-codes.ts';
import { verifySignature } from './identity/signature.ts';
import { ticketKey } from './identity/ticket.ts';
import { listenAgentApi } from './io/agent-api.ts';
import type { Rules } from './io/configuration.ts';
import { knownPeople } from './io/directory-cache.ts';
import { ldapDirectory } from './io/directory-ldap.ts';
import { startCountryFile } from './io/country-file.ts';
import { startDeviceEnrolments } from './io/device-enrolments.ts';
import { startDeviceRegister } from './io/device-register.ts';
import { openDynamicAuthorization } from './io/dynamic-authorization.ts';
import { type OpenLog, openLog } from './io/log.ts';
import { meteredStore, openMeter } from './io/meter.ts';
import { listenOperatorApi } from './io/operator-api.ts';
import { recordSealing } from './io/record-sealing.ts';
import { startRevocationUpkeep } from './io/revocation-upkeep.ts';
import { openStore, stateDirectory } from './io/store.ts';
import { startStoreProbe } from './io/store-probe.ts';
import { systemClock, systemRandom, systemWait } from './io/system.ts';
import { startTlsEngine } from './io/tls-engine.ts';
import { selfTest } from './io/tls-self-test.ts';
import { decide } from './pdp/decide.ts';
import { collectFor } from './policy/policy-set.ts';
import { textsOf } from './reasons.ts';
import { openRadius, type RadiusPortNumbers } from './running-radius.ts';
import { type RunningTenant, runningTenant } from './running-tenant.ts';

export interface Gateway {
  /** The ports in use: the configured ones, or what the system chose for 0. */
  readonly ports: RadiusPortNumbers & { readonly agentApi: number; readonly operatorApi: number };
  /** Replaces policy and profiles whole; running conversations finish under the new ones. */
  readonly replaceRules: (rules: Rules) => void;
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
  firstRules: Rules,
  lines: OpenLog,
  closers: (() => Promise<void>)[],
): Promise<Omit<Gateway, 'close'>> {
  await selfTest();
  // Names this process in State: a round that belongs to another gateway, or to an earlier life, is told apart.
  const instance = randomBytes(6).toString('hex');
  const meter = openMeter({ processMetrics: true, onMisuse: message => lines.error('metric-misuse', { message }) });
  const store = meteredStore(await openStore(config, lines), meter);
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
    profiles: firstRules.profiles,
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
      changed: () => (tenant = tenantOf(tenant.rules)),
      lost: ({ sessions, state }) =>
        causes.endSessions(config.tenant, 'device-register-changed', sessions, `device-${state}`),
    });
  closers.push(async () => devices?.close());
  let tenant = tenantOf(firstRules);
  const directory = config.directory && ldapDirectory(config.directory);
  closers.push(async () => directory?.close());
  const countries = config.countries && startCountryFile({ file: config.countries, log: lines });
  closers.push(async () => countries?.close());

  function tenantOf(rules: Rules): RunningTenant {
    const register = { ...(devices?.current() ?? config.register), enrolled: enrolments.current() };
    return runningTenant({ config, rules, register, revocation, linkCache });
  }

  // One tenant per configuration file for now; the name is in every key and record all the same.
  const common = {
    store,
    clock,
    random: systemRandom,
    meter,
    log: lines,
    ticketKey: ticketKey(config.identity.installationKey),
    ...(config.directory && directory
      ? { people: knownPeople({ directory, cacheMs: config.directory.cacheMs, clock, meter, log: lines }) }
      : {}),
    ...(countries ? { countries } : {}),
    revocationNow: revocation.known,
    sealing: recordSealing(config.identity.installationKey),
    recoveryCodeKey: recoveryCodeKey(config.identity.installationKey),
    tenant: () => tenant,
    waitingDevices: enrolments.waiting,
  };
  const newcomers = firstSeen(common);
  const nasByName = new Map(config.nas.map(nas => [nas.name, nas]));
  const dynamicAuthorization = openDynamicAuthorization({ log: lines, clock, random: systemRandom });
  const live = openRedecision({
    ...common,
    nasNamed: (_tenant, name) => nasByName.get(name),
    dynamicAuthorization,
    wait: systemWait,
  });
  closers.push(() => live.close());
  // Closed before: nobody waits for a concentrator then.
  closers.push(async () => dynamicAuthorization.close());

  const causes = redecisionCauses({ ...common, redecide: live.redecide, wait: systemWait });
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
      unadmitted: endOfUnadmitted({
        ...common,
        dynamicAuthorization,
        storeAnswersSince: answersSince,
        wait: systemWait,
      }),
    },
    instance,
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
      collect: () => collectFor(tenant.rules.policySet),
      policyHash: () => tenant.policy.hash,
      supportCalendar: () => tenant.rules.policySet.supportCalendar,
      audience: config.name,
      selfEnrolment: config.agentApi.selfEnrolment,
      ...(config.agentApi.webEidOrigin === undefined ? {} : { webEidOrigin: config.agentApi.webEidOrigin }),
      ...(config.agentApi.ticketGroups === undefined ? {} : { ticketGroups: config.agentApi.ticketGroups }),
      texts: textsOf,
      ...causes,
      machineSeen: newcomers.seen,
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
      disconnect: live.disconnect,
      deviceDecided: async (of, device) => {
        await enrolments.look();
        causes.deviceChanged(of, device);
      },
      ...(directory ? { directory } : {}),
    }),
    meterText: () => meter.text(),
    health: () => ({ ready: unfit().length === 0, reasons: unfit() }),
    log: lines,
  });
  closers.push(() => operatorApi.close());
  // Last: whoever asks is answered by a whole gateway.
  closers.push(() => radius.close());
  const radiusPorts = await radius.listen();

  const lookForSilence = silenceWatch({ ...common, sessionMoved: causes.sessionMoved }, config.tenant);
  const sweeping = setInterval(() => {
    radius.sweep();
    void newcomers.write();
    void lookForSilence();
    store.sweep(clock.now()).catch((error: unknown) => lines.warn('sweep-failed', { error }));
  }, sweepEveryMs);
  closers.push(async () => clearInterval(sweeping));
  void takeUpAsked({ ...common, live, wait: systemWait }, config.tenant);

  return {
    ports: {
      ...radiusPorts,
      agentApi: agentApi.port,
      operatorApi: operatorApi.port,
    },
    replaceRules: rules => {
      revocation.replaceProfiles(rules.profiles);
      tenant = tenantOf(rules);
      lines.info('rules-replaced', { policy: rules.policySet.hash });
    },
  };
}
