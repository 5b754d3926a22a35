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
    name: 'sluis_break_glass_total',
    kind: 'counter',
    labels: ['policy', 'tenant'],
    help: 'Sessions granted by a policy that breaks the glass.',
  },
  {
    name: 'sluis_snapshots_total',
    kind: 'counter',
    labels: ['result'],
    help: 'Batches of what policies were asked at logins, kept for replays or lost.',
  },
  {
    name: 'sluis_radius_refused_total',
    kind: 'counter',
    labels: ['reason', 'nas'],
    help: 'RADIUS datagrams refused before anything was decided.',
  },
  {
    name: 'sluis_observed_total',
    kind: 'counter',
    labels: ['nas', 'comparison'],
    help: 'Logins that the authority of an observed concentrator decided, by how our own answer compares.',
  },
  {
    name: 'sluis_radius_seconds',
    kind: 'histogram',
    labels: ['code'],
    help: 'Time from a RADIUS request to its reply, waiting included, without the delay of a reject.',
    buckets: requestBuckets,
  },
  {
    name: 'sluis_legacy_request_without_message_authenticator_total',
    kind: 'counter',
    labels: ['nas'],
    help: 'Requests accepted without Message-Authenticator, from a concentrator that is excused from it.',
  },
  {
    name: 'sluis_nas_unsigned_days',
    kind: 'gauge',
    labels: ['nas'],
    help: 'Days since a concentrator was first excused from Message-Authenticator; 0 after a week without such a request.',
  },
  {
    name: 'sluis_nas_former_secret_total',
    kind: 'counter',
    labels: ['nas'],
    help: 'Requests made with the former secret of a concentrator that has two.',
  },
  {
    name: 'sluis_nas_clock_skew_seconds',
    kind: 'gauge',
    labels: ['nas'],
    help: 'The clock of a concentrator less that of the gateway, by the times that its accounting tells.',
  },
  {
    name: 'sluis_radius_tls_connections',
    kind: 'gauge',
    labels: ['nas'],
    help: 'Connections of RADIUS over TLS that are open.',
  },
  {
    name: 'sluis_radius_tls_turned_away_total',
    kind: 'counter',
    labels: ['reason'],
    help: 'Connections of RADIUS over TLS that were closed before any request.',
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
    name: 'sluis_unadmitted_sessions_total',
    kind: 'counter',
    labels: ['nas', 'because'],
    help: 'Sessions that a concentrator told of and nobody admitted, once each: `undecided`, or `ended` before.',
  },
  {
    name: 'sluis_unadmitted_ends_total',
    kind: 'counter',
    labels: ['nas', 'result'],
    help: 'Unadmitted sessions that were to be ended, by what came of it: acknowledged, gone, refused, unanswered, impossible, too-old, too-many, name-shared.',
  },
  {
    name: 'sluis_sessions_not_seen',
    kind: 'gauge',
    labels: ['nas'],
    help: 'Open sessions that their concentrator has been silent about for three of its reports; 500 at most.',
  },
  {
    name: 'sluis_sessions_lost_total',
    kind: 'counter',
    labels: ['nas'],
    help: 'Sessions closed because nothing was heard of them for more than a day.',
  },
  {
    name: 'sluis_session_confirmations_total',
    kind: 'counter',
    labels: ['result'],
    help: 'Confirmations of a session by its machine: `confirmed`, or `elsewhere` when no open session of it has the address.',
  },
  {
    name: 'sluis_key_used_twice_total',
    kind: 'counter',
    labels: ['at', 'nas'],
    help: 'Sessions whose machine key had another open session from another address, noticed at `admission` or by `accounting`.',
  },
  {
    name: 'sluis_impossible_travel_total',
    kind: 'counter',
    labels: ['nas'],
    help: 'Logins of a machine that was last seen in another country, less time ago than a plane needs.',
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
    name: 'sluis_directory_total',
    kind: 'counter',
    labels: ['result'],
    help: 'Questions to the directory, by what came of them: answered, unavailable, fault.',
  },
  {
    name: 'sluis_directory_seconds',
    kind: 'histogram',
    labels: ['result'],
    help: 'Time that a question to the directory took, waiting for a connection included.',
    buckets: requestBuckets,
  },
  {
    name: 'sluis_acts_total',
    kind: 'counter',
    labels: ['act', 'result', 'tenant'],
    help: 'What operators did or tried: done, refused.',
  },
  {
    name: 'sluis_redecisions_total',
    kind: 'counter',
    labels: ['because', 'result'],
    help: 'Open sessions judged again, by what came of it: same, renewed, changed, asked-again, kept, never-started, directory-silent.',
  },
  {
    name: 'sluis_sessions_overdue_seconds',
    kind: 'gauge',
    labels: [],
    help: 'How long the longest overdue open session has been waiting to be judged again, when last looked.',
  },
  {
    name: 'sluis_rules_wave_waiting',
    kind: 'gauge',
    labels: [],
    help: 'Open sessions that new rules would end, and that wait for an operator.',
  },
  {
    name: 'sluis_policy_beside_total',
    kind: 'counter',
    labels: ['stage', 'older', 'newer', 'tenant'],
    help: 'Decisions about which two versions of the policies were asked, by the outcome of each.',
  },
  {
    name: 'sluis_policy_shadow_days',
    kind: 'gauge',
    labels: [],
    help: 'Days that a draft of the policies has only been looked at.',
  },
  {
    name: 'sluis_policy_draft_refused',
    kind: 'gauge',
    labels: [],
    help: 'Whether the draft of the policies cannot be used: 1 or 0.',
  },
  {
    name: 'sluis_policy_taken_back_total',
    kind: 'counter',
    labels: ['tenant'],
    help: 'Versions of the policies that the gateway took back by itself, because they were stricter than forecast.',
  },
  {
    name: 'sluis_policy_reload_failed',
    kind: 'gauge',
    labels: [],
    help: 'Whether the policy files as last read are broken, so that the policy of before runs on: 1 or 0.',
  },
  {
    name: 'sluis_live_changes_total',
    kind: 'counter',
    labels: ['kind', 'because', 'state'],
    help: 'Changes of open sessions, by the states that they came to.',
  },
  {
    name: 'sluis_live_change_impossible_total',
    kind: 'counter',
    labels: ['because', 'nas'],
    help: 'Open sessions that should end or get less, at a concentrator that takes no such request.',
  },
  {
    name: 'sluis_shed_total',
    kind: 'counter',
    labels: ['what'],
    help: 'Work dropped because there was too much of it.',
  },
  {
    name: 'sluis_radius_repeated_total',
    kind: 'counter',
    labels: ['nas'],
    help: 'Retransmissions of requests that had an answer: it was sent again.',
  },
  {
    name: 'sluis_queue_waiting',
    kind: 'gauge',
    labels: ['lane'],
    help: 'RADIUS requests that wait for their turn: `live`, `login`, `conversation`, `accounting`.',
  },
  {
    name: 'sluis_queue_oldest_seconds',
    kind: 'gauge',
    labels: ['lane'],
    help: 'How long the oldest of these has waited.',
  },
  {
    name: 'sluis_queue_in_work',
    kind: 'gauge',
    labels: ['lane'],
    help: 'RADIUS requests that are worked on.',
  },
  {
    name: 'sluis_handshakes_running',
    kind: 'gauge',
    labels: [],
    help: 'EAP conversations whose peer was heard of in the last five seconds; new ones wait above a bound.',
  },
  {
    name: 'sluis_buckets_refusing',
    kind: 'gauge',
    labels: ['bucket'],
    help: 'Concentrators (`nas`), addresses (`caller`) and people (`person`) that asked too often within the last minute.',
  },
  {
    name: 'sluis_rejects_delayed',
    kind: 'gauge',
    labels: [],
    help: 'Rejects that are held back for a second.',
  },
  {
    name: 'sluis_overloaded',
    kind: 'gauge',
    labels: [],
    help: 'Whether logins have been dropped for so long that Status-Server is not answered: 1 or 0.',
  },
  {
    name: 'sluis_revocation_lookups_total',
    kind: 'counter',
    labels: ['result', 'profile'],
    help: 'Questions to OCSP responders, by what came of them.',
  },
  {
    name: 'sluis_revocation_seconds',
    kind: 'histogram',
    labels: ['profile'],
    help: 'Time that a question to an OCSP responder took, second try and waiting included.',
    buckets: requestBuckets,
  },
  {
    name: 'sluis_reference_data_age_seconds',
    kind: 'gauge',
    labels: [],
    help: 'Age of the reference data in use.',
  },
  {
    name: 'sluis_reference_data_old',
    kind: 'gauge',
    labels: [],
    help: 'Whether the reference data in use is older than 60 days: 1 or 0.',
  },
  {
    name: 'sluis_crl_refreshes_total',
    kind: 'counter',
    labels: ['result', 'profile'],
    help: 'Revocation lists looked at: taken, or refused and the previous one kept.',
  },
  {
    name: 'sluis_crl_age_seconds',
    kind: 'gauge',
    labels: ['issuer', 'profile'],
    help: 'Age of the revocation list in use, by the authority that signed it.',
  },
  {
    name: 'sluis_tls_shared_sessions_total',
    kind: 'counter',
    labels: ['result'],
    help: 'TLS sessions looked for in Redis: found, unknown, unavailable; not-kept: one that could not be written.',
  },
  {
    name: 'sluis_own_certificate_state',
    kind: 'gauge',
    labels: ['profile'],
    help: 'What the responder says of our own EAP certificate: 1 good, 0 nothing that counts now, -1 revoked.',
  },
] as const satisfies readonly MetricRow[];
