// The card reader, on every kind of laptop: a reader, a card, and whether it is the card that proved the person. No serial
// number, name or certificate is part of a finding.

import type { CardFault } from '../card-fault.ts';
import type { CardLook } from '../card-sight.ts';
import { type Collector, type Finding, measured, unmeasured } from './finding.ts';

export function cardFinding(look: CardLook): Finding<'smart-card'> {
  return 'fault' in look ? unmeasured(stateOf(look.fault), look.fault) : measured<'smart-card'>(look);
}

function stateOf(fault: CardFault): 'unsupported' | 'timeout' | 'error' {
  if (fault === 'module-missing') return 'unsupported';
  return fault === 'card-timeout' ? 'timeout' : 'error';
}

export const smartCard: Collector<'smart-card'> = {
  source: { kind: 'api', name: 'PKCS #11' },
  collect: async laptop => [cardFinding(await laptop.card())],
};
