// From the checks of a report to facts, one function per check type. Where several instances speak (two virus scanners,
// three firewall profiles, five volumes), the rule that combines them stands here.

import type { CheckFacts, CheckType } from '../contract/check-facts.ts';
import { type AntivirusProducts, antivirusWords, noAntivirusProducts } from './antivirus-products.ts';
import type { FactValue } from './facts.ts';
import { everyFlag, instant, known, type Measured, type Measurement, someFlag } from './measurement.ts';

type Facts<T extends CheckType> = CheckFacts<T>;
type Readings = Readonly<Record<string, Measured<FactValue>>>;

/** Applies to measured instances; the others keep their cause. */
function each<T extends CheckType, V extends FactValue>(
  all: readonly Measurement<T>[],
  read: (facts: Facts<T>) => Measured<V>,
): readonly Measured<V>[] {
  return all.map(({ facts }) => (typeof facts === 'string' ? { unknown: facts } : read(facts)));
}

function measuredOnly<T extends CheckType>(all: readonly Measurement<T>[]): readonly Facts<T>[] {
  return all.flatMap(({ facts }) => (typeof facts === 'string' ? [] : [facts]));
}

/** Why nothing was measured at all. */
function causeOf<T extends CheckType>(
  all: readonly Measurement<T>[],
): { readonly unknown: 'missing' } | Measured<never> {
  for (const { facts } of all) if (typeof facts === 'string') return { unknown: facts };
  return { unknown: 'missing' };
}

/** One running scanner suffices; age and engine are those of the running one with the newest signatures. */
export function readAntimalware(
  all: readonly Measurement<'antimalware'>[],
  receivedAt: number,
  products: AntivirusProducts = noAntivirusProducts,
): Readings {
  const installed = measuredOnly(all).filter(facts => facts.installed);
  const running = installed.filter(facts => {
    const measured = scannerRuns(facts);
    return 'value' in measured && measured.value;
  });
  const signedAt = (facts: Facts<'antimalware'>) => instant(facts.signatureUpdatedAt, receivedAt);
  const newest = (running.length > 0 ? running : installed).toSorted((a, b) => {
    const [at, bt] = [signedAt(a), signedAt(b)];
    return ('value' in bt ? bt.value : 0) - ('value' in at ? at.value : 0);
  })[0];
  return {
    'antimalware.installed': someFlag(each(all, facts => ({ value: facts.installed }))),
    'antimalware.running': someFlag(each(all, scannerRuns)),
    'antimalware.products':
      measuredOnly(all).length === 0
        ? causeOf(all)
        : {
            value: antivirusWords(
              products,
              installed.map(facts => facts.product),
            ),
          },
    'antimalware.engine': newest ? known(newest.engineVersion) : causeOf(all),
    'antimalware.signature-age': newest ? signedAt(newest) : causeOf(all),
  };
}

function scannerRuns(facts: Facts<'antimalware'>): Measured<boolean> {
  if (!facts.installed || facts.enabled === false) return { value: false };
  return known(facts.realTimeProtection ?? facts.serviceRunning);
}

/** Every profile of one provider must filter; one provider that does suffices. */
export function readFirewall(all: readonly Measurement<'firewall'>[]): Readings {
  const providers = new Map<string, Measurement<'firewall'>[]>();
  for (const one of all) {
    const provider = typeof one.facts === 'string' ? '' : one.facts.provider;
    providers.set(provider, [...(providers.get(provider) ?? []), one]);
  }
  return { 'firewall.active': someFlag([...providers.values()].map(group => everyFlag(each(group, firewallFilters)))) };
}

function firewallFilters(facts: Facts<'firewall'>): Measured<boolean> {
  if (facts.provider === 'none' || facts.enabled === false) return { value: false };
  if (typeof facts.effective === 'boolean') return { value: facts.effective };
  // Without a word on the effect, "on" counts only together with "blocks what comes in".
  return facts.enabled === true && facts.defaultInbound === 'block' ? { value: true } : { unknown: 'missing' };
}

/** Several sources: the highest count, and the oldest list that a count came from. */
export function readUpdates(all: readonly Measurement<'os-updates'>[], receivedAt: number): Readings {
  const measured = measuredOnly(all);
  const counting = measured.filter(facts => typeof facts.pendingSecurity === 'number');
  const counts = counting.map(facts => facts.pendingSecurity ?? 0);
  const scans = (counting.length > 0 ? counting : measured).map(facts => instant(facts.scannedAt, receivedAt));
  const installs = measured.map(facts => instant(facts.lastInstalledAt, receivedAt));
  return {
    'updates.pending-security': counts.length > 0 ? { value: Math.max(...counts) } : causeOf(all),
    'updates.list-age': extreme(scans, Math.min, 'strict') ?? causeOf(all),
    'os.patch-age': extreme(installs, Math.max, 'known') ?? causeOf(all),
    'os.auto-update': weakestOf(each(all, facts => known(facts.autoInstall))) ?? causeOf(all),
  };
}

const autoInstalls = ['off', 'notify', 'download', 'install'] as const;

/** Of several sources, the one that does least by itself; `undefined` when there is none. */
function weakestOf(all: readonly Measured<(typeof autoInstalls)[number]>[]): Measured<string> | undefined {
  const values = all.flatMap(one => ('value' in one ? [one.value] : []));
  const weakest = autoInstalls.find(word => values.includes(word));
  return weakest === undefined ? all[0] : { value: weakest };
}

/** The extreme of instants; `strict` stays unknown as soon as one is. */
function extreme(
  all: readonly Measured<number>[],
  pick: (...values: number[]) => number,
  mode: 'strict' | 'known',
): Measured<number> | undefined {
  const values = all.flatMap(one => ('value' in one ? [one.value] : []));
  const unknown = all.find(one => 'unknown' in one);
  if (unknown !== undefined && (mode === 'strict' || values.length === 0)) return unknown;
  return values.length === 0 ? undefined : { value: pick(...values) };
}

export function readReboot(all: readonly Measurement<'reboot'>[]): Readings {
  return { 'os.reboot-pending': someFlag(each(all, facts => known(facts.pending))) };
}

/** Every fixed volume, the system's among them; a volume that may be removable but does not say so counts as fixed. */
export function readDisks(all: readonly Measurement<'disk-encryption'>[]): Readings {
  const fixed = all.filter(({ facts }) => typeof facts === 'string' || facts.removable !== true);
  const verdict = everyFlag(each(fixed, volumeEncrypted));
  const systemSeen = measuredOnly(fixed).some(facts => facts.isSystem === true);
  const passes = 'value' in verdict && verdict.value;
  return { 'disk.encrypted': passes && !systemSeen ? { unknown: 'missing' } : verdict };
}

function volumeEncrypted(facts: Facts<'disk-encryption'>): Measured<boolean> {
  if (facts.provider === 'none' || facts.encrypted === false || facts.protectionOn === false) return { value: false };
  // Suspended BitLocker leaves the key in the clear on the disk: encrypted alone is not protected.
  if (facts.provider === 'bitlocker' && facts.protectionOn !== true) return { unknown: 'missing' };
  return known(facts.encrypted);
}

export function readAccounts(all: readonly Measurement<'accounts'>[]): Readings {
  return { 'accounts.local-admin': someFlag(each(all, facts => known(facts.currentUserIsAdmin))) };
}

export function readRemovableStorage(all: readonly Measurement<'removable-storage'>[]): Readings {
  const blocked = (facts: Facts<'removable-storage'>): Measured<boolean> =>
    facts.policy === null || facts.policy === undefined
      ? { unknown: 'missing' }
      : { value: facts.policy === 'blocked' };
  return { 'usb.storage-blocked': everyFlag(each(all, blocked)) };
}

export function readVpnClients(all: readonly Measurement<'vpn-client'>[]): Readings {
  return { 'vpn.split-tunnel': someFlag(each(all, facts => known(facts.splitTunnel))) };
}

export function readNetwork(all: readonly Measurement<'network'>[]): Readings {
  return { 'network.proxy-forced': everyFlag(each(all, facts => known(facts.proxyForced))) };
}

/** What was not looked for is not known to be absent. */
export function readApplications(all: readonly Measurement<'applications'>[]): Readings {
  const [first] = measuredOnly(all);
  const list = (words: readonly string[] | null | undefined): Measured<readonly string[]> =>
    words === null || words === undefined
      ? { unknown: 'missing' }
      : { value: words.filter(word => first?.lookedFor.includes(word)).sort(), lookedFor: first?.lookedFor ?? [] };
  return {
    'apps.installed': first === undefined ? causeOf(all) : list(first.installed),
    'apps.running': first === undefined ? causeOf(all) : list(first.running),
  };
}

/** One reader with the card suffices; a card of somebody else is not the person's. */
export function readSmartCards(all: readonly Measurement<'smart-card'>[]): Readings {
  const personsCard = ({ card }: Facts<'smart-card'>): Measured<boolean> =>
    card === null || card === undefined ? { unknown: 'missing' } : { value: card === 'proven-card' };
  return {
    'smartcard.reader': someFlag(each(all, facts => known(facts.readerPresent))),
    'smartcard.present': someFlag(each(all, facts => known(facts.cardPresent))),
    'person.card-present': someFlag(each(all, personsCard)),
  };
}
