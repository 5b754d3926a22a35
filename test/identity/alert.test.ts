// What the peer hears for each reason.

import { describe, expect, it } from 'vitest';
import { reasonWords } from '../../gateway/contract/reason.ts';
import { tlsAlerts } from '../../gateway/eap/step.ts';
import { alertFor } from '../../gateway/identity/alert.ts';

describe('alerts', () => {
  it.each([
    ['certificate-missing', 'certificate-required'],
    ['certificate-revoked', 'certificate-revoked'],
    ['certificate-on-hold', 'certificate-revoked'],
    ['certificate-expired', 'certificate-expired'],
    ['certificate-anchor-unknown', 'unknown-ca'],
    ['certificate-usage-wrong', 'unsupported-certificate'],
    ['certificate-purpose-wrong', 'unsupported-certificate'],
    ['certificate-malformed', 'bad-certificate'],
    ['certificate-policy-wrong', 'certificate-unknown'],
    ['person-too-young', 'certificate-unknown'],
  ] as const)('%s → %s', (reason, alert) => {
    expect(alertFor(reason)).toBe(alert);
  });

  it('every reason has one', () => {
    for (const reason of Object.values(reasonWords).flat()) expect(Object.keys(tlsAlerts)).toContain(alertFor(reason));
  });
});
