// An operator watches one concentrator, person or machine for a time: recorded first, with the reason. What is seen is asked for
// afterwards, page by page, by that operator alone.

import { hash } from 'node:crypto';
import type { Wanted } from '../contract/acts.ts';
import { type Refused, refused } from '../contract/reason.ts';
import { isPseudonym } from '../identity/pseudonym.ts';
import { redactNationalNumber } from '../radius/redaction.ts';
import type { About, Act, ActPorts } from './operator-act.ts';
import type { Tracing } from './tracing.ts';

export interface TracePorts extends ActPorts {
  readonly tracing: Tracing;
  readonly nasNamed: (tenant: string, name: string) => unknown;
}

/** Their accounting may name nobody but the session. */
const sessionsAtMost = 500;

export const trace: Act<'trace', TracePorts> = {
  name: 'trace',
  about: aboutOf,
  run: async ({ store, random, tracing, nasNamed }, { operator, tenant, args, now }) => {
    const refusal = unusable(args, name => nasNamed(tenant, name) !== undefined);
    if (refusal !== undefined) return refusal;
    return {
      what: `trace ${whom(args)} for ${Math.round(args.forMs / 1000)} s`,
      about: aboutOf(args),
      afterwards: async () => {
        const sessions =
          args.by === 'nas' ? [] : await store.sessions({ tenant, ...aboutOf(args), limit: sessionsAtMost });
        const id = Buffer.from(random.bytes(16)).toString('base64url');
        const { by, value, forMs } = args;
        const begun = tracing.begin({ id, tenant, operator, wanted: { by, value }, forMs, now, sessions });
        return begun === undefined ? refused('overloaded', 'too many traces') : { trace: id, until: begun.until };
      },
    };
  },
};

function unusable({ by, value }: Wanted, isNas: (name: string) => boolean): Refused | undefined {
  if (by === 'nas' && !isNas(value)) return refused('nas-unknown');
  // It is nowhere kept, so nothing would ever be found by it; the pseudonym is.
  if (redactNationalNumber(value) !== value) return refused('request-malformed', 'a national number');
  return undefined;
}

function aboutOf({ by, value }: Wanted): About {
  if (by === 'user' && isPseudonym(value)) return { person: value };
  return by === 'device' && /^[0-9a-f]{64}$/.test(value) ? { device: value } : {};
}

/** For the record, which names nobody: whoever suspects a name can compare. */
function whom(wanted: Wanted): string {
  const { by, value } = wanted;
  const { person, device } = aboutOf(wanted);
  if (person !== undefined) return 'a person';
  if (device !== undefined) return 'a device';
  return by === 'user' ? `user name sha256:${hash('sha256', value.toLowerCase()).slice(0, 16)}` : `${by} ${value}`;
}
