// Every metric of the gateway. `docs/reference/metrics.md` says the same; a test keeps the two equal.

export interface MetricRow {
  readonly name: string;
  readonly kind: 'counter' | 'gauge' | 'histogram';
  readonly labels: readonly string[];
  readonly help: string;
  /** Upper bounds in seconds (histograms only). */
  readonly buckets?: readonly number[];
}

const requestBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];
const storeBuckets = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 2];

export const metricRows = [
  {
    name: 'sluis_radius_requests_total',
    kind: 'counter',
    labels: ['code', 'nas'],
    help: 'RADIUS requests that were read and authenticated.',
  },
  {
    name: 'sluis_radius_refused_total',
    kind: 'counter',
    labels: ['reason', 'nas'],
    help: 'RADIUS datagrams refused before anything was decided.',
  },
  {
    name: 'sluis_radius_seconds',
    kind: 'histogram',
    labels: ['code'],
    help: 'Time from a RADIUS request to its reply.',
    buckets: requestBuckets,
  },
  {
    name: 'sluis_legacy_request_without_message_authenticator_total',
    kind: 'counter',
    labels: ['nas'],
    help: 'Requests accepted without Message-Authenticator, from a concentrator that is excused from it.',
  },
  {
    name: 'sluis_eap_conversations',
    kind: 'gauge',
    labels: [],
    help: 'EAP conversations under way.',
  },
  {
    name: 'sluis_decisions_total',
    kind: 'counter',
    labels: ['outcome', 'policy', 'tenant'],
    help: 'Decisions made, by outcome and access policy.',
  },
  {
    name: 'sluis_refusals_total',
    kind: 'counter',
    labels: ['reason', 'stage', 'tenant'],
    help: 'Reasons given, by the stage that gave them; `try-again` is held against nobody.',
  },
  {
    name: 'sluis_accounting_total',
    kind: 'counter',
    labels: ['kind', 'nas'],
    help: 'Accounting requests, by kind.',
  },
  {
    name: 'sluis_reports_total',
    kind: 'counter',
    labels: ['outcome', 'tenant'],
    help: 'Posture reports accepted, by the outcome they led to.',
  },
  {
    name: 'sluis_reports_refused_total',
    kind: 'counter',
    labels: ['reason'],
    help: 'Requests of agents that were refused.',
  },
  {
    name: 'sluis_store_seconds',
    kind: 'histogram',
    labels: ['operation'],
    help: 'Time the store took to answer.',
    buckets: storeBuckets,
  },
  {
    name: 'sluis_store_failures_total',
    kind: 'counter',
    labels: ['operation'],
    help: 'Requests to the store that were not answered.',
  },
  {
    name: 'sluis_shed_total',
    kind: 'counter',
    labels: ['what'],
    help: 'Work dropped because there was too much of it.',
  },
] as const satisfies readonly MetricRow[];
