// One tenant's rules as they run: policy, register, and identity by the profiles with their lists of this moment. A part of the
// composition root: it is made anew whenever one of these changes, and replaced whole.

import type { Config } from './config.ts';
import { isRefused, type Refused } from './contract/reason.ts';
import type { Tenant } from './flows/admission.ts';
import { type Proven, prove, withRevocation } from './identity/identify.ts';
import type { Rules } from './io/configuration.ts';
import type { RevocationUpkeep } from './io/revocation-upkeep.ts';
import type { Register } from './pdp/register.ts';
import { evaluate } from './policy/evaluate.ts';
import { givesGrace } from './policy/policy-set.ts';

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
  const { policySet } = rules;
  const { tenant } = config;
  const profiles = rules.profiles.map(revocation.current);
  const known = { tenant, pseudonymKeys: config.identity.pseudonymKeys, linkCache, answers: revocation.answers };
  return {
    rules,
    policy: {
      hash: policySet.hash,
      ...(givesGrace(policySet) ? { givesGrace: true } : {}),
      evaluate: (subject, facts, now) => evaluate(policySet, subject, facts, now),
      ...(policySet.degraded.directory === undefined ? {} : { directory: policySet.degraded.directory }),
    },
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
