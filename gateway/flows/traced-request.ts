// One request while somebody traces: what came, what the gateway thought of it and what went out, as events of its conversation.
// The stories are not changed by it: they are handed a log and watchers that tell the trace as well.

import type { TraceEvent } from '../contract/trace.ts';
import { isRefused, type Refused } from '../contract/reason.ts';
import { describeEap } from '../eap/description.ts';
import type { Nas } from '../pdp/nas.ts';
import type { Session } from '../pdp/session.ts';
import type { Clock, Log } from '../ports.ts';
import { sessionClass } from '../radius/accounting.ts';
import { eapMessage, first } from '../radius/attributes.ts';
import { readClaims } from '../radius/claims.ts';
import { packetCodes } from '../radius/code.ts';
import { dump } from '../radius/dump.ts';
import type { Packet, PacketContent } from '../radius/packet.ts';
import { redactNationalNumber } from '../radius/redaction.ts';
import { accountingName, type Known, knownOf, type Thread, type Tracing } from './tracing.ts';

/** What the flow of a request tells beside what it logs. */
export interface RequestTap {
  received(packet: Packet): void;
  /** The same request again: it gets the same answer. */
  again(): void;
  silence(why: Refused | undefined): void;
  sent(reply: Pick<PacketContent, 'code' | 'attributes'>, request: Packet): void;
}

/** What a request tells to others while it is worked on. */
interface Tellers {
  readonly log: Log;
  readonly clock: Clock;
  readonly sessionMoved?: (session: Session) => void;
  readonly about?: (known: Known) => void;
  readonly decided?: (session: Session) => void;
}

/** The same ports, which tell the trace as well. */
export function traced<Ports extends Tellers>(
  ports: Ports,
  tracing: Tracing,
  nas: Nas,
  from: { readonly address: string; readonly port: number },
): Ports & { readonly tap: RequestTap } {
  const { clock } = ports;
  let thread: Thread | undefined;
  // Of what cannot be read no conversation is known.
  const opened = (): Thread => (thread ??= tracing.thread(nas));
  const put = (event: Omit<TraceEvent, 'at' | 'nas' | 'thread'>): void => opened().put({ at: clock.now(), ...event });
  const thought = (text: string, lines: readonly string[] = [], more: Partial<TraceEvent> = {}): void =>
    put({ way: 'thought', text, lines: [...lines], ...more });
  return {
    ...ports,
    log: tracedLog(ports.log, thought),
    about: known => opened().know(known),
    decided: session => {
      opened().know(knownOf(session));
      thought(...decisionWords(session));
    },
    sessionMoved: session => {
      opened().know(knownOf(session));
      ports.sessionMoved?.(session);
    },
    tap: {
      received(packet) {
        const state = first(packet.attributes, 'State');
        thread = tracing.thread(nas, state === undefined ? undefined : textOf(state));
        thread.know(claimed(packet, nas));
        const { text, lines } = packetEvent(packet);
        put({ way: 'in', text: `${text}, from ${from.address} port ${from.port}`, lines });
      },
      again: () => thought('a retransmission: the answer is sent again'),
      silence: why => {
        // What was not believed has not been shown.
        if (thread === undefined)
          put({ way: 'in', text: `a datagram from ${from.address} port ${from.port}`, lines: [] });
        thought('no answer', detailLines(why), why === undefined ? {} : { reason: why.refused });
      },
      sent(reply, request) {
        put({ way: 'out', ...packetEvent({ ...reply, identifier: request.identifier }) });
        const state = first(reply.attributes, 'State');
        const more = reply.code === packetCodes['Access-Challenge'] && state !== undefined;
        if (more) opened().continueAs(textOf(state), clock.now());
      },
    },
  };
}

/** First line and the others; EAP is told in words below the attribute that carries it. */
function packetEvent(packet: Pick<PacketContent, 'code' | 'identifier' | 'attributes'>): {
  readonly text: string;
  readonly lines: string[];
} {
  const [text = '', ...dumped] = dump({ ...packet, authenticator: new Uint8Array(16) });
  // Beside a request that has nothing else to hide it would be what a shared secret can be guessed by.
  const lines = dumped.map(line => line.replace(/^(Message-Authenticator) = .*$/, '$1 = (hidden)'));
  const eap = eapMessage(packet.attributes);
  if (eap === undefined || isRefused(eap) || eap.length === 0) return { text, lines };
  return { text, lines: [...lines, `EAP: ${describeEap(eap)}`] };
}

function claimed(packet: Packet, nas: Nas): Known {
  const { userName, acctSessionId } = readClaims(packet);
  const ours = sessionClass(packet);
  const theirs = acctSessionId === undefined ? [] : [accountingName(nas.name, acctSessionId)];
  return { userName, sessions: ours === undefined ? theirs : [ours, ...theirs] };
}

function decisionWords({ decision, caseCode, id }: Session): [string, readonly string[], Partial<TraceEvent>] {
  const { outcome, policy, segment, reasons, results } = decision;
  const by = policy === undefined ? '' : ` by policy ${policy}`;
  const into = segment === undefined ? '' : `, segment ${segment}`;
  const failures = results
    .filter(({ result }) => result !== 'pass')
    .map(({ check, result, value, limit }) =>
      redactNationalNumber(`${check}: ${result}; seen ${value}, required ${limit}`),
    );
  const because = reasons.length === 0 ? [] : [`because: ${reasons.join(', ')}`];
  return [`decided: ${outcome}${by}${into}`, [...because, ...failures], { caseCode, session: id }];
}

function detailLines(why: Refused | undefined): readonly string[] {
  return why?.detail === undefined ? [] : [redactNationalNumber(why.detail)];
}

/** Where an event belongs is told by the event; a decision is told with its explanation. */
const untold: ReadonlySet<string> = new Set(['trace', 'tenant', 'nas']);

function tracedLog(
  log: Log,
  thought: (text: string, lines: readonly string[], more: Partial<TraceEvent>) => void,
): Log {
  const told =
    (level: 'info' | 'warn' | 'error'): Log['info'] =>
    (event, fields = {}) => {
      log[level](event, fields);
      if (event === 'decided') return;
      const { reason, case: caseCode, session, ...rest } = fields;
      const lines = Object.entries(rest)
        .filter(([name, value]) => !untold.has(name) && value !== undefined)
        .map(([name, value]) => `${name}: ${redactNationalNumber(wordOf(value))}`);
      thought(event, lines, {
        ...(typeof reason === 'string' ? { reason } : {}),
        ...(typeof caseCode === 'string' ? { caseCode } : {}),
        ...(typeof session === 'string' ? { session } : {}),
      });
    };
  return { info: told('info'), warn: told('warn'), error: told('error') };
}

function wordOf(value: unknown): string {
  if (value instanceof Error) return value.message;
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** State as a key. */
function textOf(octets: Uint8Array): string {
  return Buffer.from(octets).toString('latin1');
}
