// The `Meter` port on prom-client, over the fixed table of metrics. A name, kind or label that is not in the table is a
// mistake of our own code: it throws, unless the caller takes such mistakes elsewhere (a running gateway logs them).

import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { AdmissionStore, Meter } from '../ports.ts';
import { type MetricRow, metricRows } from './meter-table.ts';

export interface OpenMeter extends Meter {
  /** All metrics in the Prometheus text format. */
  text(): Promise<string>;
  readonly contentType: string;
}

export interface MeterOptions {
  /** Also memory, event loop and garbage collection of the process. */
  readonly processMetrics?: boolean;
  readonly onMisuse?: (message: string) => void;
}

type Metric =
  | { readonly row: MetricRow; readonly kind: 'counter'; readonly of: Counter }
  | { readonly row: MetricRow; readonly kind: 'gauge'; readonly of: Gauge }
  | { readonly row: MetricRow; readonly kind: 'histogram'; readonly of: Histogram };

type Labels = Readonly<Record<string, string>>;

export function openMeter({ processMetrics = false, onMisuse = misuse }: MeterOptions = {}): OpenMeter {
  const registry = new Registry();
  if (processMetrics) collectDefaultMetrics({ register: registry, prefix: 'sluis_' });
  const metrics = new Map(metricRows.map((row: MetricRow) => [row.name, register(registry, row)]));

  function metric<K extends Metric['kind']>(kind: K, name: string, labels: Labels): (Metric & { kind: K }) | undefined {
    const found = metrics.get(name);
    const mistake = mistakeIn(found, kind, Object.keys(labels));
    if (mistake !== undefined) onMisuse(`metric ${name} ${mistake}`);
    else if (found !== undefined && isKind(found, kind)) return found;
    return undefined;
  }

  return {
    count: (name, labels = {}) => metric('counter', name, labels)?.of.inc(labels),
    observe: (name, seconds, labels = {}) => metric('histogram', name, labels)?.of.observe(labels, seconds),
    gauge: (name, value, labels = {}) => metric('gauge', name, labels)?.of.set(labels, value),
    text: () => registry.metrics(),
    contentType: registry.contentType,
  };
}

/** The same store, with every call timed and every failure counted. */
export function meteredStore<S extends AdmissionStore>(store: S, meter: Meter): S {
  return new Proxy(store, {
    get(target, name) {
      const method: unknown = Reflect.get(target, name);
      if (typeof method !== 'function' || typeof name !== 'string' || name === 'close') return method;
      return async (...args: readonly unknown[]) => {
        const startedMs = performance.now();
        try {
          return (await Reflect.apply(method, target, args)) as unknown;
        } catch (error) {
          meter.count('sluis_store_failures_total', { operation: name });
          throw error;
        } finally {
          meter.observe('sluis_store_seconds', (performance.now() - startedMs) / 1000, { operation: name });
        }
      };
    },
  });
}

function register(registry: Registry, row: MetricRow): Metric {
  const { name, help, labels, buckets = [] } = row;
  const common = { name, help, labelNames: [...labels], registers: [registry] };
  if (row.kind === 'counter') return { row, kind: 'counter', of: new Counter(common) };
  if (row.kind === 'gauge') return { row, kind: 'gauge', of: new Gauge(common) };
  return { row, kind: 'histogram', of: new Histogram({ ...common, buckets: [...buckets] }) };
}

function mistakeIn(metric: Metric | undefined, kind: Metric['kind'], given: readonly string[]): string | undefined {
  if (metric === undefined) return 'is not in the table of metrics';
  if (metric.kind !== kind) return `is a ${metric.kind}, not a ${kind}`;
  const { labels } = metric.row;
  if (given.length === labels.length && given.every(label => labels.includes(label))) return undefined;
  return `takes the labels (${labels.join(', ')}), not (${given.join(', ')})`;
}

function isKind<K extends Metric['kind']>(metric: Metric, kind: K): metric is Metric & { kind: K } {
  return metric.kind === kind;
}

function misuse(message: string): never {
  throw new Error(message);
}
