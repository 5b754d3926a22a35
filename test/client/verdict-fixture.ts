// Verdicts as a gateway sends them.

import type { Language } from '../../gateway/contract/language.ts';
import type { ActionState } from '../../gateway/contract/report.ts';
import type { Verdict } from '../../gateway/contract/verdict.ts';
import { phrases } from '../../posture-client/phrases.ts';

const texts = (text: string) => ({ nl: `${text} (nl)`, fr: `${text} (fr)`, de: `${text} (de)`, en: `${text} (en)` });

export function grantVerdict(serverTime: number): Verdict {
  return {
    ...{ decisionId: 'd-1', caseCode: 'KRTWBX', outcome: 'grant', policy: 'office', segment: 'office' },
    ...{ reasons: [], results: [], actions: [], validUntil: serverTime + 3_600_000 },
    ...{
      validUntilBecause: 'report.age',
      serverTime,
      nextReportInSeconds: 900,
      policyHash: 'f'.repeat(64),
      traceId: 'trace-1',
    },
  };
}

export function updateVerdict(serverTime: number): Verdict {
  return {
    ...grantVerdict(serverTime),
    outcome: 'update',
    segment: 'update',
    reasons: [{ word: 'requirement-failed', text: texts('A requirement is not met') }],
    results: [
      {
        ...{ check: 'antivirus-fresh', result: 'fail', outcome: 'update', fact: 'antimalware.signature-age' },
        ...{ value: '21 days', limit: 'at most 3 days', source: 'report: clamscan --version', ageMs: 240_000 },
        text: texts('Your virus definitions are too old'),
        help: 'antimalware.update-signatures',
      },
      {
        ...{ check: 'usb-blocked', result: 'unknown', outcome: 'quarantine', fact: 'usb.storage-blocked' },
        ...{ value: 'unknown: denied', limit: 'yes', source: 'report: usbguard' },
        text: texts('USB storage must be blocked'),
      },
      {
        ...{ check: 'disk-encrypted', result: 'pass', outcome: 'grant', fact: 'disk.encrypted' },
        ...{ value: 'yes', limit: 'yes', source: 'report: lsblk' },
        text: texts('Your disk must be encrypted'),
      },
    ],
    actions: ['antimalware.update-signatures'],
    smallestChange: ['antivirus-fresh'],
  };
}

export function verdictActionText(state: ActionState | undefined, language: Language): string {
  return state === undefined ? '' : phrases[language].action[state];
}
