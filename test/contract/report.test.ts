// The form of a posture report: a whole one is accepted, and each variation that could hide something is refused.

import { describe, expect, it } from 'vitest';
import { Compile } from 'typebox/compile';
import { checkFactsSchemas, checkTypes } from '../../gateway/contract/check-facts.ts';
import { type Report, reportLimits, reportSchema } from '../../gateway/contract/report.ts';

const accepts = Compile(reportSchema);

const report: Report = {
  schema: 'posture-report/1',
  reportId: '01933f2a-5c1e-7d40-9a37-6b0f2d1c8e55',
  sequence: 27,
  reason: 'preconnect',
  generatedAt: '2026-11-24T08:14:05.212Z',
  nonce: 'Zr4yPq0sT1uV2wX3yZ4aB5',
  policyVersion: 'a3f5c0d1',
  clockOffsetMs: -140,
  agent: {
    name: 'sluis-agent',
    version: '0.1.0',
    channel: 'stable',
    platform: 'linux',
    arch: 'x64',
    elevated: true,
    startedAt: '2026-11-24T07:58:00Z',
  },
  device: {
    deviceId: 'ab'.repeat(32),
    hostname: 'lt-0421',
    serialNumber: 'PF3X9K2T',
    manufacturer: 'LENOVO',
    model: 'ThinkPad T14',
    chassis: 'laptop',
  },
  os: {
    family: 'debian',
    name: 'Debian GNU/Linux 12 (bookworm)',
    version: '12.8',
    build: null,
    kernel: '6.1.0-28-amd64',
    lastBootAt: '2026-11-23T06:40:11Z',
  },
  checks: [
    {
      type: 'disk-encryption',
      instance: '/',
      state: 'ok',
      collectedAt: '2026-11-24T08:14:03Z',
      durationMs: 41,
      cached: false,
      source: { kind: 'command', name: 'lsblk', version: '2.38.1' },
      privilege: 'service',
      facts: { mount: '/', isSystem: true, provider: 'luks', encrypted: true, protectionOn: true },
      evidence: [{ key: 'fstype', value: 'crypto_LUKS' }],
    },
    {
      type: 'os-updates',
      state: 'partial',
      collectedAt: '2026-11-24T08:14:04Z',
      source: { kind: 'command', name: 'apt-get' },
      facts: { scanSource: 'apt', scannedAt: '2026-11-24T05:10:00Z', pendingTotal: 4, pendingSecurity: 1 },
    },
    {
      type: 'antimalware',
      state: 'denied',
      collectedAt: '2026-11-24T08:14:04Z',
      facts: {},
      error: { code: 'permission', message: null },
    },
    { type: 'site.badge-reader', state: 'ok', collectedAt: '2026-11-24T08:14:04Z', facts: { present: true } },
  ],
  remediation: [
    {
      actionId: 'antimalware.update-signatures',
      runId: '01933f2b-0000-7000-8000-000000000001',
      state: 'succeeded',
      progressPct: 100,
      finishedAt: '2026-11-24T08:13:50Z',
      exitCode: 0,
    },
  ],
};

/** A copy with the value at the path replaced, or taken away when no value is given. */
function withChange(path: string, ...values: readonly unknown[]): unknown {
  const copy = structuredClone(report) as unknown;
  const keys = path.split('.');
  const last = keys.pop() ?? '';
  let at = copy as Record<string, unknown>;
  for (const key of keys) at = at[key] as Record<string, unknown>;
  if (values.length === 0) Reflect.deleteProperty(at, last);
  else at[last] = values[0];
  return copy;
}

describe('a report', () => {
  it('is accepted whole', () => {
    expect([...accepts.Errors(report)]).toEqual([]);
    expect(accepts.Check(report)).toBe(true);
  });

  it('may leave out, or give as null, what an operating system does not know', () => {
    for (const path of ['policyVersion', 'clockOffsetMs', 'agent.startedAt', 'device.serialNumber', 'os.kernel']) {
      expect(accepts.Check(withChange(path))).toBe(true);
      expect(accepts.Check(withChange(path, null))).toBe(true);
    }
    for (const path of ['remediation', 'checks.0.source', 'checks.0.evidence', 'checks.0.cached']) {
      expect(accepts.Check(withChange(path)), path).toBe(true);
    }
    expect(accepts.Check(withChange('checks', []))).toBe(true);
  });

  const required = [
    'schema',
    'reportId',
    'sequence',
    'reason',
    'generatedAt',
    'nonce',
    'agent',
    'agent.name',
    'agent.platform',
    'agent.elevated',
    'device',
    'device.deviceId',
    'device.hostname',
    'os',
    'os.family',
    'os.version',
    'checks',
    'checks.0.type',
    'checks.0.state',
    'checks.0.collectedAt',
    'checks.0.facts',
    'remediation.0.actionId',
    'remediation.0.state',
  ];
  for (const path of required) {
    it(`is refused without ${path}, and with null in its place`, () => {
      expect(accepts.Check(withChange(path))).toBe(false);
      expect(accepts.Check(withChange(path, null))).toBe(false);
    });
  }

  const wrong: readonly (readonly [path: string, value: unknown])[] = [
    ['schema', 'posture-report/2'],
    ['reportId', '01933F2A-5C1E-7D40-9A37-6B0F2D1C8E55'],
    ['reportId', 'none'],
    ['sequence', -1],
    ['sequence', 1.5],
    ['sequence', '27'],
    ['reason', 'because'],
    ['generatedAt', '2026-11-24T08:14:05+01:00'],
    ['generatedAt', '2026-11-24'],
    ['generatedAt', 1_795_521_600_000],
    ['nonce', 'short'],
    ['nonce', 'Zr4yPq0sT1uV2wX3yZ4aB5=='],
    ['nonce', 'x'.repeat(89)],
    ['clockOffsetMs', 0.5],
    ['agent.platform', 'freebsd'],
    ['agent.elevated', 'yes'],
    ['device.deviceId', 'AB'.repeat(32)],
    ['device.deviceId', 'ab'.repeat(31)],
    ['device.hostname', 'x'.repeat(256)],
    ['os.family', 'linux'],
    ['checks', {}],
    ['checks', Array.from({ length: reportLimits.checks + 1 }, () => report.checks[0])],
    ['checks.0.type', 'Disk-Encryption'],
    ['checks.0.type', 'a'],
    ['checks.0.state', 'good'],
    ['checks.0.facts', []],
    ['checks.0.facts', null],
    ['checks.0.facts', { ['k'.repeat(65)]: 1 }],
    ['checks.0.facts', { '': 1 }],
    ['checks.0.durationMs', -1],
    ['checks.0.source.kind', 'guess'],
    ['checks.0.evidence', Array.from({ length: 17 }, () => ({ key: 'a', value: 1 }))],
    ['checks.0.evidence.0.value', { nested: true }],
    ['checks.0.evidence.0.value', 'x'.repeat(513)],
    ['remediation.0.progressPct', 101],
    ['remediation.0.runId', 'x'],
    ['remediation.0.state', 'done'],
  ];
  for (const [path, value] of wrong) {
    it(`is refused with ${path} = ${JSON.stringify(value).slice(0, 40)}`, () => {
      expect(accepts.Check(withChange(path, value))).toBe(false);
    });
  }

  for (const path of [
    'extra',
    'agent.extra',
    'device.extra',
    'os.extra',
    'checks.0.extra',
    'checks.0.source.extra',
    'remediation.0.extra',
  ]) {
    it(`is refused with an unknown ${path}`, () => {
      expect(accepts.Check(withChange(path, 1))).toBe(false);
    });
  }

  it('may carry more in extensions only', () => {
    expect(accepts.Check(withChange('extensions', { vendor: { colour: 'blue' } }))).toBe(true);
    expect(accepts.Check(withChange('extensions', 'blue'))).toBe(false);
  });

  for (const [title, value] of Object.entries({
    nothing: undefined,
    null: null,
    list: [],
    text: 'report',
    number: 1,
    empty: {},
  })) {
    it(`is not one when it is ${title}`, () => {
      expect(accepts.Check(value)).toBe(false);
    });
  }
});

describe('the facts of a check', () => {
  it('are closed: no type takes a field it does not know', () => {
    for (const type of checkTypes) expect(checkFactsSchemas[type], type).toHaveProperty('additionalProperties', false);
  });

  const facts = Compile(checkFactsSchemas['disk-encryption']);
  const encrypted = { mount: '/', isSystem: true, removable: false, provider: 'luks', encrypted: true };

  it('know unknown from false', () => {
    expect(facts.Check(encrypted)).toBe(true);
    expect(facts.Check({ ...encrypted, encrypted: null })).toBe(true);
    expect(facts.Check({ ...encrypted, encrypted: false })).toBe(true);
  });

  it('take no other words or kinds', () => {
    for (const change of [
      { provider: 'truecrypt' },
      { encrypted: 'yes' },
      { encrypted: 1 },
      { mount: null },
      { colour: 1 },
    ]) {
      expect(facts.Check({ ...encrypted, ...change })).toBe(false);
    }
  });

  it('of a type outside the list need a dot in its name', () => {
    expect(checkTypes.filter(type => type.includes('.'))).toEqual([]);
  });
});
