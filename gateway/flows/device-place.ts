// Where a machine comes from, by the address that the NAS says its peer has, and whether it can have got there since it was
// last let in. Of each machine one country and one time are kept, no longer than any flight takes. A login from too far away
// moves nothing: whoever tries again from there is measured by the same place.

import type { Decision } from '../contract/decision.ts';
import type { DevicePlace, Kept } from '../kept.ts';
import type { Origin } from '../pdp/request.ts';
import type { Session } from '../pdp/session.ts';
import { isCountry, longestFlightMs, tooFarFrom } from '../pdp/travel.ts';
import { type AdmissionStore, type Clock, type Countries, type Log, type Meter, Unavailable } from '../ports.ts';
import { stationAddress } from '../radius/claims.ts';

export type KeptPlace = Kept<'device-place'>;

/** Where the peer is, with what is kept of its device and its other open sessions. */
export function originOf(
  countries: Countries,
  callingStationId: string,
  known: { readonly kept?: KeptPlace | undefined; readonly elsewhere: readonly Session[] },
  now: number,
): Origin {
  const country = countryOf(countries, callingStationId);
  if (country === undefined) return {};
  const open = known.elsewhere.flatMap(session => {
    const there = countryOf(countries, session.callingStationId);
    return there === undefined ? [] : [{ country: there, at: session.lastSeenAt ?? session.decidedAt }];
  });
  const far = tooFarFrom(country, now, [...(known.kept === undefined ? [] : [known.kept.value]), ...open]);
  return { country, ...(far === undefined ? {} : { tooFarFrom: far }) };
}

/** What an admission keeps of where the machine is. */
export function placeToKeep(
  device: string | undefined,
  { country, tooFarFrom: far }: Origin,
  kept: KeptPlace | undefined,
  { outcome, decidedAt }: Decision,
): readonly KeptPlace[] {
  if (device === undefined || country === undefined || far !== undefined || outcome === 'deny') return [];
  return [placed(device, { country, at: decidedAt }, kept)];
}

export function tellImpossibleTravel(
  { meter, log, clock }: { readonly meter: Meter; readonly log: Log; readonly clock: Clock },
  session: Session,
  { country, tooFarFrom: far }: Origin,
): void {
  if (far === undefined) return;
  const { tenant, nas, id, device, deviceName, callingStationId, caseCode, traceId, decision } = session;
  meter.count('sluis_impossible_travel_total', { nas });
  log.warn('impossible-travel', {
    trace: traceId,
    tenant,
    nas,
    session: id,
    device,
    deviceName,
    caller: callingStationId,
    from: far.country,
    to: country,
    minutes: Math.round((clock.now() - far.at) / 60_000),
    outcome: decision.outcome,
    case: caseCode,
  });
}

export interface PlacePorts {
  readonly store: Pick<AdmissionStore, 'kept' | 'commit'>;
  readonly clock: Clock;
  readonly log: Log;
  /** Absent when no country file is configured. */
  readonly countries?: Countries;
}

/** A machine was where it was let in until its session ended. Nobody waits for it; never rejects. */
export async function keepUntilEnd(ports: PlacePorts, session: Session): Promise<void> {
  const { store, clock, log, countries } = ports;
  const { tenant, device, callingStationId, stoppedAt } = session;
  const country = countries && countryOf(countries, callingStationId);
  if (device === undefined || country === undefined || stoppedAt === undefined) return;
  const now = clock.now();
  const at = Math.min(stoppedAt, now);
  try {
    const kept = await store.kept(tenant, 'device-place', device);
    if (kept !== undefined && (kept.value.country !== country || kept.value.at >= at)) return;
    // Lost to a login that came in between: it knows better.
    await store.commit({ tenant, at: now, keep: [placed(device, { country, at }, kept)] });
  } catch (error) {
    // The time of the login is kept; it is only earlier.
    if (error instanceof Unavailable) log.warn('device-place-not-kept', { session: session.id, error });
    else log.error('device-place-not-kept', { session: session.id, error });
  }
}

function placed(device: string, value: DevicePlace, before: KeptPlace | undefined): KeptPlace {
  const version = (before?.version ?? 0) + 1;
  return { kind: 'device-place', key: device, value, version, expiresAt: value.at + longestFlightMs };
}

/** Only what is on the map: files also name things that are no country. */
function countryOf(countries: Countries, callingStationId: string): string | undefined {
  const address = stationAddress(callingStationId);
  const code = address === undefined ? undefined : countries.of(address);
  return code !== undefined && isCountry(code) ? code : undefined;
}
