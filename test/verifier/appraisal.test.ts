import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CheckState, checkStates, type Report, type ReportCheck } from '../../gateway/contract/report.ts';
import { attest, factsOf } from '../../gateway/verifier/appraisal.ts';
import { factCatalogue, type FactName, factNames, needsReport } from '../../gateway/verifier/fact-catalogue.ts';
import { factsDigest } from '../../gateway/verifier/facts-digest.ts';
import { emptyCalendar, readSupportCalendar, type SupportCalendar } from '../../gateway/verifier/support-calendar.ts';
import {
  ago,
  check,
  dayMs,
  deviceId,
  healthyChecks,
  hourMs,
  minuteMs,
  receivedAt,
  report,
  unmeasured,
  withChecks,
} from './sample-report.ts';

const calendar = readSupportCalendar(
  'windows:\n  - { version: 10.0.26100, name: 24H2, ends: 2027-10-12 }\n',
  'c.yaml',
) as SupportCalendar;

/** The value, or `unknown: cause`. */
function seen(from: Report, name: FactName): unknown {
  const fact = factsOf(from, receivedAt, calendar)[name];
  if (fact === undefined) return 'not there';
  return 'value' in fact ? fact.value : `unknown: ${fact.unknown}`;
}

const scanner = (facts: Partial<Parameters<typeof check<'antimalware'>>[1]>, instance: string | null = null) =>
  check('antimalware', { product: 'X', installed: true, ...facts }, { instance });
const wall = (facts: Partial<Parameters<typeof check<'firewall'>>[1]>, instance: string) =>
  check('firewall', { provider: 'windows', ...facts }, { instance });
const volume = (facts: Partial<Parameters<typeof check<'disk-encryption'>>[1]>, mount: string) =>
  check('disk-encryption', { mount, provider: 'luks', removable: false, ...facts }, { instance: mount });
const safe = { encrypted: true, protectionOn: true } as const;
const updates = (facts: Partial<Parameters<typeof check<'os-updates'>>[1]>, instance: string | null = null) =>
  check('os-updates', { scanSource: 'apt', ...facts }, { instance });

const applications = (facts: Partial<Parameters<typeof check<'applications'>>[1]>) =>
  check('applications', { lookedFor: ['anydesk', 'teamviewer'], ...facts });

describe('facts of a healthy report', () => {
  it('are all known, with values of their kind', () => {
    const facts = factsOf(report(), receivedAt, calendar);
    const values = Object.fromEntries(
      Object.entries(facts).map(([name, fact]) => [name, 'value' in fact ? fact.value : fact.unknown]),
    );
    expect(values).toEqual({
      'os.family': 'windows',
      'os.version': '10.0.26100',
      'os.known': true,
      'os.build': '26100',
      'os.support-left': Date.parse('2027-10-12T23:59:59.999Z'),
      'updates.pending-security': 0,
      'updates.list-age': receivedAt - 2 * hourMs,
      'os.patch-age': receivedAt - 6 * dayMs,
      'os.auto-update': 'install',
      'os.reboot-pending': false,
      'antimalware.installed': true,
      'antimalware.running': true,
      'antimalware.products': ['Defender'],
      'antimalware.engine': '1.1.25090.1',
      'antimalware.signature-age': receivedAt - 5 * hourMs,
      'firewall.active': true,
      'disk.encrypted': true,
      'accounts.local-admin': false,
      'usb.storage-blocked': true,
      'vpn.split-tunnel': false,
      'network.proxy-forced': true,
      'smartcard.reader': true,
      'smartcard.present': true,
      'person.card-present': true,
      'apps.installed': ['defender'],
      'apps.running': [],
      'agent.version': '1.4.0',
      'agent.clock-offset': 1000,
      'report.age': receivedAt,
    });
  });

  it('carry source and time of their measurement', () => {
    const facts = factsOf(report(), receivedAt, calendar);
    expect(facts['disk.encrypted']).toMatchObject({
      source: 'report: disk-encryption source',
      observedAt: receivedAt - minuteMs,
    });
    expect(facts['os.family']).toMatchObject({ source: 'report: os', observedAt: receivedAt - 1000 });
    expect(facts['report.age']).toMatchObject({ observedAt: receivedAt });
  });

  it('are exactly those of the catalogue that a report can give', () => {
    const names = factNames.filter(name => needsReport(factCatalogue[name]));
    expect(Object.keys(factsOf(report(), receivedAt, calendar)).sort()).toEqual([...names].sort());
    expect(Object.keys(factsOf(report({ checks: [] }), receivedAt, calendar)).sort()).toEqual([...names].sort());
  });
});

describe('one fact', () => {
  it.each<[string, FactName, ReportCheck[], unknown]>([
    ['no scanner check', 'antimalware.running', [unmeasured('antimalware', 'timeout')], 'unknown: timeout'],
    ['scanner not installed', 'antimalware.installed', [scanner({ installed: false })], false],
    ['scanner not installed', 'antimalware.running', [scanner({ installed: false })], false],
    ['scanner not installed', 'antimalware.signature-age', [scanner({ installed: false })], 'unknown: missing'],
    ['scanner snoozed', 'antimalware.running', [scanner({ realTimeProtection: false, serviceRunning: true })], false],
    ['scanner disabled', 'antimalware.running', [scanner({ enabled: false, realTimeProtection: true })], false],
    ['only the service known', 'antimalware.running', [scanner({ serviceRunning: true })], true],
    [
      'nothing known of the scanner',
      'antimalware.running',
      [scanner({ realTimeProtection: null })],
      'unknown: missing',
    ],
    [
      'one of two scanners runs',
      'antimalware.running',
      [scanner({ realTimeProtection: false }, 'a'), scanner({ realTimeProtection: true }, 'b')],
      true,
    ],
    [
      'one scanner is off, the other unknown',
      'antimalware.running',
      [scanner({ realTimeProtection: false }, 'a'), unmeasured('antimalware', 'denied', 'b')],
      'unknown: denied',
    ],
    [
      'the fresh signatures belong to the one that is off',
      'antimalware.signature-age',
      [
        scanner({ realTimeProtection: false, signatureUpdatedAt: ago(hourMs) }, 'a'),
        scanner({ realTimeProtection: true, signatureUpdatedAt: ago(9 * dayMs) }, 'b'),
      ],
      receivedAt - 9 * dayMs,
    ],
    [
      'engine and signatures come from the same scanner',
      'antimalware.engine',
      [
        scanner({ realTimeProtection: true, signatureUpdatedAt: ago(dayMs), engineVersion: '9' }, 'a'),
        scanner({ realTimeProtection: true, signatureUpdatedAt: ago(hourMs), engineVersion: '2' }, 'b'),
      ],
      '2',
    ],
    [
      'all products',
      'antimalware.products',
      [scanner({ product: 'B' }, 'b'), scanner({ product: 'A' }, 'a')],
      ['A', 'B'],
    ],
    ['no product', 'antimalware.products', [scanner({ product: 'none', installed: false })], []],
    ['one profile off', 'firewall.active', [wall({ effective: true }, 'a'), wall({ enabled: false }, 'b')], false],
    ['one profile unknown', 'firewall.active', [wall({ effective: true }, 'a'), wall({}, 'b')], 'unknown: missing'],
    [
      'one of two providers filters',
      'firewall.active',
      [wall({ provider: 'ufw', enabled: false }, 'a'), wall({ provider: 'nftables', effective: true }, 'b')],
      true,
    ],
    ['a service without effect', 'firewall.active', [wall({ enabled: true, effective: false }, 'a')], false],
    ['on, but open', 'firewall.active', [wall({ enabled: true, defaultInbound: 'allow' }, 'a')], 'unknown: missing'],
    ['on and blocking', 'firewall.active', [wall({ enabled: true, defaultInbound: 'block' }, 'a')], true],
    ['none', 'firewall.active', [wall({ provider: 'none', effective: true }, 'a')], false],
    ['rights missing', 'firewall.active', [unmeasured('firewall', 'denied')], 'unknown: denied'],
    ['every volume', 'disk.encrypted', [volume({ ...safe, isSystem: true }, '/'), volume(safe, '/home')], true],
    [
      'one in clear',
      'disk.encrypted',
      [volume({ ...safe, isSystem: true }, '/'), volume({ encrypted: false }, '/home')],
      false,
    ],
    [
      'one unknown',
      'disk.encrypted',
      [volume({ ...safe, isSystem: true }, '/'), volume({}, '/home')],
      'unknown: missing',
    ],
    [
      'one denied',
      'disk.encrypted',
      [volume({ ...safe, isSystem: true }, '/'), unmeasured('disk-encryption', 'denied', '/home')],
      'unknown: denied',
    ],
    [
      'one in clear beside one unknown',
      'disk.encrypted',
      [unmeasured('disk-encryption', 'denied', '/'), volume({ encrypted: false }, '/home')],
      false,
    ],
    [
      'a stick in clear',
      'disk.encrypted',
      [volume({ ...safe, isSystem: true }, '/'), volume({ encrypted: false, removable: true }, '/media')],
      true,
    ],
    [
      'a volume that may be a stick but does not say so',
      'disk.encrypted',
      [volume({ ...safe, isSystem: true }, '/'), volume({ encrypted: false, removable: null }, '/media')],
      false,
    ],
    ['no system volume', 'disk.encrypted', [volume(safe, '/home')], 'unknown: missing'],
    ['only sticks', 'disk.encrypted', [volume({ ...safe, removable: true }, '/media')], 'unknown: missing'],
    ['suspended', 'disk.encrypted', [volume({ encrypted: true, protectionOn: false, isSystem: true }, '/')], false],
    [
      'BitLocker that does not say whether it is suspended',
      'disk.encrypted',
      [volume({ provider: 'bitlocker', encrypted: true, isSystem: true }, 'C:')],
      'unknown: missing',
    ],
    ['LUKS', 'disk.encrypted', [volume({ encrypted: true, isSystem: true }, '/')], true],
    [
      'the most of two counts',
      'updates.pending-security',
      [updates({ pendingSecurity: 0 }, 'a'), updates({ pendingSecurity: 3 }, 'b')],
      3,
    ],
    [
      'the older of two lists',
      'updates.list-age',
      [
        updates({ pendingSecurity: 0, scannedAt: ago(hourMs) }, 'a'),
        updates({ pendingSecurity: 0, scannedAt: ago(dayMs) }, 'b'),
      ],
      receivedAt - dayMs,
    ],
    [
      'a list without date beside one with',
      'updates.list-age',
      [updates({ pendingSecurity: 0, scannedAt: ago(hourMs) }, 'a'), updates({ pendingSecurity: 0 }, 'b')],
      'unknown: missing',
    ],
    [
      'the newest of two installations',
      'os.patch-age',
      [updates({ lastInstalledAt: ago(dayMs) }, 'a'), updates({ lastInstalledAt: ago(9 * dayMs) }, 'b')],
      receivedAt - dayMs,
    ],
    ['no count', 'updates.pending-security', [updates({ scannedAt: ago(hourMs) })], 'unknown: missing'],
    ['a list, though without count', 'updates.list-age', [updates({ scannedAt: ago(hourMs) })], receivedAt - hourMs],
    ['administrator', 'accounts.local-admin', [check('accounts', { currentUserIsAdmin: true })], true],
    ['unknown rights', 'accounts.local-admin', [check('accounts', {})], 'unknown: missing'],
    ['read-only USB', 'usb.storage-blocked', [check('removable-storage', { policy: 'read-only' })], false],
    ['unknown USB', 'usb.storage-blocked', [check('removable-storage', { policy: null })], 'unknown: missing'],
    [
      'one client splits',
      'vpn.split-tunnel',
      [
        check('vpn-client', { product: 'a', splitTunnel: false }, { instance: 'a' }),
        check('vpn-client', { product: 'b', splitTunnel: true }, { instance: 'b' }),
      ],
      true,
    ],
    ['no known client', 'vpn.split-tunnel', [unmeasured('vpn-client', 'unsupported')], 'unknown: unsupported'],
    [
      'the card of somebody else',
      'person.card-present',
      [check('smart-card', { cardPresent: true, card: 'other-card' })],
      false,
    ],
    ['an empty reader', 'person.card-present', [check('smart-card', { cardPresent: false, card: 'none' })], false],
    [
      'a card of nobody that was proven',
      'person.card-present',
      [check('smart-card', { card: null })],
      'unknown: missing',
    ],
    ['no card software', 'person.card-present', [unmeasured('smart-card', 'unsupported')], 'unknown: unsupported'],
    ['card software that hangs', 'smartcard.present', [unmeasured('smart-card', 'timeout')], 'unknown: timeout'],
    ['an application that runs', 'apps.running', [applications({ running: ['anydesk'] })], ['anydesk']],
    ['none of them', 'apps.running', [applications({ running: [] })], []],
    [
      'a word that nobody looked for',
      'apps.installed',
      [applications({ installed: ['chess', 'anydesk'] })],
      ['anydesk'],
    ],
    ['a list that could not be had', 'apps.installed', [applications({ installed: null })], 'unknown: missing'],
    ['nothing asked', 'apps.installed', [unmeasured('applications', 'unsupported')], 'unknown: unsupported'],
    ['updates that install themselves', 'os.auto-update', [updates({ autoInstall: 'install' })], 'install'],
    [
      'one source that only tells of updates',
      'os.auto-update',
      [updates({ autoInstall: 'install' }, 'a'), updates({ autoInstall: 'notify' }, 'b')],
      'notify',
    ],
    ['updates of which nobody says', 'os.auto-update', [updates({})], 'unknown: missing'],
    ['no reader', 'smartcard.reader', [check('smart-card', { readerPresent: false })], false],
    ['a proxy one may leave', 'network.proxy-forced', [check('network', { proxyForced: false })], false],
    ['a restart is due', 'os.reboot-pending', [check('reboot', { pending: true })], true],
  ])('%s: %s', (_what, name, checks, expected) => {
    expect(seen(withChecks(...checks), name)).toEqual(expected);
  });

  it.each(checkStates.filter(state => state !== 'ok' && state !== 'partial'))(
    'of a check in state %s is unknown with that cause, even when facts are there',
    (state: CheckState) => {
      const told = check('accounts', { currentUserIsAdmin: false }, { state });
      expect(seen(withChecks(told), 'accounts.local-admin')).toBe(`unknown: ${state}`);
    },
  );

  it('of a partial check counts', () => {
    const told = check('accounts', { currentUserIsAdmin: false }, { state: 'partial' });
    expect(seen(withChecks(told), 'accounts.local-admin')).toBe(false);
  });

  it('of a type that is not in the report is missing', () => {
    expect(seen(report({ checks: [] }), 'firewall.active')).toBe('unknown: missing');
  });
});

describe('clocks', () => {
  it.each([
    ['behind', ago(7 * minuteMs), 7 * minuteMs],
    ['ahead', ago(-7 * minuteMs), 7 * minuteMs],
    ['that agree', ago(0), 0],
  ])('%s: how far is known by our own', (_, generatedAt, offsetMs) => {
    expect(seen(report({ generatedAt, clockOffsetMs: 0 }), 'agent.clock-offset')).toBe(offsetMs);
  });

  const at = (ms: number) => withChecks(check('reboot', { pending: false }, { collectedAt: ago(ms) }));

  it('a laptop clock up to five minutes ahead counts as now', () => {
    const facts = factsOf(at(-5 * minuteMs), receivedAt, calendar);
    expect(facts['os.reboot-pending']).toMatchObject({ value: false, observedAt: receivedAt });
  });

  it.each([
    ['measured in the future', at(-5 * minuteMs - 1), 'os.reboot-pending'],
    [
      'measured at no time',
      withChecks(check('reboot', { pending: false }, { collectedAt: '2026-99-99T00:00:00Z' })),
      'os.reboot-pending',
    ],
    [
      'signed in the future',
      withChecks(scanner({ realTimeProtection: true, signatureUpdatedAt: ago(-hourMs) })),
      'antimalware.signature-age',
    ],
    ['listed in the future', withChecks(updates({ pendingSecurity: 0, scannedAt: ago(-hourMs) })), 'updates.list-age'],
    ['installed in the future', withChecks(updates({ lastInstalledAt: ago(-hourMs) })), 'os.patch-age'],
    ['a report from the future', report({ generatedAt: ago(-hourMs) }), 'os.family'],
    ['a report from the future', report({ generatedAt: ago(-hourMs) }), 'os.support-left'],
    ['a date that is none', withChecks(updates({ lastInstalledAt: '2026-99-99T00:00:00Z' })), 'os.patch-age'],
  ] as const)('%s is an error', (_what, from, name) => {
    expect(seen(from, name)).toBe('unknown: error');
  });

  it('never makes a fact younger than its report', () => {
    fc.assert(
      fc.property(fc.integer({ min: -10 * dayMs, max: 10 * dayMs }), offset => {
        const facts = factsOf(at(offset), receivedAt, calendar);
        expect(facts['os.reboot-pending']?.observedAt).toBeLessThanOrEqual(receivedAt);
      }),
    );
  });
});

describe('the support of the system', () => {
  it('is unknown without a row in the calendar', () => {
    expect(seen(report({ os: { family: 'windows', version: '10.0.19044' } }), 'os.support-left')).toBe(
      'unknown: missing',
    );
    expect(seen(report({ os: { family: 'windows', version: '10.0.19044' } }), 'os.known')).toBe('unknown: missing');
    expect(factsOf(report(), receivedAt, emptyCalendar)['os.support-left']).toMatchObject({ unknown: 'missing' });
  });

  it('is a year for what is newer than the calendar, which does not know it', () => {
    const os = { family: 'windows', version: '10.0.99999' } as const;
    expect(seen(report({ os }), 'os.support-left')).toBe(receivedAt + 365 * dayMs);
    expect(seen(report({ os }), 'os.known')).toBe(false);
    expect(seen(report({ os: { ...os, version: '10.0.26100' } }), 'os.known')).toBe(true);
    // To hide the build is not to have a new one.
    expect(seen(report({ os: { ...os, version: '11' } }), 'os.support-left')).toBe('unknown: missing');
  });

  it('is found by build where the agent gives the marketing version', () => {
    const os = { family: 'windows', version: '11', build: '26100' } as const;
    expect(seen(report({ os }), 'os.support-left')).toBe(Date.parse('2027-10-12T23:59:59.999Z'));
    // A build of another system is no Windows build.
    expect(seen(report({ os: { ...os, family: 'macos' } }), 'os.support-left')).toBe('unknown: missing');
  });
});

describe('the attestation result', () => {
  it('names the device that was proven, and keeps the facts', () => {
    const result = attest({
      report: report(),
      tenant: 'town',
      device: deviceId,
      deviceName: 'LT-0042',
      receivedAt,
      reportDigest: 'cd'.repeat(32),
      supportCalendar: calendar,
    });
    expect(result).toEqual({
      tenant: 'town',
      device: deviceId,
      deviceName: 'LT-0042',
      reportId: '0192f3c0-6f0e-7b1a-9c55-2f8f6f0d9a11',
      sequence: 418,
      receivedAt,
      reportDigest: 'cd'.repeat(32),
      facts: factsOf(report(), receivedAt, calendar),
      factsDigest: factsDigest(factsOf(report(), receivedAt, calendar)),
    });
  });

  it('does not depend on the order of checks', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray([...healthyChecks], { minLength: healthyChecks.length }), checks => {
        expect(factsOf(report({ checks }), receivedAt, calendar)).toEqual(factsOf(report(), receivedAt, calendar));
      }),
      { numRuns: 30 },
    );
  });
});
