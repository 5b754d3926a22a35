// One laptop's story: the agent reports and obtains a ticket, the concentrator asks by EAP-TLS and by ticket, accounting
// opens and closes the session. Everything goes over real sockets to the running gateway.

import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { Language } from '../../contract/language.ts';
import type { Outcome } from '../../contract/outcome.ts';
import type { Verdict } from '../../contract/verdict.ts';
import {
  type ProbeResult,
  type ProbeServer,
  probeAccounting,
  probeEapTls,
  probePassword,
} from '../../io/radius-probe.ts';
import type { Session } from '../../pdp/session.ts';
import { attribute, first } from '../../radius/attributes.ts';
import { dump } from '../../radius/dump.ts';
import { type Progress, type RunResult, runOnce } from '../../../posture-client/agent.ts';
import type { AgentConfig } from '../../../posture-client/config.ts';
import { confirmSession } from '../../../posture-client/confirmation.ts';
import { verdictText } from '../../../posture-client/verdict-text.ts';
import type { Concentrator } from './concentrator.ts';
import type { GatewayPorts } from './gateway-process.ts';
import type { Installation } from './installation.ts';
import type { Ledger } from './ledger.ts';

export interface DemoWorld {
  readonly installation: Installation;
  readonly ports: GatewayPorts;
  readonly ledger: Ledger;
  /** Copy of the recorded laptops that a remediation may change. */
  readonly recordings: string;
  readonly directory: string;
  readonly session: (id: string) => Promise<Session>;
  readonly concentrator: Concentrator;
}

export interface LaptopStory {
  readonly title: string;
  /** Name in the machine certificate. */
  readonly name: string;
  /** A recorded laptop; absent: this machine. */
  readonly recording?: string;
  readonly language: Language;
  /** What the first verdict must be; absent: whatever this machine deserves. */
  readonly expected?: Outcome;
  /** The action that the verdict names and the agent runs, and the outcome after it. */
  readonly remedy?: { readonly action: string; readonly then: Outcome };
}

const timeZone = 'Europe/Brussels';
const callingStationId = '192.0.2.77';

export async function tellLaptop(world: DemoWorld, story: LaptopStory): Promise<void> {
  const { ledger } = world;
  ledger.heading(story.title);
  const before = await runAgent(world, story, false);
  ledger.tell(verdictText(before.verdict, { language: story.language, timeZone }));
  if (story.expected !== undefined) {
    const { outcome } = before.verdict;
    ledger.claim(
      outcome === story.expected,
      `the verdict is ${story.expected}${outcome === story.expected ? '' : `, not ${outcome}`}`,
    );
  }
  await connect(world, story, before);
  if (story.remedy === undefined) return;
  const { action, then } = story.remedy;
  ledger.claim(
    before.verdict.actions.includes(action),
    `the verdict names ${action}, and the agent has it in its own list`,
  );
  const after = await runAgent(world, story, true);
  const ran = after.actions.find(({ actionId }) => actionId === action);
  ledger.claim(ran?.state === 'succeeded', `the agent ran ${action} and saw it succeed`);
  ledger.claim(after.verdict.outcome === then, `it reported again, and the verdict is now ${after.verdict.outcome}`);
  const renewed = await runAgent(world, story, false);
  await connect(world, story, renewed);
}

function runAgent(world: DemoWorld, story: LaptopStory, remediate: boolean): Promise<RunResult> {
  return runOnce({
    config: agentConfig(world, story),
    prove: true,
    ticket: !remediate,
    remediate,
    onProgress: progress => tellProgress(world.ledger, progress),
  });
}

function agentConfig(world: DemoWorld, story: LaptopStory): AgentConfig {
  const { installation, ports, recordings, directory } = world;
  const machine = installation.laptops.get(story.name);
  if (machine === undefined) throw new Error(`no certificate was made for ${story.name}`);
  const recorded = story.recording === undefined ? {} : { recorded: join(recordings, story.recording) };
  return {
    gateway: `https://localhost:${ports.agentApi}`,
    trust: installation.trustFile,
    machine,
    // Keys in the stores of Windows and macOS cannot do TLS from Node: those laptops use a certified session key.
    sessionKey: story.recording !== undefined && !story.recording.startsWith('linux'),
    identity: installation.person,
    state: join(directory, `agent-${story.name}.json`),
    language: story.language,
    ...recorded,
    remediation: { programs: story.recording === undefined ? {} : recordedRemedies(recordings, story.recording) },
  };
}

/** A recording's update program: a real child process that changes the recording's files, as the real one would the laptop. */
function recordedRemedies(recordings: string, recording: string) {
  const apply = (action: string) => ({
    programs: [process.execPath],
    args: [join(recordings, 'apply-remedy.mjs'), join(recordings, recording), action],
    timeLimitMs: 30_000,
  });
  return { 'antimalware.update-signatures': apply('antimalware.update-signatures') };
}

function tellProgress(ledger: Ledger, progress: Progress): void {
  if (progress.step === 'person')
    ledger.tell(`the card holder is proven; the gateway knows ${progress.accepted.pseudonym}`);
  if (progress.step === 'action') {
    const { actionId, state, progressPct } = progress.action;
    ledger.tell(`${actionId}: ${state}${typeof progressPct === 'number' ? ` ${progressPct} %` : ''}`);
  }
}

/** As the concentrator: EAP-TLS with the machine certificate, then the ticket, each with accounting. */
async function connect(world: DemoWorld, story: LaptopStory, run: RunResult): Promise<void> {
  const { ledger, installation } = world;
  const machine = installation.laptops.get(story.name);
  if (machine === undefined) return;
  const { readFile } = await import('node:fs/promises');
  const [certificatePem, keyPem, trust] = await Promise.all(
    [machine.certificate, machine.key, installation.trustFile].map(path => readFile(path, 'utf8')),
  );
  if (certificatePem === undefined || keyPem === undefined || trust === undefined) return;
  const eap = await probeEapTls(server(world, 'authentication'), {
    identity: `host/${story.name}`,
    tls: { certificatePem, keyPem, authoritiesPem: [trust], serverName: 'localhost' },
    attributes: [attribute('Calling-Station-Id', callingStationId)],
  });
  const version = eap.tls?.finished ? eap.tls.version : 'TLS';
  judge(world, `EAP-TLS (${version}, ${eap.roundTrips} round trips)`, run.verdict, eap);
  if (eap.keysMatch !== undefined) ledger.claim(eap.keysMatch, 'concentrator and laptop hold the same session keys');
  if (eap.verdict === 'accept') await account(world, story, eap, `host/${story.name}`);
  if (run.ticket === undefined) return;
  const { handle, secret } = run.ticket;
  const login = { userName: handle, password: secret, attributes: [attribute('Calling-Station-Id', callingStationId)] };
  const pap = await probePassword(server(world, 'authentication'), login);
  judge(world, `ticket ${handle} (PAP)`, run.verdict, pap);
  if (pap.verdict === 'accept') await account(world, story, pap, handle, run.verdict);
  const again = await probePassword(server(world, 'authentication'), login);
  ledger.claim(again.verdict === 'reject', 'the same ticket a second time is refused');
}

function judge(world: DemoWorld, how: string, verdict: Verdict, result: ProbeResult): void {
  const { ledger } = world;
  const expected = verdict.outcome === 'deny' ? 'reject' : 'accept';
  ledger.claim(result.verdict === expected, `${how}: ${replyName(result)}`);
  if (result.reply)
    ledger.tell(
      dump(result.reply)
        .slice(1)
        .map(line => `  ${line.trim()}`)
        .join('\n'),
    );
  for (const note of result.notes) ledger.tell(`  ${note}`);
}

function replyName({ reply, verdict }: ProbeResult): string {
  return reply ? (verdict === 'accept' ? 'Access-Accept' : 'Access-Reject') : 'no reply';
}

/**
 * Start, Interim and Stop, and what the gateway makes of them. Where a verdict is given the agent confirms the session in
 * between: the laptops of the demo have the loopback address inside their tunnel.
 */
async function account(
  world: DemoWorld,
  story: LaptopStory,
  accepted: ProbeResult,
  userName: string,
  verdict?: Verdict,
): Promise<void> {
  const named = accepted.reply && first(accepted.reply.attributes, 'Class');
  if (named === undefined) return world.ledger.claim(false, 'the Access-Accept carries Class');
  const id = Buffer.from(named).toString('utf8');
  const acctSessionId = randomUUID().slice(0, 8);
  const common = [
    attribute('User-Name', userName),
    attribute('Class', named),
    attribute('Calling-Station-Id', callingStationId),
    attribute('Framed-IP-Address', '127.0.0.1'),
  ];
  const seen: string[] = [];
  for (const status of ['start', 'interim', 'stop'] as const) {
    const counters =
      status === 'start' ? [] : [attribute('Acct-Input-Octets', 1_200_000), attribute('Acct-Output-Octets', 88_000)];
    const cause = status === 'stop' ? [attribute('Acct-Terminate-Cause', 1)] : [];
    const record = { status, acctSessionId, attributes: [...common, ...counters, ...cause] };
    const recorded = await probeAccounting(server(world, 'accounting'), record);
    const session = await world.session(id);
    seen.push(recorded.verdict === 'answered' ? session.state : 'no answer');
    if (status === 'start' && verdict !== undefined) await confirm(world, story, acctSessionId, verdict);
  }
  world.ledger.claim(
    seen.join(' → ') === 'started → started → stopped',
    `accounting: session ${id} ${seen.join(' → ')}`,
  );
}

/** The ticket showed who; only the machine key, heard from inside the tunnel, shows that it is this laptop. */
async function confirm(world: DemoWorld, story: LaptopStory, acctSessionId: string, verdict: Verdict): Promise<void> {
  const { ledger, concentrator } = world;
  const answer = await confirmSession({ config: agentConfig(world, story), memory: {} });
  ledger.claim(answer.confirmed, `the agent confirms the session from inside its tunnel: ${answer.binding}`);
  const changes = concentrator.changesOf(acctSessionId);
  // A ticket alone leads to quarantine.
  const expected = verdict.outcome === 'quarantine' ? [] : [`CoA-Request ${verdict.segment ?? ''}`];
  ledger.claim(
    changes.join() === expected.join(),
    changes.length === 0 ? 'the session stays where it is' : `the concentrator is told at once: ${changes.join(', ')}`,
  );
}

function server(world: DemoWorld, port: 'authentication' | 'accounting'): ProbeServer {
  return { address: '127.0.0.1', port: world.ports[port], secret: world.installation.secret };
}
