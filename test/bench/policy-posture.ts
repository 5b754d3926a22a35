// One posture and a hundred conditions on it, written three times: as a policy set of ours, as expressions of CEL, as policies of
// Cedar. Each condition also asks that its fact was measured within a day, as ours always do.

import type { PolicyFile } from '../../gateway/policy/policy-set.ts';
import type { Fact, Facts } from '../../gateway/verifier/facts.ts';

const dayMs = 86_400_000;
export const now = Date.parse('2027-01-12T09:00:00Z');

interface Condition {
  readonly fact: string;
  readonly value: boolean | number | string;
  /** Limits that the value meets, and the same for a variable `x` and the time `now`. */
  readonly limits: readonly (readonly [ours: string, theirs: string])[];
}

const days = (each: readonly number[], ours: string, theirs: (ms: number) => string): Condition['limits'] =>
  each.map(count => [`${ours} ${count} days`, theirs(count * dayMs)]);
const yes: Condition['limits'] = [['yes', 'x == true']];
const no: Condition['limits'] = [['no', 'x == false']];
const ages = days([5, 7, 10, 14, 21, 28, 35, 42, 60, 90], 'at most', ms => `now - x <= ${ms}`);
const left = days([1, 7, 14, 30, 60, 90, 100, 120, 150, 180], 'at least', ms => `x - now >= ${ms}`);
const counts: Condition['limits'] = [0, 1, 2, 3, 5].map(count => [`at most ${count}`, `x <= ${count}`]);
const among = (words: readonly string[]): readonly [string, string] => [
  `one of ${words.join(', ')}`,
  words.map(word => `x == "${word}"`).join(' || '),
];

const conditions: readonly Condition[] = [
  ...['disk.encrypted', 'firewall.active', 'antimalware.running', 'antimalware.installed', 'usb.storage-blocked'].map(
    fact => ({ fact, value: true, limits: yes }),
  ),
  ...['accounts.local-admin', 'vpn.split-tunnel', 'os.reboot-pending'].map(fact => ({
    fact,
    value: false,
    limits: no,
  })),
  ...['network.proxy-forced', 'smartcard.reader'].map(fact => ({ fact, value: true, limits: yes })),
  ...['os.patch-age', 'antimalware.signature-age', 'updates.list-age'].map(fact => ({
    fact,
    value: now - 3 * 3_600_000,
    limits: ages,
  })),
  { fact: 'os.support-left', value: now + 300 * dayMs, limits: left },
  { fact: 'updates.pending-security', value: 0, limits: counts },
  {
    fact: 'os.family',
    value: 'windows',
    limits: [among(['windows', 'macos']), among(['windows', 'ubuntu']), among(['windows', 'debian', 'fedora'])],
  },
];

interface Written {
  readonly fact: string;
  readonly ours: string;
  readonly theirs: string;
}

/** A hundred, with each limit again under another name until there are as many. */
export const written: readonly Written[] = (() => {
  const once = conditions.flatMap(({ fact, limits }) => limits.map(([ours, theirs]) => ({ fact, ours, theirs })));
  return Array.from({ length: 100 }, (_, at) => {
    const each = once[at % once.length];
    if (each === undefined) throw new Error('no conditions');
    return each;
  });
})();

const observedAt = now - 60_000;
export const facts: Facts = Object.fromEntries<Fact>([
  ...conditions.map(({ fact, value }) => [fact, { value, source: 'report: sample', observedAt }] as const),
  ['report.age', { value: observedAt, source: 'arrival of the report', observedAt }],
]);

export const variable = (fact: string): string => fact.replaceAll(/[.-]/g, '_');

const texts = 'text: { en: "No; ask.", nl: "Nee; vraag.", fr: "Non; demandez.", de: "Nein; fragen." }';
const degraded = { path: 'degraded.yaml', text: 'no report yet: quarantine\nreport too old: quarantine\n' };

function checkText({ fact, ours }: Written, name: string): string {
  return `check: ${name}\nfact: ${fact}\nmust be: ${ours}\nreport not older than: 24 hours\nif unknown: quarantine\n${texts}\n`;
}

/** So many policies, each for a group of its own and with every check. */
export function policyFiles(policies: number): readonly PolicyFile[] {
  const names = written.map((_, at) => `check-${at}`);
  const requires = names.map(name => `  - ${name}: { otherwise: quarantine }\n`).join('');
  return [
    degraded,
    ...written.map((each, at) => ({ path: `checks/c${at}.yaml`, text: checkText(each, `check-${at}`) })),
    ...Array.from({ length: policies }, (_, at) => ({
      path: `access/p${at}.yaml`,
      text: `policy: policy-${at}\nowner: x\nfor: { groups: [group-${at}] }\ngives: office\nsession at most: 9 hours\n${at + 1 < policies ? `before: [policy-${at + 1}]\n` : ''}requires:\n${requires}`,
    })),
  ];
}

/** In CEL whole numbers are another type than what JavaScript hands in: written with a point. */
export function celExpressions(): readonly string[] {
  return written.map(({ fact, theirs }) => {
    const condition = theirs.replaceAll(/\bx\b/g, variable(fact)).replaceAll(/(\d+)$/g, '$1.0');
    return `(${condition}) && now - ${variable(fact)}_at <= ${dayMs}.0`;
  });
}

/** Everybody may come in, but for each condition that is not met. */
export function cedarPolicies(): string {
  const forbidden = written.map(({ fact, theirs }) => {
    const name = `context.${variable(fact)}`;
    const condition = theirs.replaceAll(/\bx\b/g, name).replaceAll(/\bnow\b/g, 'context.now');
    return `forbid (principal, action, resource) unless { (${condition}) && context.now - ${name}_at <= ${dayMs} };`;
  });
  return ['permit (principal, action, resource);', ...forbidden].join('\n');
}

/** What both of the others are handed. */
export const context: Readonly<Record<string, boolean | number | string>> = Object.fromEntries([
  ['now', now],
  ...conditions.flatMap(({ fact, value }) => [
    [variable(fact), value] as const,
    [`${variable(fact)}_at`, observedAt] as const,
  ]),
]);
