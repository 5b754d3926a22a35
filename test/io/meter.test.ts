// Metrics: they count, they refuse what is not in the table, and the reference page tells the same as the table.

import { readdir, readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { meteredStore, openMeter } from '../../gateway/io/meter.ts';
import { type MetricRow, metricRows } from '../../gateway/io/meter-table.ts';
import { type AdmissionStore, Unavailable } from '../../gateway/ports.ts';

const rows: readonly MetricRow[] = metricRows;

describe('the meter', () => {
  it('counts, sets and observes, and tells it in the Prometheus format', async () => {
    const meter = openMeter();
    const denied = { outcome: 'deny', policy: 'office', tenant: 'town' };
    meter.count('sluis_decisions_total', denied);
    meter.count('sluis_decisions_total', denied);
    meter.count('sluis_decisions_total', { ...denied, outcome: 'grant' });
    meter.gauge('sluis_eap_conversations', 7);
    meter.gauge('sluis_eap_conversations', 3);
    meter.observe('sluis_radius_seconds', 0.004, { code: 'access-accept' });
    const text = await meter.text();
    expect(text).toContain('sluis_decisions_total{outcome="deny",policy="office",tenant="town"} 2');
    expect(text).toContain('sluis_decisions_total{outcome="grant",policy="office",tenant="town"} 1');
    expect(text).toContain('\nsluis_eap_conversations 3\n');
    expect(text).toContain('sluis_radius_seconds_bucket{le="0.0025",code="access-accept"} 0');
    expect(text).toContain('sluis_radius_seconds_bucket{le="0.005",code="access-accept"} 1');
    expect(text).toContain('sluis_radius_seconds_count{code="access-accept"} 1');
  });

  it('knows every metric of its table from the first scrape', async () => {
    const text = await openMeter().text();
    for (const { name, kind, help } of rows) {
      expect(text).toContain(`# HELP ${name} ${help}\n# TYPE ${name} ${kind}\n`);
    }
  });

  it('keeps gateways in one process apart', async () => {
    const [one, two] = [openMeter(), openMeter()];
    one.count('sluis_shed_total', { what: 'access-request' });
    expect(await one.text()).toContain('sluis_shed_total{what="access-request"} 1');
    expect(await two.text()).not.toContain('sluis_shed_total{');
  });

  it.each([
    ['an unknown name', 'count', 'sluis_wishes_total', {}],
    ['a wrong kind', 'count', 'sluis_eap_conversations', {}],
    ['a missing label', 'count', 'sluis_decisions_total', { outcome: 'deny', policy: 'office' }],
    ['a label too many', 'count', 'sluis_shed_total', { what: 'x', nas: 'y' }],
    ['a wrong label', 'count', 'sluis_shed_total', { nas: 'y' }],
  ] as const)('takes %s for a mistake of the caller', async (_, method, name, labels) => {
    expect(() => openMeter()[method](name, labels)).toThrow(name);
    const mistakes: string[] = [];
    const lenient = openMeter({ onMisuse: message => mistakes.push(message) });
    lenient[method](name, labels);
    expect(mistakes).toHaveLength(1);
    expect(await lenient.text()).toBe(await openMeter().text());
  });

  it('takes a gauge for no histogram and a histogram for no gauge', () => {
    const meter = openMeter();
    expect(() => meter.observe('sluis_eap_conversations', 1)).toThrow('is a gauge, not a histogram');
    expect(() => meter.gauge('sluis_radius_seconds', 1, { code: 'x' })).toThrow('is a histogram, not a gauge');
  });

  it('tells of the process too when asked', async () => {
    expect(await openMeter({ processMetrics: true }).text()).toContain('sluis_process_resident_memory_bytes');
    expect(await openMeter().text()).not.toContain('resident_memory');
  });
});

describe('a metered store', () => {
  it('times every call and counts those that were not answered', async () => {
    const meter = openMeter();
    const answers: Pick<AdmissionStore, 'sweep' | 'nonce'> = {
      sweep: async now => now,
      nonce: () => Promise.reject(new Unavailable('down')),
    };
    const store = meteredStore(answers as AdmissionStore, meter);
    expect(await store.sweep(5)).toBe(5);
    await expect(store.nonce('town', 'n')).rejects.toThrow(Unavailable);
    const text = await meter.text();
    expect(text).toContain('sluis_store_seconds_count{operation="sweep"} 1');
    expect(text).toContain('sluis_store_seconds_count{operation="nonce"} 1');
    expect(text).toContain('sluis_store_failures_total{operation="nonce"} 1');
    expect(text).not.toContain('sluis_store_failures_total{operation="sweep"}');
  });
});

describe('docs/reference/metrics.md', () => {
  it('tells of the metrics of the table, all of them and no others, in their order and words', async () => {
    const page = await readFile(new URL('../../docs/reference/metrics.md', import.meta.url), 'utf8');
    const told = page.split('\n').filter(line => line.startsWith('| `sluis_'));
    const line = ({ name, kind, labels, help }: MetricRow) =>
      `| \`${name}\` | ${kind} | ${labels.map(label => `\`${label}\``).join(', ')} | ${help} |`;
    expect(told).toEqual(rows.map(line));
  });
});

describe('the table', () => {
  it('has no metric that nothing counts', async () => {
    const gateway = new URL('../../gateway/', import.meta.url);
    const files = (await readdir(gateway, { recursive: true })).filter(
      file => file.endsWith('.ts') && !file.endsWith('meter-table.ts'),
    );
    const sources = await Promise.all(
      files.map(file => readFile(new URL(file.replaceAll('\\', '/'), gateway), 'utf8')),
    );
    const used = new Set(
      sources.flatMap(source => Array.from(source.matchAll(/'(sluis_[a-z_]+)'/g), ([, name]) => name)),
    );
    expect(rows.map(({ name }) => name).filter(name => !used.has(name))).toEqual([]);
  });

  it('names metrics as Prometheus asks', () => {
    for (const { name, kind, help, buckets } of rows) {
      expect(name).toMatch(/^sluis_[a-z_]+$/);
      expect(name.endsWith('_total'), name).toBe(kind === 'counter');
      if (kind === 'histogram') expect(name).toMatch(/_seconds$/);
      expect(help).toMatch(/^[A-Z].*\.$/);
      expect(buckets !== undefined, name).toBe(kind === 'histogram');
    }
    expect(new Set(rows.map(({ name }) => name)).size).toBe(rows.length);
  });
});
