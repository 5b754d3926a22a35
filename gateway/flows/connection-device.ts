// Which machine speaks over a connection of the agent:
// 1. a key that a certificate authority vouches for is the machine key itself: its chain is judged now;
// 2. a key that vouches for itself is a session key: a machine key must have certified it, and not too long ago;
// 3. or it is the key of a machine that an operator admitted by that key alone.

import { isRefused, type Refused, refused } from '../contract/reason.ts';
import type { AgentConnection, DeviceKey } from '../ports.ts';
import type { AgentPorts } from './agent-ports.ts';

/** A machine proven for this request. */
export interface ConnectionDevice {
  /** SHA-256 (hex) of the machine key. */
  readonly key: string;
  readonly name: string;
  readonly certificateNotAfter: number;
  /** The machine key's SubjectPublicKeyInfo, DER. */
  readonly spki: Uint8Array;
}

interface Asking {
  readonly tenant: string;
  readonly connection: AgentConnection;
}

/** How long a lapsed session key is still told apart from one that was never certified. */
const lapsedRememberedMs = 24 * 3600_000;

export async function connectionDevice(
  ports: AgentPorts,
  asking: Asking,
  now: number,
): Promise<ConnectionDevice | Refused> {
  return asking.connection.selfSigned ? bySessionKey(ports, asking, now) : byMachineKey(ports, asking, now);
}

async function byMachineKey(
  ports: AgentPorts,
  { tenant, connection }: Asking,
  now: number,
): Promise<ConnectionDevice | Refused> {
  await ports.freshenRevocation?.(connection.chain, tenant, now);
  const machine = ports.identify(connection.chain, tenant, now);
  if (isRefused(machine)) return machine;
  if (machine.kind !== 'machine-certificate') return refused('certificate-purpose-wrong', 'not a machine certificate');
  // TLS and our own reader must have seen the same key.
  if (machine.keyHash !== connection.key) return refused('certificate-malformed', 'its key is read in two ways');
  const seen = { key: machine.keyHash, name: machine.name, certificateNotAfter: machine.notAfter };
  ports.machineSeen?.(tenant, seen);
  return { ...seen, spki: connection.spki };
}

async function bySessionKey(
  ports: AgentPorts,
  { tenant, connection }: Asking,
  now: number,
): Promise<ConnectionDevice | Refused> {
  const certified = await ports.store.deviceKey(tenant, connection.key, now - lapsedRememberedMs);
  if (certified === undefined) return byEnrolledKey(ports, { tenant, connection }, now);
  // A machine key in a certificate of its own making must not get around the judgement of its real chain.
  if (certified.spki === undefined || certified.device === connection.key) return refused('session-key-unproven');
  if (certified.expiresAt <= now) return refused('session-key-expired');
  return fromRecord(certified, certified.spki);
}

async function byEnrolledKey(
  ports: AgentPorts,
  { tenant, connection }: Asking,
  now: number,
): Promise<ConnectionDevice | Refused> {
  const enrolment = (await ports.store.kept(tenant, 'device-enrolment', connection.key))?.value;
  // One that was seen with a certificate has to show it.
  if (enrolment?.origin !== 'self-enrolled') return refused('session-key-unproven');
  if (enrolment.state === 'waiting') return refused('device-waiting');
  if (enrolment.state === 'refused') return refused('device-unregistered', 'an operator keeps it out');
  if (enrolment.certificateNotAfter <= now) return refused('certificate-expired', 'it has to be enrolled again');
  return {
    key: connection.key,
    // A name that it gave itself could be that of a machine in the register.
    name: connection.key,
    certificateNotAfter: enrolment.certificateNotAfter,
    spki: connection.spki,
  };
}

function fromRecord(certified: DeviceKey, spki: string): ConnectionDevice {
  return {
    key: certified.device,
    name: certified.deviceName,
    certificateNotAfter: certified.certificateNotAfter,
    spki: Buffer.from(spki, 'base64'),
  };
}
