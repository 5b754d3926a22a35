// Reference data while the gateway runs: the installed bundle is looked at every few seconds and taken over whole. One that cannot be used
// changes nothing but a log line. What the policy set or the configuration brings along itself goes before it.

import type { Certificate } from '../identity/certificate.ts';
import type { Clock, Countries, Log, Meter } from '../ports.ts';
import { type AntivirusProducts, noAntivirusProducts } from '../verifier/antivirus-products.ts';
import type { Rules } from './configuration.ts';
import { stateOf } from './file-state.ts';
import { currentPath, installedReference, type InstalledReference, type ReferencePlace } from './reference-store.ts';

export interface ReferenceDataOptions {
  readonly place: ReferencePlace;
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: Meter;
  /** `applied` gives something else from now on. */
  readonly changed: () => void;
  readonly everyMs?: number;
}

export interface ReferenceData {
  /** The rules with what the reference data adds to them. */
  readonly applied: (rules: Rules) => Rules;
  readonly antivirusProducts: () => AntivirusProducts;
  readonly countries: Countries;
  /** Looks now. */
  readonly look: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/** Makers bring something out every month. */
export const oldAfterMs = 60 * 86_400_000;
const dayMs = 86_400_000;

export function startReferenceData(options: ReferenceDataOptions): ReferenceData {
  const { place, clock, log, meter, everyMs = 5_000 } = options;
  const path = currentPath(place.directory);
  let current: InstalledReference | undefined;
  let seen = '';
  let warnedAt = Number.NEGATIVE_INFINITY;
  let running: Promise<void> | undefined;

  /** Whether there is another one now. */
  function take(): boolean {
    const read = installedReference(place);
    if (read === undefined) {
      if (current === undefined) log.info('reference-data-missing', { path });
      else log.error('reference-data-refused', { path, because: 'is gone' });
      return false;
    }
    if ('wrong' in read) {
      log.error('reference-data-refused', { path, because: read.wrong, remedy: read.remedy });
      return false;
    }
    if (read.bundle.id === current?.bundle.id) return false;
    current = read;
    const { id, madeAt, signer, files } = read.bundle;
    log.info('reference-data-taken', {
      bundle: id,
      made: new Date(madeAt).toISOString(),
      signer,
      files: files.map(file => file.path),
    });
    warnedAt = Number.NEGATIVE_INFINITY;
    return true;
  }

  function tellAge(): void {
    if (current === undefined) return;
    const now = clock.now();
    const ageMs = now - current.bundle.madeAt;
    meter.gauge('sluis_reference_data_age_seconds', ageMs / 1000);
    meter.gauge('sluis_reference_data_old', ageMs > oldAfterMs ? 1 : 0);
    if (ageMs <= oldAfterMs || now - warnedAt < dayMs) return;
    warnedAt = now;
    log.warn('reference-data-old', {
      made: new Date(current.bundle.madeAt).toISOString(),
      days: Math.floor(ageMs / dayMs),
    });
  }

  async function lookOnce(): Promise<void> {
    const state = await stateOf(path);
    // It is put in its place whole, so that half of one is never seen.
    if (state !== seen) {
      seen = state;
      if (take()) options.changed();
    }
    tellAge();
  }

  const look = (): Promise<void> => {
    running ??= lookOnce().finally(() => (running = undefined));
    return running;
  };

  // Before anybody asks: a gateway that starts knows what it knew.
  take();
  tellAge();
  const timer = setInterval(() => void look(), everyMs);
  return {
    applied: rules => (current === undefined ? rules : withReference(rules, current)),
    antivirusProducts: () => current?.contents.antivirusProducts ?? noAntivirusProducts,
    countries: { of: address => current?.contents.countries?.of(address) },
    look,
    close: async () => {
      clearInterval(timer);
      await running;
    },
  };
}

function withReference(rules: Rules, { contents }: InstalledReference): Rules {
  const { supportCalendar, intermediates } = contents;
  const { policySet, profiles, calendarFromAbove = false } = rules;
  return {
    ...rules,
    policySet: supportCalendar === undefined || !calendarFromAbove ? policySet : { ...policySet, supportCalendar },
    profiles: profiles.map(profile => ({ ...profile, intermediates: together(profile.intermediates, intermediates) })),
  };
}

function together(own: readonly Certificate[], more: readonly Certificate[]): readonly Certificate[] {
  return [...own, ...more.filter(each => !own.some(({ raw }) => Buffer.compare(raw, each.raw) === 0))];
}
