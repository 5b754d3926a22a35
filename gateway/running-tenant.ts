// One tenant's rules as they run: policy, register, and identity by the profiles with their lists of this moment. A part of the
// composition root: it is made anew whenever one of these changes, and replaced whole.

import type { Config } from './config.ts';
import { isRefused, type Refused } from './contract/reason.ts';
import type { Tenant } from './flows/admission.ts';
import type { AgentPorts } from './flows/agent-ports.ts';
import { type Proven, prove, withRevocation } from './identity/identify.ts';
import type { Rules } from './io/configuration.ts';
import type { RevocationUpkeep } from './io/revocation-upkeep.ts';
import type { RunningPolicy } from './pdp/decide.ts';
import type { Register } from './pdp/register.ts';
import { applicationsFor, collectFor } from './policy/policy-set.ts';
import { inCanary } from './policy/canary.ts';
import { runningSet } from './policy/running-set.ts';
import { bothWatched } from './policy/watched-past.ts';

export interface RunningTenant extends Tenant {
  readonly rules: Rules;
  /** All but revocation. */
  readonly prove: (chain: readonly Uint8Array[], now: number) => Proven | Refused;
}

export interface TenantParts {
  readonly config: Pick<Config, 'tenant' | 'identity'>;
  readonly rules: Rules;
  readonly register: Register;
  readonly revocation: Pick<RevocationUpkeep, 'current' | 'answers' | 'remember'>;
  /** Outlives the tenant: signatures between certificates of authorities. */
  readonly linkCache: Map<string, boolean>;
}

export function runningTenant({ config, rules, register, revocation, linkCache }: TenantParts): RunningTenant {
  const { tenant } = config;
  const profiles = rules.profiles.map(revocation.current);
  const known = { tenant, pseudonymKeys: config.identity.pseudonymKeys, linkCache, answers: revocation.answers };
  return {
    rules,
    policy: policyOf(rules),
    register,
    prove: (chain, now) => prove(chain, profiles, { ...known, now }),
    // From what is known: no login waits for a responder here.
    identify: (chain, now) => {
      const proven = prove(chain, profiles, { ...known, now });
      if (isRefused(proven)) return proven;
      revocation.remember(chain, tenant, proven);
      return withRevocation(proven, { ...known, now });
    },
  };
}

/** With another version of it beside it, all is known that either of the two looks at. */
function policyOf({ policySet, beside }: Rules): RunningPolicy {
  const own = runningSet(policySet);
  if (beside === undefined) return own;
  const { stage, canary } = beside;
  const other = runningSet(beside.policySet);
  const past = bothWatched(own.past, other.past);
  return {
    ...own,
    ...(own.givesGrace === true || other.givesGrace === true ? { givesGrace: true } : {}),
    ...(past === undefined ? {} : { past }),
    beside: {
      policy: other,
      stage,
      isNewer: stage !== 'enforce',
      decides: subject => canary !== undefined && inCanary(canary, other.hash, subject),
    },
  };
}

type AskedOfAgents = Pick<
  AgentPorts,
  'givesGrace' | 'past' | 'collect' | 'applications' | 'acceptances' | 'policyHash' | 'supportCalendar'
>;

/** What the rules of the moment want of agents and of the people before them. */
export function askedOfAgents(tenant: () => RunningTenant): AskedOfAgents {
  const set = () => tenant().rules.policySet;
  const sets = () => [tenant().rules.beside?.policySet, set()].filter(each => each !== undefined);
  return {
    givesGrace: () => tenant().policy.givesGrace === true,
    past: () => tenant().policy.past,
    // What is judged beside it is to be known as well.
    collect: () => [...new Set(sets().flatMap(collectFor))].sort(),
    applications: () => [
      ...new Map(sets().flatMap(each => applicationsFor(each).map(app => [app.word, app]))).values(),
    ],
    acceptances: () => [...set().acceptances.values()],
    policyHash: () => tenant().policy.hash,
    supportCalendar: () => set().supportCalendar,
  };
}
