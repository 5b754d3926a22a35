// Keeps the revocation lists of the running profiles fresh: lists at URLs are fetched on our own schedule, lists in files
// are read again when the file changes. A list that cannot be had, read, or believed changes nothing: the previous stays.

import { rm, stat } from 'node:fs/promises';
import type { Certificate } from '../identity/certificate.ts';
import type { Crl } from '../identity/crl.ts';
import type { Proven } from '../identity/identify.ts';
import { valuesOf } from '../identity/name.ts';
import { type IdentityProfile, withCrls } from '../identity/profile.ts';
import { allowedUrl } from '../identity/revocation-hosts.ts';
import type { Clock, Log, Meter } from '../ports.ts';
import { downloadCrl, keep, keptFile, removeLeftovers } from './crl-download.ts';
import { type CrlsRead, readCrlFile } from './crl-reading.ts';
import { type CrlSource, crlSource, nextLook, replacementFault } from './crl-source.ts';
import { revocationDispatcher } from './revocation-fetch.ts';

export interface CrlRefreshOptions {
  /** For fetched lists; made when the first comes. */
  readonly directory: string;
  readonly profiles: readonly IdentityProfile[];
  /** The lists of a profile are other ones now: `current` gives the profile with them. */
  readonly changed: () => void;
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: Meter;
  readonly tickMs?: number;
  readonly fileEveryMs?: number;
  readonly fetchTimeoutMs?: number;
}

export interface CrlRefresh {
  /** The profile with its present lists. */
  readonly current: (profile: IdentityProfile) => IdentityProfile;
  /** Other profiles run now: places that none of them names are forgotten. */
  readonly replaceProfiles: (profiles: readonly IdentityProfile[]) => void;
  /** Remembers who issued this chain and where its lists are; resolves once a first try of new places has been made. */
  readonly meet: (proven: Proven) => Promise<void>;
  readonly close: () => Promise<void>;
}

const limits = { sourcesPerProfile: 256, authoritiesPerProfile: 512 } as const;
const commonName = '2.5.4.3';

export function startCrlRefresh(options: CrlRefreshOptions): CrlRefresh {
  const refresh = new Refresh(options);
  return {
    current: profile => refresh.current(profile),
    replaceProfiles: profiles => refresh.replaceProfiles(profiles),
    meet: proven => refresh.meet(proven),
    close: () => refresh.close(),
  };
}

class Refresh {
  readonly #options: Required<CrlRefreshOptions>;
  #profiles = new Map<string, IdentityProfile>();
  #sources = new Map<string, CrlSource>();
  /** DER by fingerprint, of authorities on paths that held. */
  readonly #met = new Map<string, Map<string, Uint8Array>>();
  readonly #dispatcher = revocationDispatcher(4);
  readonly #closing = new AbortController();
  readonly #timer: NodeJS.Timeout;
  #leftovers: Promise<void> | undefined;
  /** One file is read at a time: each takes a thread and memory. */
  #reading: Promise<unknown> = Promise.resolve();

  constructor(options: CrlRefreshOptions) {
    this.#options = { tickMs: 1_000, fileEveryMs: 10_000, fetchTimeoutMs: 120_000, ...options };
    this.replaceProfiles(options.profiles);
    this.#timer = setInterval(() => this.#tick(), this.#options.tickMs);
  }

  current(profile: IdentityProfile): IdentityProfile {
    const lists = [...this.#sources.values()].flatMap(source => (source.profile === profile.id ? source.lists : []));
    return lists.length === 0 ? profile : withCrls(profile, lists);
  }

  replaceProfiles(profiles: readonly IdentityProfile[]): void {
    const before = this.#sources;
    this.#profiles = new Map(profiles.map(profile => [profile.id, profile]));
    this.#sources = new Map();
    for (const profile of profiles) {
      for (const { path, lists } of profile.revocation?.crlFiles ?? []) this.#add(profile, 'file', path, before, lists);
      for (const url of profile.revocation?.crl?.urls ?? []) this.#add(profile, 'url', url, before);
    }
    for (const [name, source] of before) {
      const profile = this.#profiles.get(source.profile);
      // Places that certificates named stay, while the profile still asks for such and still allows their hosts.
      const discovered = source.kind === 'url' && profile?.revocation?.crl !== undefined;
      if (discovered && profile.revocation.crl.urls === undefined && this.#allowed(source) !== undefined) {
        this.#sources.set(name, source);
      }
    }
  }

  async meet({ path, profile: { id } }: Proven): Promise<void> {
    const profile = this.#profiles.get(id);
    const revocation = profile?.revocation;
    if (profile === undefined || revocation === undefined) return;
    this.#remember(id, path.certificates.slice(1));
    if (revocation.crl === undefined || revocation.crl.urls !== undefined) return;
    const asked = path.certificates.slice(0, revocation.checkIssuingCa ? -1 : 1);
    const untried: CrlSource[] = [];
    for (const url of asked.flatMap(certificate => certificate.crlUris)) {
      if (allowedUrl(url, revocation.allowHosts) === undefined) continue;
      const source = this.#add(profile, 'url', url, this.#sources);
      if (source?.tried === false) untried.push(source);
    }
    await Promise.all(untried.map(source => this.#look(source)));
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#closing.abort();
    await Promise.all([...this.#sources.values()].map(async source => source.busy));
    await this.#dispatcher.destroy();
  }

  #add(
    { id }: IdentityProfile,
    kind: CrlSource['kind'],
    name: string,
    known: ReadonlyMap<string, CrlSource>,
    lists: readonly Crl[] = [],
  ): CrlSource | undefined {
    const key = `${id} ${kind} ${name}`;
    const { clock, fileEveryMs } = this.#options;
    const due = kind === 'url' ? clock.now() : clock.now() + fileEveryMs;
    const source = known.get(key) ?? crlSource(id, kind, name, due, lists);
    const ofProfile = [...this.#sources.values()].filter(each => each.profile === id).length;
    if (!this.#sources.has(key) && ofProfile >= limits.sourcesPerProfile) return undefined;
    // After a reload, files are looked at without waiting for their turn.
    if (kind === 'file' && known.has(key)) source.nextAt = clock.now();
    this.#sources.set(key, source);
    return source;
  }

  #remember(profile: string, authorities: readonly Certificate[]): void {
    const met = this.#met.get(profile) ?? new Map<string, Uint8Array>();
    this.#met.set(profile, met);
    for (const { fingerprint, raw, subject } of authorities) {
      if (met.has(fingerprint) || met.size >= limits.authoritiesPerProfile) continue;
      met.set(fingerprint, raw);
      // A list that came before its authority was known may be anybody's: have one that can be checked.
      for (const source of this.#sources.values()) {
        const unproven = source.lists.some(list => list.signedByKey === undefined && list.issuer.key === subject.key);
        if (source.profile === profile && source.kind === 'url' && unproven) source.nextAt = 0;
      }
    }
  }

  #tick(): void {
    const now = this.#options.clock.now();
    for (const source of this.#sources.values()) {
      if (now >= source.nextAt) void this.#look(source);
    }
    this.#tellAges(now);
  }

  /** Joins the look that is under way, or starts one; never rejects. */
  #look(source: CrlSource): Promise<void> {
    source.busy ??= this.#lookOnce(source)
      .catch((error: unknown) => this.#failed(source, error instanceof Error ? error.message : String(error)))
      .finally(() => {
        source.busy = undefined;
        source.tried = true;
        const { clock, fileEveryMs } = this.#options;
        const every = this.#profiles.get(source.profile)?.revocation?.crl?.refreshMs ?? fileEveryMs;
        const now = clock.now();
        // Chance here only spreads the load.
        source.nextAt = source.kind === 'file' ? now + fileEveryMs : nextLook(source, every, now, Math.random());
      });
    return source.busy;
  }

  async #lookOnce(source: CrlSource): Promise<void> {
    if (source.kind === 'file') {
      const { mtimeMs, size, ino } = await stat(source.name);
      const stamp = `${mtimeMs} ${size} ${ino}`;
      if (stamp === source.stamp) return;
      // A bad file is told once, and looked at again when it changes.
      source.stamp = stamp;
      await this.#take(source, await this.#read(source, source.name));
      return;
    }
    const { directory, fetchTimeoutMs } = this.#options;
    // Before the first download of this life, so that none of its own is among them.
    await (this.#leftovers ??= removeLeftovers(directory));
    const kept = keptFile(directory, source.profile, source.name);
    if (!source.tried && source.lists.length === 0) await this.#takeKept(source, kept);
    const url = this.#allowed(source);
    const maxBytes = this.#profiles.get(source.profile)?.revocation?.crl?.maxBytes;
    if (url === undefined || maxBytes === undefined) return;
    const signal = AbortSignal.any([this.#closing.signal, AbortSignal.timeout(fetchTimeoutMs)]);
    const path = await downloadCrl({ url, directory, maxBytes, signal, dispatcher: this.#dispatcher });
    try {
      if (await this.#take(source, await this.#read(source, path))) await keep(path, kept);
    } finally {
      await rm(path, { force: true });
    }
  }

  /** What an earlier life of this gateway fetched, so that a restart forgets neither the entries nor the number. */
  async #takeKept(source: CrlSource, kept: string): Promise<void> {
    const exists = await stat(kept).then(
      () => true,
      () => false,
    );
    if (exists) await this.#take(source, await this.#read(source, kept));
  }

  #read(source: CrlSource, path: string): Promise<CrlsRead> {
    const profile = this.#profiles.get(source.profile);
    const configured = [...(profile?.anchors ?? []), ...(profile?.intermediates ?? [])].map(each => each.raw);
    const authorities = [...configured, ...(this.#met.get(source.profile)?.values() ?? [])];
    const read = this.#reading.then(() => readCrlFile({ path, authorities }));
    this.#reading = read.catch(() => undefined);
    return read;
  }

  /** Whether the lists are the running ones now. */
  async #take(source: CrlSource, read: CrlsRead): Promise<boolean> {
    const fault = 'refused' in read ? read.refused : replacementFault(source.lists, read.lists);
    if (fault !== undefined || 'refused' in read) {
      this.#failed(source, fault ?? '');
      return false;
    }
    source.failures = 0;
    source.lists = read.lists;
    this.#options.meter.count('sluis_crl_refreshes_total', { result: 'taken', profile: source.profile });
    this.#options.changed();
    return true;
  }

  #failed(source: CrlSource, detail: string): void {
    if (this.#closing.signal.aborted) return;
    source.failures += 1;
    const { profile, kind, name } = source;
    this.#options.meter.count('sluis_crl_refreshes_total', { result: 'refused', profile });
    this.#options.log.warn('revocation-list-kept', { profile, [kind]: name, detail, failures: source.failures });
  }

  #allowed(source: CrlSource): URL | undefined {
    return allowedUrl(source.name, this.#profiles.get(source.profile)?.revocation?.allowHosts ?? []);
  }

  #tellAges(now: number): void {
    for (const { profile, lists } of this.#sources.values()) {
      for (const { issuer, thisUpdate, signedByKey } of lists) {
        // Only a name that an authority of ours vouches for becomes a label.
        if (signedByKey === undefined) continue;
        const name = valuesOf(issuer, commonName)[0] ?? 'unnamed';
        this.#options.meter.gauge('sluis_crl_age_seconds', (now - thisUpdate) / 1000, { issuer: name, profile });
      }
    }
  }
}
