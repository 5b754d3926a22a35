// Which concentrators are only observed now, what their authorities answered and what would have been answered here. In memory: the
// configuration says how each begins, and every difference is a record of its own in the chain.

import type { Comparison, Observation, ObservedNas } from '../contract/observation.ts';
import type { Authority, Nas, NasMode } from '../pdp/nas.ts';
import { packetCodes } from '../radius/code.ts';
import type { Packet } from '../radius/packet.ts';

export interface Observing {
  /** Who decides about this request instead of us. That this gateway is alive, it says itself. */
  authorityOf(nas: Nas, packet: Pick<Packet, 'code'>): Authority | undefined;
  modeOf(nas: Nas): NasMode;
  /** From the next request on; conversations that are under way end where they began. */
  setMode(nas: Nas, mode: NasMode): void;
  /** A request was passed on: `again` passes on another copy of it. To be told when it is over. */
  underWay(nas: Nas, packet: Packet, again: () => void): () => void;
  /** The NAS repeats a request that is under way. */
  repeat(nas: Nas, packet: Packet): void;
  /** What nobody waits for. `false`: so much of it is under way that it was not begun. It must not reject. */
  beside(work: () => Promise<void>): boolean;
  noted(nas: Nas, observation: Observation): void;
  authoritySilent(nas: Nas): void;
  readonly report: (tenant: string) => readonly ObservedNas[];
}

const examplesAtMost = 50;
/** An authority is faster than our store or our directory may be. */
const besideAtMost = 256;

interface Seen {
  mode: NasMode;
  readonly since: number;
  readonly counts: Record<Comparison | 'authority-silent', number>;
  readonly examples: Observation[];
}

export function observing(all: readonly Nas[], now: number): Observing {
  const authorities = all.filter(nas => nas.authority !== undefined);
  const seen = new Map(authorities.map(nas => [nas.name, nothingSeen(nas, now)]));
  const repeats = new Map<string, () => void>();
  let underWayBeside = 0;
  const of = ({ name }: Nas): Seen | undefined => seen.get(name);

  return {
    authorityOf: (nas, { code }) =>
      of(nas)?.mode === 'observe' && code !== packetCodes['Status-Server'] ? nas.authority : undefined,
    modeOf: nas => of(nas)?.mode ?? 'decide',
    setMode: (nas, mode) => {
      const known = of(nas);
      if (known !== undefined) known.mode = mode;
    },
    underWay: (nas, packet, again) => {
      const name = requestName(nas, packet);
      repeats.set(name, again);
      return () => repeats.delete(name);
    },
    repeat: (nas, packet) => repeats.get(requestName(nas, packet))?.(),
    beside: work => {
      if (underWayBeside >= besideAtMost) return false;
      underWayBeside++;
      void work().finally(() => underWayBeside--);
      return true;
    },
    noted: (nas, observation) => {
      const known = of(nas);
      if (known === undefined) return;
      known.counts[observation.comparison]++;
      if (observation.comparison === 'same') return;
      known.examples.unshift(observation);
      known.examples.splice(examplesAtMost);
    },
    authoritySilent: nas => {
      const known = of(nas);
      if (known !== undefined) known.counts['authority-silent']++;
    },
    report: tenant =>
      authorities.flatMap(nas => {
        const known = of(nas);
        return nas.tenant !== tenant || known === undefined ? [] : reportOf(nas, known);
      }),
  };
}

function nothingSeen({ mode = 'decide' }: Nas, since: number): Seen {
  const counts = { same: 0, 'outcome-differs': 0, 'attributes-differ': 0, 'not-judged': 0, 'authority-silent': 0 };
  return { mode, since, counts, examples: [] };
}

function reportOf({ name, authority }: Nas, { mode, since, counts, examples }: Seen): ObservedNas {
  return {
    nas: name,
    authority: `${authority?.address ?? ''} port ${authority?.authenticationPort ?? ''}`,
    mode,
    since,
    same: counts.same,
    outcomeDiffers: counts['outcome-differs'],
    attributesDiffer: counts['attributes-differ'],
    notJudged: counts['not-judged'],
    authoritySilent: counts['authority-silent'],
    examples: [...examples],
  };
}

function requestName({ name }: Nas, { code, identifier, authenticator }: Packet): string {
  return `${name} ${code} ${identifier} ${Buffer.from(authenticator).toString('latin1')}`;
}
