// A policy set in which two texts are to be accepted, for tests.

export function acceptanceFile(name: string, english = `What is in ${name}.`): string {
  return `
acceptance: ${name}
by: security office
date: 2027-01-15
title: { nl: Regels, fr: Règles, de: Regeln, en: Rules of ${name} }
text:
  nl: |
    Eerste regel.
    Tweede regel.
  fr: Une règle.
  de: Eine Regel.
  en: ${english}
`;
}

export const acceptanceFiles: Readonly<Record<string, string>> = {
  'acceptances/security.yaml': acceptanceFile('security-policy'),
  'acceptances/telework.yaml': acceptanceFile('telework-charter'),
  'acceptances/unasked.yaml': acceptanceFile('house-style'),
  'checks/accepted.yaml': `
check: texts-accepted
fact: person.accepted
must be: all of security-policy, telework-charter
if unknown: quarantine
text: { nl: Lees en aanvaard., fr: Lisez et acceptez., de: Lesen und annehmen., en: Read and accept. }
`,
  'access/office.yaml': `
policy: office-laptops
owner: network team
for: everyone
gives: office
requires:
  - texts-accepted: { otherwise: quarantine }
`,
};
