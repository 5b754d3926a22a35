// The operator API over real HTTP and a real store: who may read what, and what every answer looks like.

import { mkdtemp, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { Value } from 'typebox/value';
import { isLoopback } from '../../gateway/io/operator-api-token.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Refusal, refusalSchema } from '../../gateway/contract/verdict.ts';
import { deviceCode } from '../../gateway/audit/case-code.ts';
import type { DeviceEnrolment, Kept } from '../../gateway/kept.ts';
import { type EmbeddedStore, openEmbeddedStore } from '../../gateway/io/embedded-store.ts';
import { openLog } from '../../gateway/io/log.ts';
import { openMeter } from '../../gateway/io/meter.ts';
import { listenOperatorApi, type OperatorApi } from '../../gateway/io/operator-api.ts';
import { attestation, decision, deviceHash, draft, now, session } from '../contracts/admission-store-samples.ts';

const [townToken, villageToken] = ['town-token-0123456789', 'village-token-0123456789'];
const guardToken = 'guard-token-0123456789';
const logged: string[] = [];
const meter = openMeter();
let directory: string;
let store: EmbeddedStore;
let api: OperatorApi;
let reasons: readonly string[] = [];

const denied = draft('D-denied', {
  outcome: 'deny',
  reasons: ['requirement-failed'],
  failures: [{ check: 'disk-encrypted', result: 'fail' }],
  device: deviceHash,
  at: now + 1,
  caseCode: 'KLMNPR',
  detail: 'seen once',
  decision: decision({ outcome: 'deny', reasons: ['requirement-failed'], smallestChange: ['disk-encrypted'] }),
});
const whole = session('S-1', {
  state: 'stopped',
  acctSessionId: 'a1',
  framedAddress: '10.9.0.4',
  device: deviceHash,
  deviceName: 'LT-0042',
  person: 'p-7f3a',
  startedAt: now,
  lastSeenAt: now + 5,
  stoppedAt: now + 6,
  terminateCause: 'User-Request',
  inputOctets: 2 ** 40,
});

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sluis-read-'));
  store = await openEmbeddedStore({ path: join(directory, 'sluis.db'), writer: 'gateway-1' });
  const commit = { tenant: 'town', at: now };
  await store.commit({ ...commit, session: { session: whole, expectedVersion: 0 }, attestation: attestation(1) });
  const running = session('S-2', { decidedAt: now + 9, state: 'started' });
  await store.commit({ ...commit, session: { session: running, expectedVersion: 0 }, decision: draft('D-granted') });
  await store.commit({ ...commit, decision: denied });
  await store.commit({
    ...commit,
    decision: draft('D-again', { outcome: 'try-again', caseCode: 'TVWXBC', at: now + 2 }),
  });
  const foreign = { session: session('S-1', { tenant: 'village', userName: 'bo' }), expectedVersion: 0 };
  await store.commit({
    tenant: 'village',
    at: now,
    session: foreign,
    decision: draft('D-v', { tenant: 'village', outcome: 'deny' }),
  });
  api = await listen();
});

afterAll(async () => {
  await api.close();
  await store.close();
  await rm(directory, { recursive: true });
});

const sightings = ['town', 'village'].map(tenant => ({
  tenant,
  nas: 'vpn-1',
  lastHeardAt: now,
  sources: [{ address: '192.0.2.1', secretAt: now, formerSecretAt: now - 1 }],
  unsigned: { since: now - 2, lastAt: now },
  clockSkewS: -3,
}));
const strangers = [
  {
    address: '192.0.2.9',
    ways: ['authentication' as const],
    count: 2,
    firstAt: now,
    lastAt: now,
    isRadius: true,
    claims: { nasIdentifier: 'x' },
    proposedName: 'x',
  },
];

function listen(meterText = () => meter.text()): Promise<OperatorApi> {
  return listenOperatorApi({
    address: '127.0.0.1',
    port: 0,
    tokens: [
      { token: townToken, tenant: 'town', name: 'an', rights: ['read'] },
      { token: villageToken, tenant: 'village', name: 'bo', rights: ['read', 'reveal'] },
      { token: guardToken, tenant: 'town', name: 'guard', rights: ['session'] },
    ],
    store,
    acts: {},
    concentrators: { seen: tenant => sightings.filter(each => each.tenant === tenant), strangers: () => strangers },
    meterText,
    health: () => ({ ready: reasons.length === 0, reasons }),
    log: openLog({ gateway: 'gateway-1', stream: { write: line => logged.push(line) } }),
  });
}

async function get(path: string, headers: Record<string, string> = { authorization: `Bearer ${townToken}` }) {
  const response = await fetch(`http://127.0.0.1:${api.port}${path}`, { headers });
  const text = await response.text();
  const type = response.headers.get('content-type') ?? '';
  const body: unknown = type.startsWith('application/json') ? JSON.parse(text) : text;
  return { status: response.status, headers: response.headers, body, text };
}

const idsOf = (body: unknown, list: string) =>
  (Reflect.get(body as object, list) as { id: string }[]).map(({ id }) => id);

function expectRefusal(
  { status, body }: { readonly status: number; readonly body: unknown },
  expected: number,
  word: string,
) {
  expect(status).toBe(expected);
  expect(Value.Check(refusalSchema, body), JSON.stringify(body)).toBe(true);
  const { refused, traceId } = body as Refusal;
  expect(refused).toBe(word);
  expect(traceId).toMatch(/^[0-9a-f-]{36}$/);
}

describe('concentrators', () => {
  it('what was seen of those of the tenant, all of it', async () => {
    expect((await get('/v1/nas')).body).toEqual({ nas: [sightings[0]] });
  });
  it('strangers, who are of no tenant', async () => {
    expect((await get('/v1/nas-strangers')).body).toEqual({ strangers });
  });
  it.each(['/v1/nas', '/v1/nas-strangers'])('%s is for operators who may read', async path => {
    expectRefusal(await get(path, { authorization: `Bearer ${guardToken}` }), 403, 'right-missing');
    expectRefusal(await get(path, {}), 401, 'token-wrong');
  });
});

describe('the machines that nobody listed', () => {
  const enrolment = (device: string, fields: Partial<DeviceEnrolment> = {}): Kept<'device-enrolment'> => ({
    kind: 'device-enrolment',
    key: device,
    version: 1,
    value: {
      ...{ device, name: 'PC of An', origin: 'self-enrolled', state: 'waiting', os: 'windows 10', spki: 'AAAA' },
      ...{ certificateNotAfter: now + 9, firstSeenAt: now, lastSeenAt: now },
      ...fields,
    },
  });
  const [first, second] = ['a1'.repeat(32), 'b2'.repeat(32)];
  const listed = async (query: string) => {
    const { status, body } = await get(`/v1/device-enrolments?${query}`);
    expect(status).toBe(200);
    return (body as { enrolments: { device: string }[] }).enrolments.map(({ device }) => device);
  };
  beforeAll(async () => {
    const active = enrolment(second, { state: 'active', class: 'private-pc', decidedBy: 'an', decidedAt: now });
    await store.commit({ tenant: 'town', at: now, keep: [enrolment(first), active] });
    await store.commit({ tenant: 'village', at: now, keep: [enrolment('c3'.repeat(32))] });
  });

  it('are listed with what a person needs to decide, and no key material', async () => {
    const { body } = await get('/v1/device-enrolments?state=waiting');
    const { spki, ...shown } = enrolment(first).value;
    expect(spki).toBeDefined();
    expect(body).toEqual({ enrolments: [{ ...shown, code: deviceCode(first) }] });
  });

  it('are found by state, name, key and code, whole, and only in their own tenant', async () => {
    expect(await listed('')).toEqual([second, first]);
    expect(await listed('state=active')).toEqual([second]);
    expect(await listed(`find=${deviceCode(first)}`)).toEqual([first]);
    expect(await listed(`find=${second}`)).toEqual([second]);
    expect(await listed('find=PC%20of%20An&limit=1')).toEqual([second]);
    expect(await listed('find=PC')).toEqual([]);
    expect(await listed(`find=${'c3'.repeat(32)}`)).toEqual([]);
  });

  it('are not for an operator who may not read', async () => {
    const headers = { authorization: `Bearer ${guardToken}` };
    expectRefusal(await get('/v1/device-enrolments', headers), 403, 'right-missing');
  });
});

describe('health', () => {
  it('is told to anybody: alive always, ready with reasons', async () => {
    expect(await get('/livez', {})).toMatchObject({ status: 200, body: { live: true } });
    expect(await get('/readyz', {})).toMatchObject({ status: 200, body: { ready: true, reasons: [] } });
    reasons = ['store-unavailable'];
    expect(await get('/readyz', {})).toMatchObject({
      status: 503,
      body: { ready: false, reasons: ['store-unavailable'] },
    });
    expect((await get('/livez', {})).status).toBe(200);
    reasons = [];
  });
});

describe('metrics', () => {
  it('need no token from the same machine', async () => {
    meter.count('sluis_shed_total', { what: 'access-request' });
    const { status, headers, text } = await get('/metrics', {});
    expect(status).toBe(200);
    expect(headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
    expect(text).toContain('sluis_shed_total{what="access-request"} 1');
  });

  it('need one from behind a proxy on the same machine', async () => {
    for (const header of ['x-forwarded-for', 'forwarded']) {
      expectRefusal(await get('/metrics', { [header]: 'for=192.0.2.1' }), 401, 'token-wrong');
      const headers = { [header]: 'for=192.0.2.1', authorization: `Bearer ${villageToken}` };
      expect((await get('/metrics', headers)).status).toBe(200);
    }
  });

  it.each([
    ['127.0.0.1', true],
    ['127.255.0.9', true],
    ['::1', true],
    ['::ffff:127.0.0.1', true],
    ['128.0.0.1', false],
    ['192.0.2.1', false],
    ['::2', false],
    ['::ffff:192.0.2.1', false],
    ['2001:db8::1', false],
    ['localhost', false],
    ['', false],
  ])('take %j for this machine: %s', (address, local) => {
    expect(isLoopback(address)).toBe(local);
  });

  it('that fail are a fault in the log, not in the answer', async () => {
    const broken = await listen(() => Promise.reject(new Error('registry on fire')));
    const response = await fetch(`http://127.0.0.1:${broken.port}/metrics`);
    const body: unknown = await response.json();
    expectRefusal({ status: response.status, body }, 500, 'try-again');
    expect(JSON.stringify(body)).not.toContain('fire');
    expect(logged.at(-1)).toContain('registry on fire');
    await broken.close();
  });
});

describe('a token', () => {
  const paths = ['/v1/sessions', '/v1/sessions/S-1', '/v1/denials', '/v1/denials/KLMNPR', '/v1/decisions/D-granted'];
  it.each(paths)('is needed for %s', async path => {
    const wrong = [
      {},
      { authorization: '' },
      { authorization: 'Bearer' },
      { authorization: `Basic ${townToken}` },
      { authorization: `Bearer ${townToken}x` },
      { authorization: `Bearer ${townToken.slice(0, -1)}` },
      { authorization: `Bearer ${townToken} ${villageToken}` },
    ];
    for (const headers of wrong) {
      const answer = await get(path, headers);
      expectRefusal(answer, 401, 'token-wrong');
      expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer/);
    }
    expect((await get(path)).status).toBe(200);
  });

  it('is looked at before the question', async () => {
    expectRefusal(await get('/v1/sessions?state=nonsense', {}), 401, 'token-wrong');
  });

  it('opens its own tenant and no other', async () => {
    const village = { authorization: `bearer ${villageToken}` };
    expect((await get('/v1/sessions/S-1', village)).body).toMatchObject({ tenant: 'village', userName: 'bo' });
    expect((await get('/v1/sessions/S-1')).body).toMatchObject({ tenant: 'town', userName: 'an' });
    expect(idsOf((await get('/v1/denials', village)).body, 'denials')).toEqual(['D-v']);
    expectRefusal(await get('/v1/decisions/D-denied', village), 404, 'record-unknown');
    expectRefusal(await get('/v1/sessions/S-2', village), 404, 'session-unknown');
  });

  it('without the right to read sees nothing', async () => {
    const guard = { authorization: `Bearer ${guardToken}` };
    for (const path of paths) expectRefusal(await get(path, guard), 403, 'right-missing');
    expectRefusal(await get('/v1/acts/session-disconnect', guard), 404, 'address-unknown');
  });

  it('that is short is refused at the start', async () => {
    const options = {
      address: '127.0.0.1',
      port: 0,
      store,
      acts: {},
      meterText: () => meter.text(),
      log: openLog({ gateway: 'g', level: 'silent' }),
    };
    const health = () => ({ ready: true, reasons: [] });
    const started = listenOperatorApi({
      ...options,
      health,
      tokens: [{ token: 'short', tenant: 'town', name: 'an', rights: [] }],
    });
    await expect(started).rejects.toThrow('at least 16');
  });
});

describe('sessions', () => {
  it('are listed newest first, by state and device, up to a limit', async () => {
    const ids = async (query: string) => idsOf((await get(`/v1/sessions${query}`)).body, 'sessions');
    expect(await ids('')).toEqual(['S-2', 'S-1']);
    expect(await ids('?limit=1')).toEqual(['S-2']);
    expect(await ids('?state=stopped')).toEqual(['S-1']);
    expect(await ids(`?device=${deviceHash}`)).toEqual(['S-1']);
    expect(await ids(`?device=${deviceHash}&state=started`)).toEqual([]);
  });

  it('are told whole', async () => {
    const { status, body, headers } = await get('/v1/sessions/S-1');
    expect({ status, body }).toEqual({ status: 200, body: whole });
    expect(headers.get('cache-control')).toBe('no-store');
  });

  it.each(['?state=asleep', '?limit=0', '?limit=501', '?limit=many', '?limt=5', '?state=started&state=stopped'])(
    'are not asked for with %s',
    async query => expectRefusal(await get(`/v1/sessions${query}`), 400, 'request-malformed'),
  );
});

describe('denials', () => {
  it('are the refused decisions, with the device by name and without the long explanation', async () => {
    const { body } = await get('/v1/denials');
    const line = Object.fromEntries(Object.entries(denied).filter(([field]) => field !== 'decision'));
    expect(body).toMatchObject({ denials: [{ ...line, deviceName: 'LT-0042', sequence: 2 }] });
    expect((body as { denials: object[] }).denials[0]).not.toHaveProperty('decision');
  });

  it('are opened by id and by case code, whole', async () => {
    for (const name of ['D-denied', 'KLMNPR', 'klm-npr']) {
      const { status, body } = await get(`/v1/denials/${name}`);
      const stored = await store.decision('town', 'D-denied');
      expect({ status, body }).toEqual({ status: 200, body: { ...stored, deviceName: 'LT-0042' } });
    }
  });

  it('are neither grants nor try-agains; decisions are', async () => {
    for (const [id, outcome] of [
      ['D-granted', 'grant'],
      ['D-again', 'try-again'],
    ] as const) {
      expectRefusal(await get(`/v1/denials/${id}`), 404, 'record-unknown');
      expect(await get(`/v1/decisions/${id}`)).toMatchObject({ status: 200, body: { id, outcome } });
    }
  });
});

describe('what is not there', () => {
  it.each(['/', '/v1', '/v1/nothing'])('%s is no address', async path =>
    expectRefusal(await get(path), 404, 'address-unknown'),
  );

  it.each(['/v1/sessions/S-9', '/v1/sessions/..%2f..%2fetc'])('%s is no session', async path =>
    expectRefusal(await get(path), 404, 'session-unknown'),
  );

  it.each(['/v1/denials/XXXXXX', '/v1/decisions/D-9'])('%s is no record', async path =>
    expectRefusal(await get(path), 404, 'record-unknown'),
  );

  it('and what may not be changed', async () => {
    const url = `http://127.0.0.1:${api.port}/v1/sessions/S-1`;
    const response = await fetch(url, { method: 'DELETE', headers: { authorization: `Bearer ${townToken}` } });
    expectRefusal({ status: response.status, body: await response.json() }, 404, 'address-unknown');
  });

  it.each(['/v1/sessions/%zz', `/v1/sessions/${'x'.repeat(200)}`])('nor what cannot be: %s', async path => {
    // `fetch` would repair such an address.
    const answer = await new Promise<{ status: number; body: unknown }>((resolve, reject) => {
      const headers = { authorization: `Bearer ${townToken}` };
      const sent = request({ host: '127.0.0.1', port: api.port, path, headers }, response => {
        json(response).then(body => resolve({ status: response.statusCode ?? 0, body }), reject);
      });
      sent.on('error', reject).end();
    });
    expectRefusal(answer, 404, 'address-unknown');
  });
});

describe('every answer', () => {
  it('carries the protective headers', async () => {
    for (const path of ['/livez', '/metrics', '/v1/sessions', '/v1/nothing']) {
      const { headers } = await get(path);
      expect(headers.get('content-security-policy'), path).toContain("default-src 'none'");
      expect(headers.get('x-content-type-options'), path).toBe('nosniff');
    }
  });

  it('is described in the OpenAPI document', async () => {
    const document = api.openapi() as {
      paths: Record<string, Record<string, { security?: object }>>;
      components: { schemas: object };
    };
    expect(Object.keys(document.paths).sort()).toEqual([
      '/livez',
      '/metrics',
      '/readyz',
      '/v1/decisions/{idOrCaseCode}',
      '/v1/denials',
      '/v1/denials/{idOrCaseCode}',
      '/v1/device-enrolments',
      '/v1/nas',
      '/v1/nas-strangers',
      '/v1/sessions',
      '/v1/sessions/{id}',
    ]);
    for (const [path, { get: operation }] of Object.entries(document.paths)) {
      expect(operation?.security !== undefined, path).toBe(path.startsWith('/v1'));
    }
    expect(Object.keys(document.components.schemas).sort()).toEqual([
      'Decision',
      'DecisionLine',
      'DeviceEnrolment',
      'NasSighting',
      'Observation',
      'ObservedNas',
      'Refusal',
      'ReplayReport',
      'Rollout',
      'RulesState',
      'Session',
      'Stranger',
      'TraceEvent',
    ]);
    expect(JSON.stringify(document)).not.toContain('"$id"');
  });
});

// Last: it takes the store away for good.
describe('a store that is down', () => {
  it('is 503 with a refusal, and leaves health and metrics alone', async () => {
    await store.close();
    for (const path of ['/v1/sessions', '/v1/sessions/S-1', '/v1/denials', '/v1/denials/KLMNPR']) {
      expectRefusal(await get(path), 503, 'store-unavailable');
    }
    expect((await get('/livez')).status).toBe(200);
    expect((await get('/metrics')).status).toBe(200);
  });
});
