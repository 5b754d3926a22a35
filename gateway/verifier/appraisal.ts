// Appraisal (RFC 9334): a checked report → facts, and facts → the Attestation Result that is stored for the device.
// Ages are kept as instants on our clock, so that a stored result grows older by itself.

import type { CheckType } from '../contract/check-facts.ts';
import type { Report } from '../contract/report.ts';
import {
  readAccounts,
  readAntimalware,
  readApplications,
  readDisks,
  readFirewall,
  readNetwork,
  readReboot,
  readRemovableStorage,
  readSmartCards,
  readUpdates,
  readVpnClients,
} from './check-reading.ts';
import { type AntivirusProducts, noAntivirusProducts } from './antivirus-products.ts';
import type { AttestationResult, Fact, Facts, FactValue } from './facts.ts';
import { factsDigest } from './facts-digest.ts';
import { factFrom, instant, known, type Measured, type Measurement, measurements } from './measurement.ts';
import { isNewerThanListed, type SupportCalendar, supportEndsAt } from './support-calendar.ts';

/** Everything the report says, as facts. `receivedAt` is our clock's, in milliseconds since 1970 UTC. */
export function factsOf(
  report: Report,
  receivedAt: number,
  calendar: SupportCalendar,
  antivirus: AntivirusProducts = noAntivirusProducts,
): Facts {
  const facts: Record<string, Fact> = {};
  const read = <T extends CheckType>(
    type: T,
    reader: (all: readonly Measurement<T>[], receivedAt: number) => Readonly<Record<string, Measured<FactValue>>>,
  ) => {
    const all = measurements(report, type, receivedAt);
    for (const [name, measured] of Object.entries(reader(all, receivedAt))) {
      facts[name] = factFrom(measured, all, receivedAt);
    }
  };
  read('os-updates', readUpdates);
  read('reboot', readReboot);
  read('antimalware', (all, at) => readAntimalware(all, at, antivirus));
  read('firewall', readFirewall);
  read('disk-encryption', readDisks);
  read('accounts', readAccounts);
  read('removable-storage', readRemovableStorage);
  read('vpn-client', readVpnClients);
  read('network', readNetwork);
  read('smart-card', readSmartCards);
  read('applications', readApplications);
  for (const [name, fact] of Object.entries(envelopeFacts(report, receivedAt, calendar))) facts[name] = fact;
  facts['report.age'] = { value: receivedAt, source: 'arrival of the report', observedAt: receivedAt };
  return facts;
}

/** For how long a system is taken to be supported that came out after the calendar was written. */
const newSystemMs = 365 * 86_400_000;

/** What stands in the envelope: system and agent, as of the moment the report was made. */
function envelopeFacts(report: Report, receivedAt: number, calendar: SupportCalendar): Facts {
  const { os, agent } = report;
  const made = instant(report.generatedAt, receivedAt);
  const observedAt = 'value' in made ? made.value : receivedAt;
  const say = (measured: Measured<FactValue>, source: string): Fact =>
    'unknown' in made ? { ...made, source, observedAt } : { ...measured, source, observedAt };
  const edition = os.edition ?? null;
  // Windows is listed by build; an agent may give the marketing version (`11`) and the build apart.
  const byBuild = os.family === 'windows' && typeof os.build === 'string' && !os.version.startsWith('10.0.');
  const version = byBuild ? `10.0.${os.build}` : os.version;
  const system = { family: os.family, version, edition };
  const supportEnds = supportEndsAt(calendar, system);
  const newer = isNewerThanListed(calendar, system);
  return {
    'os.family': say({ value: os.family }, 'report: os'),
    'os.version': say({ value: os.version }, 'report: os'),
    'os.build': say(known(os.build), 'report: os'),
    'os.support-left': say(known(newer ? receivedAt + newSystemMs : supportEnds), 'support calendar'),
    'os.known': say(newer ? { value: false } : known(supportEnds === undefined ? undefined : true), 'support calendar'),
    'agent.version': say({ value: agent.version }, 'report: agent'),
    'agent.clock-offset': {
      ...clockOffset(report.generatedAt, receivedAt),
      source: 'arrival of the report',
      observedAt: receivedAt,
    },
  };
}

/** By our own clock: what the laptop says of its clock is worth as much as that. The way here is a part of it. */
function clockOffset(generatedAt: string, receivedAt: number): Measured<number> {
  const at = Date.parse(generatedAt);
  return Number.isNaN(at) ? { unknown: 'error' } : { value: Math.abs(receivedAt - at) };
}

/** A checked report and what the connection that carried it proved. */
export interface Received {
  readonly report: Report;
  readonly tenant: string;
  /** SHA-256 (hex) of the machine key; the caller has seen that the report speaks of this device. */
  readonly device: string;
  readonly deviceName: string;
  readonly receivedAt: number;
  /** SHA-256 (hex) of the signed payload. */
  readonly reportDigest: string;
  readonly supportCalendar: SupportCalendar;
  /** Absent: products keep the names that were reported. */
  readonly antivirusProducts?: AntivirusProducts;
}

/** The Attestation Result. */
export function attest({ report, supportCalendar, antivirusProducts, ...received }: Received): AttestationResult {
  const { tenant, device, deviceName, receivedAt, reportDigest } = received;
  const { reportId, sequence } = report;
  const facts = factsOf(report, receivedAt, supportCalendar, antivirusProducts);
  return {
    tenant,
    device,
    deviceName,
    reportId,
    sequence,
    receivedAt,
    reportDigest,
    facts,
    factsDigest: factsDigest(facts),
  };
}
