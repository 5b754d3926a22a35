// The closed list of facts: name, kind, where it comes from, on which systems it exists, and who can change it.
// Whether a fact applies to an operating system is decided here, on the server, never by the agent.

import type { CheckType } from '../contract/check-facts.ts';
import { bindings } from '../contract/decision.ts';
import { type OsFamily, osFamilies } from '../contract/report.ts';

/** `age`, `time-left` and `moment` are instants: a stored fact grows older by itself. `days` come in halves; a `share` is 0 to 1. */
export type FactKind =
  | 'flag'
  | 'choice'
  | 'count'
  | 'duration'
  | 'days'
  | 'share'
  | 'version'
  | 'age'
  | 'time-left'
  | 'words'
  | 'text'
  | 'moment';

export type FactOrigin =
  /** Measured by the agent. Without `check` it stands in the envelope of the report. */
  | { readonly by: 'report'; readonly check?: CheckType; readonly field: string }
  /** The arrival of the report itself. */
  | { readonly by: 'arrival' }
  /** Known to the gateway, whatever a report says. */
  | { readonly by: 'gateway'; readonly what: string };

export interface FactDefinition {
  readonly kind: FactKind;
  readonly origin: FactOrigin;
  /** Words a choice can take; for an ordered choice the weakest comes first. */
  readonly options?: readonly string[];
  readonly ordered?: true;
  /** Of every word that a text can take; absent: any. */
  readonly form?: RegExp;
  /** Its words are names of these parts of the policy set, and of nothing else. */
  readonly names?: 'acceptances' | 'applications';
  /** Systems on which this fact exists; absent means all. */
  readonly families?: readonly OsFamily[];
  /** Who can change it: a smallest change on the laptop must not ask for what only the institution can do. */
  readonly changedBy: 'laptop' | 'institution';
  /** The fact is only as good as another one: unknown once that one is older than this. */
  readonly goodWhile?: { readonly fact: string; readonly atMostMs: number };
}

/** The kind stays known to the compiler, for tables that differ by it. */
type OfKind<K extends FactKind> = FactDefinition & { readonly kind: K };

const measured = <K extends FactKind>(kind: K, check: CheckType, field: string): OfKind<K> => ({
  kind,
  origin: { by: 'report', check, field },
  changedBy: 'laptop',
});
const enveloped = <K extends FactKind>(kind: K, field: string, families?: readonly OsFamily[]): OfKind<K> => ({
  kind,
  origin: { by: 'report', field },
  changedBy: 'laptop',
  ...(families === undefined ? {} : { families }),
});
const known = <K extends FactKind>(kind: K, what: string, changedBy: FactDefinition['changedBy']): OfKind<K> => ({
  kind,
  origin: { by: 'gateway', what },
  changedBy,
});

const dayMs = 86_400_000;

export const factCatalogue = {
  'os.family': { ...enveloped('choice', 'os.family'), options: osFamilies, changedBy: 'institution' },
  'os.version': enveloped('version', 'os.version'),
  'os.build': enveloped('version', 'os.build', ['windows', 'macos']),
  'os.support-left': enveloped('time-left', 'os.family, os.version and the support calendar'),
  /** No: it came out after everything that the support calendar lists. */
  'os.known': { ...enveloped('flag', 'os.family, os.version and the support calendar'), changedBy: 'institution' },
  'updates.pending-security': {
    ...measured('count', 'os-updates', 'pendingSecurity'),
    // An old list says nothing about what has been published since.
    goodWhile: { fact: 'updates.list-age', atMostMs: dayMs },
  },
  'updates.list-age': measured('age', 'os-updates', 'scannedAt'),
  'os.patch-age': measured('age', 'os-updates', 'lastInstalledAt'),
  'os.auto-update': {
    ...measured('choice', 'os-updates', 'autoInstall'),
    options: ['off', 'notify', 'download', 'install'],
    ordered: true,
  },
  'os.reboot-pending': measured('flag', 'reboot', 'pending'),
  'antimalware.installed': measured('flag', 'antimalware', 'installed'),
  'antimalware.running': measured('flag', 'antimalware', 'realTimeProtection, serviceRunning, enabled'),
  'antimalware.products': measured('words', 'antimalware', 'product'),
  'antimalware.engine': measured('version', 'antimalware', 'engineVersion'),
  'antimalware.signature-age': measured('age', 'antimalware', 'signatureUpdatedAt'),
  'firewall.active': measured('flag', 'firewall', 'effective'),
  'disk.encrypted': measured('flag', 'disk-encryption', 'encrypted, protectionOn of every fixed volume'),
  'accounts.local-admin': measured('flag', 'accounts', 'currentUserIsAdmin'),
  'usb.storage-blocked': measured('flag', 'removable-storage', 'policy'),
  'vpn.split-tunnel': measured('flag', 'vpn-client', 'splitTunnel'),
  'network.proxy-forced': measured('flag', 'network', 'proxyForced'),
  'smartcard.reader': measured('flag', 'smart-card', 'readerPresent'),
  'smartcard.present': measured('flag', 'smart-card', 'cardPresent'),
  'person.card-present': measured('flag', 'smart-card', 'card'),
  'apps.installed': { ...measured('words', 'applications', 'installed'), names: 'applications' },
  'apps.running': { ...measured('words', 'applications', 'running'), names: 'applications' },
  'agent.version': enveloped('version', 'agent.version'),
  /** Between its clock and that of the gateway, either way. */
  'agent.clock-offset': enveloped('duration', 'generatedAt'),
  'report.age': { kind: 'age', origin: { by: 'arrival' }, changedBy: 'laptop' },
  'machine.proven': known('flag', 'machine certificate', 'institution'),
  'machine.certificate-left': known('time-left', 'machine certificate', 'institution'),
  'person.proven': known('flag', 'identity proof', 'laptop'),
  'person.assurance': {
    ...known('choice', 'identity profile', 'institution'),
    options: ['low', 'substantial', 'high'],
    ordered: true,
  },
  'person.certificate-left': known('time-left', 'identity certificate', 'institution'),
  'person.issuer': known('text', 'identity profile', 'institution'),
  'person.revocation': {
    ...known('choice', 'identity certificate', 'institution'),
    options: ['good', 'last-good', 'unavailable', 'unchecked'],
  },
  /** Since it was last known to be good, where nobody can tell now. */
  'person.revocation-age': known('age', 'identity certificate', 'institution'),
  'person.account': {
    ...known('choice', 'directory', 'institution'),
    options: ['active', 'disabled', 'expired', 'absent'],
  },
  /** Of full time. */
  'person.employment': known('share', 'directory', 'institution'),
  'telework.days-this-week': known('days', 'earlier sessions of this person', 'institution'),
  'telework.days-this-month': known('days', 'earlier sessions of this person', 'institution'),
  'person.other-sessions': known('count', 'other sessions of this person', 'institution'),
  'person.accepted': { ...known('words', 'accepted texts', 'laptop'), names: 'acceptances' },
  'person.second-factor': known('flag', 'way in', 'institution'),
  'person.password': { ...known('choice', 'way in', 'laptop'), options: ['weak', 'strong', 'none'], ordered: true },
  'device.binding': { ...known('choice', 'way in', 'laptop'), options: bindings, ordered: true },
  'device.state': {
    ...known('choice', 'device register', 'institution'),
    options: ['active', 'stolen', 'retired', 'unregistered'],
  },
  'device.class': known('text', 'device register', 'institution'),
  'device.live-elsewhere': known('flag', 'other sessions of this device', 'institution'),
  /** Last seen in another country, less time ago than a plane needs. */
  'device.impossible-travel': known('flag', 'caller address', 'institution'),
  'time.now': known('moment', 'clock of the gateway', 'institution'),
  'session.country': { ...known('text', 'caller address', 'institution'), form: /^[A-Z]{2}$/ },
} as const satisfies Readonly<Record<string, FactDefinition>>;

export type FactName = keyof typeof factCatalogue;
export const factNames = Object.keys(factCatalogue) as readonly FactName[];

/** The definition of a fact, or `undefined` for a name that is not in the list. */
export function factDefinition(name: string): FactDefinition | undefined {
  return Object.hasOwn(factCatalogue, name) ? factCatalogue[name as FactName] : undefined;
}

/** Without a report this fact cannot be known. */
export function needsReport(definition: FactDefinition): boolean {
  return definition.origin.by !== 'gateway';
}
