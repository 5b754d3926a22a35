// What is seen of concentrators, with a clock that is moved by hand and a store that is real.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type HeardRequest, type NasSightings, nasSightings } from '../../gateway/flows/nas-sightings.ts';
import { type EmbeddedStore, openEmbeddedStore } from '../../gateway/io/embedded-store.ts';
import type { Nas } from '../../gateway/pdp/nas.ts';
import { Unavailable } from '../../gateway/ports.ts';
import { concentrator } from '../io/live-session.ts';

const [hour, day] = [3_600_000, 86_400_000];
const nas: Nas = { ...concentrator(), formerSecret: Buffer.from('the former secret') };

let directory: string;
let store: EmbeddedStore;
let now: number;
let storeDown: boolean;
let lines: (readonly [level: string, event: string, fields: object | undefined])[];
let gauges: Map<string, number>;
let counted: string[];
beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'sluis-sightings-'));
  store = await openEmbeddedStore({ path: join(directory, 'store.db'), writer: 'gateway-1' });
  now = Date.UTC(2026, 10, 1);
  storeDown = false;
  lines = [];
  gauges = new Map();
  counted = [];
});
afterEach(async () => {
  await store.close();
  rmSync(directory, { recursive: true });
});

function watch(): NasSightings {
  const line = (level: string) => (event: string, fields?: object) => void lines.push([level, event, fields]);
  return nasSightings({
    store: {
      ...store,
      kept: async (...asked: Parameters<typeof store.kept>) => {
        if (storeDown) throw new Unavailable('made to fail');
        return store.kept(...asked);
      },
    } as EmbeddedStore,
    clock: { now: () => now },
    log: { info: line('info'), warn: line('warn'), error: line('error') },
    meter: {
      count: name => void counted.push(name),
      observe: () => undefined,
      gauge: (name, value, labels) => void gauges.set(`${name} ${labels?.['nas'] ?? ''}`, value),
    },
  });
}

const heard = (fields: Partial<HeardRequest> = {}): HeardRequest => ({
  address: '192.0.2.1',
  secret: 'new',
  unsigned: false,
  ...fields,
});

describe('two secrets', () => {
  it('says of each source when it last used which', () => {
    const seen = watch();
    const began = now;
    seen.heard(nas, heard({ secret: 'former' }));
    seen.heard(nas, heard({ secret: 'former', address: '192.0.2.2' }));
    now += hour / 2;
    seen.heard(nas, heard());
    expect(seen.all('main')).toEqual([
      {
        tenant: 'main',
        nas: 'vpn',
        lastHeardAt: now,
        sources: [
          { address: '192.0.2.1', formerSecretAt: began, secretAt: now },
          { address: '192.0.2.2', formerSecretAt: began },
        ],
      },
    ]);
    expect(seen.all('another')).toEqual([]);
  });

  it('counts the former one, and says once an hour who still has it', () => {
    const seen = watch();
    seen.heard(nas, heard({ secret: 'former' }));
    seen.heard(nas, heard({ secret: 'former', address: '192.0.2.2' }));
    now += hour;
    seen.heard(nas, heard());
    expect(lines).toEqual([['warn', 'former-secret-used', { nas: 'vpn', sources: ['192.0.2.1'] }]]);
    seen.heard(nas, heard({ secret: 'former', address: '192.0.2.2' }));
    expect(lines.at(-1)).toEqual(['warn', 'former-secret-used', { nas: 'vpn', sources: ['192.0.2.2'] }]);
    expect(counted).toEqual(Array.from({ length: 3 }, () => 'sluis_nas_former_secret_total'));
  });

  it('remembers the 64 sources heard last', () => {
    const seen = watch();
    for (let host = 1; host <= 70; host++) seen.heard(nas, heard({ address: `192.0.2.${host}` }));
    seen.heard(nas, heard({ address: '192.0.2.7' }));
    const sources = seen.all('main')[0]?.sources ?? [];
    expect(sources).toHaveLength(64);
    expect([sources[0]?.address, sources.at(-1)?.address]).toEqual(['192.0.2.7', '192.0.2.8']);
  });
});

describe('requests that nobody signed', () => {
  const days = () => gauges.get('sluis_nas_unsigned_days vpn');
  /** A request each day for so many days. */
  async function unsignedFor(seen: NasSightings, count: number): Promise<void> {
    for (let each = 0; each < count; each++) {
      seen.heard(nas, heard({ unsigned: true }));
      await seen.write();
      now += day;
    }
  }

  it('get older across restarts, and louder', async () => {
    const began = now;
    await unsignedFor(watch(), 20);
    expect(days()).toBe(19);
    expect(lines).toHaveLength(20);
    expect(lines.at(-1)).toEqual(['warn', 'unsigned-requests', { nas: 'vpn', since: '2026-11-01', days: 19 }]);
    const again = watch();
    await unsignedFor(again, 11);
    expect(days()).toBe(30);
    expect(lines.at(-1)).toEqual(['error', 'unsigned-requests', { nas: 'vpn', since: '2026-11-01', days: 30 }]);
    expect(again.all('main')[0]?.unsigned).toEqual({ since: began, lastAt: now - day });
  });

  it('are told once a day, and written once', async () => {
    const seen = watch();
    for (let each = 0; each < 50; each++) {
      seen.heard(nas, heard({ unsigned: true }));
      await seen.write();
      now += 60_000;
    }
    expect(lines).toHaveLength(1);
    expect((await store.kept('main', 'nas-unsigned', 'vpn'))?.version).toBe(1);
  });

  it('are over after a week without one, and begin anew', async () => {
    const seen = watch();
    await unsignedFor(seen, 2);
    now += 7 * day;
    await seen.write();
    expect(days()).toBe(0);
    expect(seen.all('main')[0]).not.toHaveProperty('unsigned');
    await unsignedFor(seen, 1);
    expect(days()).toBe(0);
    expect((await store.kept('main', 'nas-unsigned', 'vpn'))?.value.since).toBe(now - day);
  });

  it('count from what is known while the store is down', async () => {
    await unsignedFor(watch(), 3);
    const seen = watch();
    storeDown = true;
    await unsignedFor(seen, 1);
    expect(days()).toBe(0);
    storeDown = false;
    await seen.write();
    expect(days()).toBe(4);
    expect(lines.filter(([level]) => level === 'error')).toEqual([]);
  });
});

describe('the clock of a concentrator', () => {
  const skew = () => gauges.get('sluis_nas_clock_skew_seconds vpn');
  it('is the fastest of the last eight: what is late only looks slow', () => {
    const seen = watch();
    for (const each of [-1_200, -90_000, -400, -700_000]) seen.clock(nas, each);
    expect(skew()).toBeCloseTo(0);
    expect(lines).toEqual([]);
    for (let each = 0; each < 8; each++) seen.clock(nas, -700_000);
    expect(skew()).toBe(-700);
    expect(seen.all('main')[0]?.clockSkewS).toBe(-700);
  });
  it('is warned of above five minutes, once an hour', () => {
    const seen = watch();
    seen.clock(nas, 300_000);
    expect(lines).toEqual([]);
    for (let each = 0; each < 4; each++) {
      seen.clock(nas, 400_000);
      now += hour / 2;
    }
    expect(lines).toEqual(Array.from({ length: 2 }, () => ['warn', 'nas-clock-off', { nas: 'vpn', seconds: 400 }]));
  });
});
