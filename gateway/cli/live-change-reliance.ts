// Access policies that rely on a change of a live session at a concentrator that can make none: a repair would not be seen
// before the next login, and neither would a machine that gets worse.

import type { AccessPolicy } from '../policy/access-policy.ts';
import { factsOf } from '../policy/check.ts';
import { tellsSegment } from '../pdp/authorization.ts';
import type { Nas } from '../pdp/nas.ts';
import { takesChanges } from '../pdp/nas-profile.ts';
import { noChange } from './nas-facts.ts';

export interface Reliance {
  readonly policy: AccessPolicy;
  readonly nas: Nas;
  readonly message: string;
  readonly remedy: string;
}

/** One for each policy and each NAS that it admits. `now` in milliseconds since 1970 UTC. */
export function reliances(policies: readonly AccessPolicy[], all: readonly Nas[], now: number): readonly Reliance[] {
  return policies.flatMap(policy =>
    all
      .filter(({ group }) => policy.for.concentrators?.has(group) ?? true)
      .flatMap(nas => relianceOf(policy, nas, now) ?? []),
  );
}

function relianceOf(policy: AccessPolicy, nas: Nas, now: number): Reliance | undefined {
  const { name, profile } = nas;
  const others = policy.requires.flatMap(({ otherwise }) =>
    otherwise === 'update' || otherwise === 'quarantine' ? [otherwise] : [],
  );
  const untold = others.find(segment => !tellsSegment(nas, segment));
  const here = `"${policy.name}" on ${name}`;
  if (untold !== undefined) {
    return {
      policy,
      nas,
      message: `${here} may lead to ${untold}, and nothing tells ${profile.name} of it: it will be refused`,
      remedy: `say what "${untold}" is there under segments: (${words(nas).join(', ')}), or name other concentrators in for:`,
    };
  }
  if (canChange(nas) || (nas.withoutLiveChangeUntil ?? 0) > now) return undefined;
  const why = takesChanges(profile)
    ? 'has dynamic-authorization switched off, or no address for it'
    : noChange(profile);
  const excuse = `name other concentrators in for:, or add without-live-change-until: DATE to ${name}`;
  const [leads] = others;
  if (leads !== undefined) {
    const message = `${here} may lead to ${leads}, which a repair must be able to leave, and it ${why}`;
    return { policy, nas, message, remedy: excuse };
  }
  const changing = policy.requires.find(({ check, otherwise }) => otherwise !== 'notice' && factsOf(check).some(moves));
  if (changing === undefined) return undefined;
  const message = `${here} requires "${changing.check.name}", which may fail during a session, and it ${why}`;
  return { policy, nas, message, remedy: excuse };
}

function canChange({ dynamicAuthorization, profile }: Nas): boolean {
  return dynamicAuthorization !== undefined && takesChanges(profile);
}

/** What a report says may be otherwise in the next one; what the gateway knows of a login stays as it was. */
function moves({ fact }: ReturnType<typeof factsOf>[number]): boolean {
  return fact.origin.by !== 'gateway';
}

function words({ profile }: Nas): readonly string[] {
  const others = ['session', 'session-timeout', 'interim', 'idle-timeout', 'dns', 'dns-ipv6', 'domain'];
  return profile.reply.flatMap(({ word }) => (others.includes(word) ? [] : [word]));
}
