// What happens around open sessions, and how it has them judged again: each part of the gateway is handed its cause from here.
// Nobody waits for what follows, but an agent that confirmed its session, for a moment.

import type { ChangeCause } from '../contract/change.ts';
import type { Reason } from '../contract/reason.ts';
import type { Session } from '../pdp/session.ts';
import type { AccountingPorts } from './accounting-request.ts';
import type { AgentPorts } from './agent-ports.ts';
import { keepUntilEnd, type PlacePorts } from './device-place.ts';
import { type KeyWatchPorts, watchKey } from './key-used-twice.ts';
import type { Redecision } from './redecision.ts';

export interface CausePorts extends Omit<KeyWatchPorts, 'redecide'>, Pick<PlacePorts, 'countries'> {
  readonly redecide: Redecision['redecide'];
  readonly wait: (ms: number) => Promise<void>;
}

export interface Causes
  extends Required<Pick<AgentPorts, 'reportChanged' | 'bindingConfirmed'>>,
    Required<Pick<AccountingPorts, 'sessionMoved'>> {
  readonly deviceChanged: (tenant: string, device: string) => void;
  /** What they rested on holds no more. */
  readonly endSessions: (tenant: string, because: ChangeCause, sessionIds: readonly string[], word: Reason) => void;
}

/** An agent that confirmed its session waits no longer than this to hear what it led to. */
const confirmationAtMostMs = 3_000;

export function redecisionCauses(ports: CausePorts): Causes {
  const { redecide, wait } = ports;
  return {
    reportChanged: (tenant, device, because) => void redecide({ tenant, device, because }),
    deviceChanged: (tenant, device) => void redecide({ tenant, device, because: 'device-register-changed' }),
    endSessions: (tenant, because, sessionIds, refusedBecause) =>
      void redecide({ tenant, because, sessionIds, refusedBecause }),
    sessionMoved: (session: Session) => {
      void watchKey(ports, session);
      void keepUntilEnd(ports, session);
    },
    bindingConfirmed: async (tenant, id) => {
      const followed = redecide({ tenant, because: 'binding-confirmed', sessionIds: [id] });
      await Promise.race([followed, wait(confirmationAtMostMs)]);
    },
  };
}
