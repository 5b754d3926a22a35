// A request of a concentrator that is only observed: its authority decides, and what would be decided here stands beside it.
//   1 pass on    to the authority, under its secret; a copy that the NAS sends is passed on as one, and no other is made
//   2 pass back  its answer, under the secret of the NAS; where it is silent, so are we
//   3 compare    with what we would have answered; nobody waits for that, and when too much of it is under way it is left out
// Accounting goes the same way, and is kept here as well. RFC 2865 section 2.3.

import { isRefused, type Refused, refused } from '../contract/reason.ts';
import type { Authority, Nas } from '../pdp/nas.ts';
import type { Carrier, Reply } from '../radius/carrier.ts';
import { packetCodes } from '../radius/code.ts';
import type { Packet } from '../radius/packet.ts';
import { isFinal, passedBack, passedOn, type Way } from '../radius/proxying.ts';
import type { MachinesByName } from './claimed-machine.ts';
import { judgedBeside } from './judged-beside.ts';
import type { Observing } from './observing.ts';
import type { RadiusPorts } from './radius-request.ts';

/** Asks an authority: one copy, and one more for each `again`. Nothing in time: `undefined`. */
export type AskAuthority = (
  authority: Authority,
  kind: 'authentication' | 'accounting',
  request: Uint8Array,
  underWay: (again: () => void) => void,
) => Promise<Packet | undefined>;

export interface ObservedPorts {
  readonly observing: Observing;
  readonly askAuthority: AskAuthority;
  /** Those whose agent has spoken to us. */
  readonly machines: MachinesByName;
}

export interface ObservedRequest {
  readonly packet: Packet;
  readonly nas: Nas;
  readonly carrier: Carrier;
}

/** What to send to the NAS. `account`: keeps what its accounting says. */
export async function observedRequest(
  ports: RadiusPorts,
  request: ObservedRequest,
  authority: Authority,
  account: () => Promise<unknown>,
): Promise<Uint8Array | Refused> {
  const { observed } = ports;
  const { packet, nas, carrier } = request;
  if (observed === undefined) throw new Error(`${nas.name} is observed, and by nobody`);
  const beside = (work: () => Promise<void>): void => {
    if (!observed.observing.beside(work)) ports.meter.count('sluis_shed_total', { what: 'observed' });
  };
  if (packet.code === packetCodes['Accounting-Request']) {
    beside(async () => {
      try {
        await account();
      } catch (error) {
        // The word of the authority is what counts: it has what we could not keep.
        ports.log.error('observed-accounting-lost', { nas: nas.name, error });
      }
    });
  }
  const reply = await theirReply(ports, observed, request, authority);
  if (isRefused(reply)) return reply;
  const signed = carrier.sign(reply, packet);
  if (isRefused(signed)) return signed;
  ports.tap?.sent(reply, packet);
  if (isFinal(reply)) beside(() => compared(ports, observed, request, reply));
  return signed;
}

/** What the authority says, as the NAS can read it. */
async function theirReply(
  ports: RadiusPorts,
  { observing, askAuthority }: ObservedPorts,
  { packet, nas }: ObservedRequest,
  authority: Authority,
): Promise<Reply | Refused> {
  const secret: Way['secret'] = ports.carrier === undefined ? nas.secret : 'in-clear';
  const [identifier = 0] = ports.random.bytes(1);
  const fresh = { identifier, authenticator: ports.random.bytes(16) };
  const passed = passedOn(packet, secret, authority.secret, fresh);
  if (isRefused(passed)) return passed;
  const kind = packet.code === packetCodes['Accounting-Request'] ? 'accounting' : 'authentication';
  let over: () => void = () => undefined;
  const answered = await askAuthority(authority, kind, passed, again => {
    over = observing.underWay(nas, packet, again);
  }).finally(() => over());
  if (answered === undefined) {
    observing.authoritySilent(nas);
    return refused('authority-silent', `${authority.address} did not answer`);
  }
  const asked = { secret: authority.secret, authenticator: fresh.authenticator };
  return passedBack(answered, asked, { secret, authenticator: packet.authenticator });
}

async function compared(
  ports: RadiusPorts,
  { observing, machines }: ObservedPorts,
  request: ObservedRequest,
  reply: Reply,
): Promise<void> {
  const { nas } = request;
  try {
    const observation = await judgedBeside(ports, machines, request, reply);
    observing.noted(nas, observation);
    const { comparison, theirs, ours, because, caseCode } = observation;
    ports.meter.count('sluis_observed_total', { nas: nas.name, comparison });
    const told = { theirs: theirs.answer, ours: ours?.answer, because: because.join('; '), case: caseCode };
    if (comparison !== 'same') ports.log.info('observed', { nas: nas.name, comparison, ...told });
  } catch (error) {
    // The NAS has its answer; what is lost is one row of the table.
    ports.log.warn('observation-lost', { nas: nas.name, error });
  }
}
