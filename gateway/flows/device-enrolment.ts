// Flow: a machine without a certificate of any authority asks to be admitted with a key of its own.
// 1. the certificate vouches for itself, its key is strong, and the request was made for this very connection
// 2. known: the answer is what was decided, if anything was
// 3. new: it waits for an operator, if not too many wait already
// Anybody can get here: nothing is decided, and what is kept is bounded and forgotten when nobody asks again.

import { deviceCode } from '../audit/case-code.ts';
import type { DeviceEnrolled, DeviceEnrolment as EnrolmentRequest } from '../contract/challenge.ts';
import { isRefused, type Refused, refused } from '../contract/reason.ts';
import { type Certificate, readCertificate } from '../identity/certificate.ts';
import { curves, describeKey, isStrong } from '../identity/public-key.ts';
import type { DeviceEnrolment, Kept } from '../kept.ts';
import type { AgentRequest } from '../ports.ts';
import type { AgentPorts } from './agent-ports.ts';

const dayMs = 86_400_000;
const admittedAtMostMs = 365 * dayMs;
/** Unless it asks again. */
const waitsMs = 30 * dayMs;
/** Strangers must not fill the list before an operator's eyes. */
const selfEnrolledAtMost = 1_000;
const leastStrength = { rsaMinBits: 2048, curves } as const;

export function deviceEnrolment(ports: AgentPorts) {
  return async (request: AgentRequest<EnrolmentRequest>): Promise<DeviceEnrolled | Refused> => {
    const { tenant, connection, body, traceId } = request;
    const now = ports.clock.now();
    if (ports.selfEnrolment !== true) return refused('device-unregistered', 'self-enrolment is not served here');
    const certificate = ownCertificate(request, now);
    if (isRefused(certificate)) return certificate;
    if (body.exporter !== connection.exporter) return refused('channel-binding-wrong');
    const kept = await ports.store.kept(tenant, 'device-enrolment', connection.key);
    const standing = kept === undefined ? newcomer(request, certificate, now) : again(kept.value, certificate, now);
    if (standing === kept?.value) return answer(standing, traceId);
    if (kept === undefined && ports.waitingDevices.count('self-enrolled') >= selfEnrolledAtMost) {
      return refused('too-many-requests', `${selfEnrolledAtMost} devices wait already`);
    }
    const write: Kept<'device-enrolment'> = {
      kind: 'device-enrolment',
      key: connection.key,
      value: standing,
      version: (kept?.version ?? 0) + 1,
      ...(standing.state === 'waiting' ? { expiresAt: now + waitsMs } : {}),
    };
    const { committed } = await ports.store.commit({ tenant, at: now, keep: [write] });
    if (!committed) return refused('version-conflict', 'it asked twice at once');
    if (kept === undefined) ports.waitingDevices.add('self-enrolled');
    ports.log.info('device enrolment', { trace: traceId, tenant, device: standing.device, state: standing.state });
    return answer(standing, traceId);
  };
}

/** 1. */
function ownCertificate({ connection }: AgentRequest<unknown>, now: number): Certificate | Refused {
  const [leaf] = connection.chain;
  if (leaf === undefined) return refused('certificate-missing');
  if (!connection.selfSigned) return refused('certificate-purpose-wrong', 'an authority vouches for this machine');
  const certificate = readCertificate(leaf);
  if (isRefused(certificate)) return certificate;
  const { kind } = certificate.key;
  if (!isStrong(kind, leastStrength)) return refused('certificate-key-weak', describeKey(kind));
  if (certificate.notAfter <= now) return refused('certificate-expired');
  return certificate;
}

function newcomer(
  { connection, body }: AgentRequest<EnrolmentRequest>,
  certificate: Certificate,
  now: number,
): DeviceEnrolment {
  return {
    device: connection.key,
    name: body.name,
    origin: 'self-enrolled',
    state: 'waiting',
    os: `${body.os.family} ${body.os.version}`,
    spki: Buffer.from(connection.spki).toString('base64'),
    certificateNotAfter: until(certificate, now),
    firstSeenAt: now,
    lastSeenAt: now,
  };
}

/** What it said of itself the first time stays: an operator may be looking at it. The same value when there is nothing to write. */
function again(known: DeviceEnrolment, certificate: Certificate, now: number): DeviceEnrolment {
  const lapsed = known.state === 'active' && known.certificateNotAfter <= now;
  if (lapsed) return { ...known, state: 'waiting', certificateNotAfter: until(certificate, now), lastSeenAt: now };
  if (known.state === 'waiting' && now >= known.lastSeenAt + dayMs) return { ...known, lastSeenAt: now };
  return known;
}

function until({ notAfter }: Certificate, now: number): number {
  return Math.min(notAfter, now + admittedAtMostMs);
}

function answer({ state, device }: DeviceEnrolment, traceId: string): DeviceEnrolled {
  return { state, device, ...(state === 'waiting' ? { caseCode: deviceCode(device) } : {}), traceId };
}
