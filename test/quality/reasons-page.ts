// docs/reference/reasons.md, generated from the table: `node test/quality/reasons-page.ts` writes it, a test compares it.

import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { type ReasonStage, reasonWords } from '../../gateway/contract/reason.ts';
import { type Consequence, reasons } from '../../gateway/reasons.ts';
import { root } from './checks.ts';

export const reasonsPage = path.join(root, 'docs', 'reference', 'reasons.md');

const stages: Readonly<Record<ReasonStage, readonly [title: string, about: string]>> = {
  radius: ['RADIUS', 'Before anything is authenticated, and what a concentrator says wrongly.'],
  eap: ['EAP', 'The conversation between the VPN client and the gateway.'],
  identity: [
    'Identity',
    'Who it is: certificates, their chain and revocation, one-time sign-ins, passwords and second factors.',
  ],
  report: ['Report', 'What the agent sends.'],
  decision: ['Decision', 'What the policies say about a laptop and its user.'],
  api: ['API', 'Reading sessions, denials and metrics.'],
  gateway: ['Gateway', 'Nothing is known against anyone: the gateway itself is not able. Never counted as a denial.'],
};

const consequences: Readonly<Record<Consequence, string>> = {
  silence: 'no reply',
  reject: 'reject',
  'http-refusal': 'HTTP refusal',
  decision: 'decision',
};

export function renderReasons(): string {
  const lines = [
    '# Reasons',
    '',
    'Every refusal is one of these words, the same in the log, the metrics, the operator API, `sluis denials`, the verdict of the',
    'agent and the tests. The sentence is what the person reads, in Dutch, French, German or English.',
    '',
    '- **no reply**: nothing is sent; the concentrator asks again, or asks another gateway.',
    '- **reject**: an Access-Reject, or the end of this EAP conversation.',
    '- **HTTP refusal**: the agent API or the operator API answers with the word and its sentence instead of a result.',
    '- **decision**: the word stands inside a decision, beside every requirement that was looked at.',
    '',
    'Every word that arises on one of these APIs is an HTTP refusal there, whatever it leads to in RADIUS.',
    '',
    '<!-- Written by test/quality/reasons-page.ts from gateway/reasons.ts and gateway/texts. -->',
  ];
  for (const stage of Object.keys(stages) as ReasonStage[]) {
    const [title, about] = stages[stage];
    lines.push('', `## ${title}`, '', about, '');
    lines.push('| word | leads to | sentence | where to look |', '|---|---|---|---|');
    for (const word of reasonWords[stage]) {
      const row = reasons[word];
      lines.push(`| \`${word}\` | ${consequences[row.leadsTo]} | ${row.texts.en} | ${row.look} |`);
    }
  }
  return `${lines.join('\n')}\n`;
}

if (import.meta.main) writeFileSync(reasonsPage, renderReasons());
