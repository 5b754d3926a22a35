// A healthy Windows laptop's report, for tests that change one thing about it.

import type { CheckFacts, CheckType } from '../../gateway/contract/check-facts.ts';
import type { Report, ReportCheck } from '../../gateway/contract/report.ts';

export const receivedAt = Date.parse('2026-11-22T08:14:10Z');
export const deviceId = 'ab'.repeat(32);

/** A timestamp so long before the report arrived; negative for one in the future. */
export function ago(ms: number): string {
  return new Date(receivedAt - ms).toISOString();
}

export const minuteMs = 60_000;
export const hourMs = 60 * minuteMs;
export const dayMs = 24 * hourMs;

export function check<T extends CheckType>(
  type: T,
  facts: CheckFacts<T>,
  more: Partial<Omit<ReportCheck, 'type' | 'facts'>> = {},
): ReportCheck {
  return {
    type,
    instance: null,
    state: 'ok',
    collectedAt: ago(minuteMs),
    source: { kind: 'command', name: `${type} source` },
    facts,
    ...more,
  };
}

/** A check that could not be measured. */
export function unmeasured(type: CheckType, state: ReportCheck['state'], instance: string | null = null): ReportCheck {
  return { type, instance, state, collectedAt: ago(minuteMs), facts: {} };
}

export const healthyChecks: readonly ReportCheck[] = [
  check('antimalware', {
    product: 'Defender',
    installed: true,
    enabled: true,
    realTimeProtection: true,
    engineVersion: '1.1.25090.1',
    signatureUpdatedAt: ago(5 * hourMs),
  }),
  ...(['domain', 'private', 'public'] as const).map(profile =>
    check('firewall', { provider: 'windows', profile, enabled: true, effective: true }, { instance: profile }),
  ),
  check('os-updates', {
    scanSource: 'wua',
    scannedAt: ago(2 * hourMs),
    pendingSecurity: 0,
    lastInstalledAt: ago(6 * dayMs),
    autoInstall: 'install',
  }),
  check('reboot', { pending: false }),
  check(
    'disk-encryption',
    { mount: 'C:', isSystem: true, removable: false, provider: 'bitlocker', encrypted: true, protectionOn: true },
    { instance: 'C:' },
  ),
  check('accounts', { currentUserIsAdmin: false }),
  check('removable-storage', { policy: 'blocked' }),
  check('vpn-client', { product: 'IKEv2', splitTunnel: false }),
  check('network', { proxy: 'proxy.example:8080', proxyForced: true }),
  check('smart-card', { readerPresent: true, cardPresent: true, card: 'proven-card' }),
  check('applications', { lookedFor: ['anydesk', 'defender'], installed: ['defender'], running: [] }),
];

export function report(more: Partial<Report> = {}): Report {
  return {
    schema: 'posture-report/1',
    reportId: '0192f3c0-6f0e-7b1a-9c55-2f8f6f0d9a11',
    sequence: 418,
    reason: 'preconnect',
    generatedAt: ago(1000),
    nonce: 'q7Jt0o3Hn1V2m8Yb4aKfXw',
    agent: { name: 'posture-client', version: '1.4.0', platform: 'windows', arch: 'x64', elevated: true },
    device: { deviceId, hostname: 'LT-0042' },
    os: { family: 'windows', version: '10.0.26100', build: '26100', edition: 'Enterprise' },
    checks: [...healthyChecks],
    ...more,
  };
}

/** The healthy report with all checks of some types replaced. */
export function withChecks(...checks: readonly ReportCheck[]): Report {
  const types = new Set(checks.map(each => each.type));
  return report({ checks: [...healthyChecks.filter(each => !types.has(each.type)), ...checks] });
}

export function bytes(value: unknown): Uint8Array {
  return Buffer.from(typeof value === 'string' ? value : JSON.stringify(value), 'utf8');
}
