// The closed vocabulary of refusals, one row per word of `contract/reason.ts`: where it arises, what it leads to, where
// an administrator looks, and the sentence for the person in four languages. A missing or misplaced word does not compile.

import type { Texts } from './contract/language.ts';
import type { Reason, ReasonStage, reasonWords } from './contract/reason.ts';
import { german } from './texts/de.ts';
import { english } from './texts/en.ts';
import { french } from './texts/fr.ts';
import { dutch } from './texts/nl.ts';

/**
 * `silence`: no reply at all. `reject`: an Access-Reject, or the end of that EAP conversation. `http-refusal`: a 4xx or
 * 5xx of an HTTP API with this word. `decision`: the word stands inside a decision and its explanation.
 * Every word that arises on an HTTP API is an HTTP refusal there, whatever it leads to in RADIUS.
 */
export type Consequence = 'silence' | 'reject' | 'http-refusal' | 'decision';

export interface ReasonRow {
  readonly stage: ReasonStage;
  readonly leadsTo: Consequence;
  /** Where an administrator looks first. */
  readonly look: string;
  readonly texts: Texts;
}

type StageOf<R extends Reason> = {
  [S in ReasonStage]: R extends (typeof reasonWords)[S][number] ? S : never;
}[ReasonStage];

type Rows = { readonly [R in Reason]: Omit<ReasonRow, 'texts' | 'stage'> & { readonly stage: StageOf<R> } };

const nasTable = '`nas` in the configuration';
const nasSecret = 'the secret file of this NAS, and the same secret on the concentrator';
const concentrator = 'the RADIUS settings and the version of the concentrator';
const vpnClient = 'the VPN client and its profile on the laptop';
const profiles = 'the identity profile that the certificate was tried against';
const certificate = 'the certificate itself, on the card or the laptop';
const agent = 'the version and the log of the agent on the laptop';
const agentClock = 'how long the agent took, and whether it was run twice at once';
const ticketUse = '`sluis denials list` for this handle, and the agent that asked for it';
const signIns = '`sluis denials list` for this user name, and the callers in it';
const secondFactor = 'the second factor of this person, and the clocks of the gateway and the telephone';
const accessPolicies = '`policies/access`, and `sluis policy explain` for this case';
const deviceRegister = '`devices` in the configuration, or `sluis device show` for this machine';
const gatewayHealth = 'the log and the metrics of the gateway';

const rows = {
  'unknown-nas': { stage: 'radius', leadsTo: 'silence', look: nasTable },
  'packet-too-short': { stage: 'radius', leadsTo: 'silence', look: concentrator },
  'packet-length-wrong': { stage: 'radius', leadsTo: 'silence', look: concentrator },
  'attribute-length-wrong': { stage: 'radius', leadsTo: 'silence', look: concentrator },
  'too-many-attributes': { stage: 'radius', leadsTo: 'silence', look: concentrator },
  'code-not-served': { stage: 'radius', leadsTo: 'silence', look: concentrator },
  'message-authenticator-missing': { stage: 'radius', leadsTo: 'silence', look: nasTable },
  'message-authenticator-wrong': { stage: 'radius', leadsTo: 'silence', look: nasSecret },
  'message-authenticator-malformed': { stage: 'radius', leadsTo: 'silence', look: concentrator },
  'message-authenticator-repeated': { stage: 'radius', leadsTo: 'silence', look: concentrator },
  'request-authenticator-wrong': { stage: 'radius', leadsTo: 'silence', look: nasSecret },
  'proxy-state-unsigned': { stage: 'radius', leadsTo: 'silence', look: 'the proxy between concentrator and gateway' },
  'duplicate-in-progress': { stage: 'radius', leadsTo: 'silence', look: gatewayHealth },
  'credentials-missing': { stage: 'radius', leadsTo: 'reject', look: vpnClient },
  'credentials-conflicting': { stage: 'radius', leadsTo: 'reject', look: vpnClient },
  'password-malformed': { stage: 'radius', leadsTo: 'reject', look: nasSecret },
  'accounting-malformed': { stage: 'radius', leadsTo: 'silence', look: concentrator },
  'authority-silent': {
    stage: 'radius',
    leadsTo: 'silence',
    look: '`authority` of this NAS in the configuration, and whether that server knows the gateway as a client',
  },
  'session-unknown': { stage: 'radius', leadsTo: 'http-refusal', look: '`sluis session list`' },

  'eap-malformed': { stage: 'eap', leadsTo: 'reject', look: vpnClient },
  'eap-state-unknown': { stage: 'eap', leadsTo: 'reject', look: gatewayHealth },
  'eap-state-other-gateway': { stage: 'eap', leadsTo: 'reject', look: 'how the concentrator spreads over gateways' },
  'eap-state-other-nas': { stage: 'eap', leadsTo: 'reject', look: nasTable },
  'eap-identifier-wrong': { stage: 'eap', leadsTo: 'reject', look: vpnClient },
  'eap-unexpected': { stage: 'eap', leadsTo: 'reject', look: vpnClient },
  'eap-method-refused': { stage: 'eap', leadsTo: 'reject', look: vpnClient },
  'eap-method-off': {
    stage: 'eap',
    leadsTo: 'reject',
    look: '`eap: methods` and `nas: eap-methods` in the configuration',
  },
  'eap-crypto-binding-wrong': {
    stage: 'eap',
    leadsTo: 'reject',
    look: '`eap: teap: crypto-binding` in the configuration, and who stands between client and gateway',
  },
  'eap-fragment-malformed': { stage: 'eap', leadsTo: 'reject', look: vpnClient },
  'eap-message-too-large': { stage: 'eap', leadsTo: 'reject', look: vpnClient },
  'eap-too-many-rounds': { stage: 'eap', leadsTo: 'reject', look: vpnClient },
  'eap-too-slow': { stage: 'eap', leadsTo: 'reject', look: vpnClient },
  'eap-too-many-conversations': { stage: 'eap', leadsTo: 'silence', look: gatewayHealth },
  'tls-handshake-failed': { stage: 'eap', leadsTo: 'reject', look: vpnClient },
  'tls-version-refused': {
    stage: 'eap',
    leadsTo: 'reject',
    look: '`eap: tls-profiles` in the configuration, and the TLS versions of the VPN client',
  },
  'tls-alert-from-peer': { stage: 'eap', leadsTo: 'reject', look: vpnClient },
  'server-certificate-refused': {
    stage: 'eap',
    leadsTo: 'reject',
    look: '`eap: certificate` in the configuration, and which authority and name the VPN client expects',
  },
  'tls-engine-lost': { stage: 'eap', leadsTo: 'silence', look: gatewayHealth },

  'certificate-missing': { stage: 'identity', leadsTo: 'reject', look: vpnClient },
  'certificate-malformed': { stage: 'identity', leadsTo: 'reject', look: certificate },
  'certificate-too-large': { stage: 'identity', leadsTo: 'reject', look: certificate },
  'certificate-chain-too-long': { stage: 'identity', leadsTo: 'reject', look: vpnClient },
  'certificate-anchor-unknown': { stage: 'identity', leadsTo: 'reject', look: profiles },
  'certificate-issuer-refused': { stage: 'identity', leadsTo: 'reject', look: profiles },
  'certificate-signature-wrong': { stage: 'identity', leadsTo: 'reject', look: certificate },
  'certificate-not-yet-valid': { stage: 'identity', leadsTo: 'reject', look: 'the certificate, and the gateway clock' },
  'certificate-expired': { stage: 'identity', leadsTo: 'reject', look: certificate },
  'certificate-revoked': { stage: 'identity', leadsTo: 'reject', look: 'the revocation list of its issuer' },
  'certificate-on-hold': { stage: 'identity', leadsTo: 'reject', look: 'the revocation list of its issuer' },
  'certificate-usage-wrong': { stage: 'identity', leadsTo: 'reject', look: certificate },
  'certificate-purpose-wrong': { stage: 'identity', leadsTo: 'reject', look: profiles },
  'certificate-policy-wrong': { stage: 'identity', leadsTo: 'reject', look: profiles },
  'certificate-subject-wrong': { stage: 'identity', leadsTo: 'reject', look: profiles },
  'certificate-key-weak': { stage: 'identity', leadsTo: 'reject', look: certificate },
  'certificate-hash-weak': { stage: 'identity', leadsTo: 'reject', look: certificate },
  'certificate-extension-unknown': { stage: 'identity', leadsTo: 'reject', look: certificate },
  'revocation-unknown': { stage: 'identity', leadsTo: 'reject', look: 'the age of the revocation lists' },
  'identifier-missing': { stage: 'identity', leadsTo: 'reject', look: profiles },
  'identifier-checksum-wrong': { stage: 'identity', leadsTo: 'reject', look: profiles },
  'person-too-young': { stage: 'identity', leadsTo: 'reject', look: profiles },
  'ticket-unknown': { stage: 'identity', leadsTo: 'reject', look: ticketUse },
  'ticket-secret-wrong': { stage: 'identity', leadsTo: 'reject', look: ticketUse },
  'ticket-expired': { stage: 'identity', leadsTo: 'reject', look: ticketUse },
  'ticket-used': { stage: 'identity', leadsTo: 'reject', look: ticketUse },
  'password-wrong': { stage: 'identity', leadsTo: 'reject', look: signIns },
  'second-factor-missing': { stage: 'identity', leadsTo: 'reject', look: secondFactor },
  'second-factor-wrong': { stage: 'identity', leadsTo: 'reject', look: secondFactor },
  'second-factor-replayed': { stage: 'identity', leadsTo: 'reject', look: secondFactor },
  'login-locked': { stage: 'identity', leadsTo: 'reject', look: signIns },
  'password-path-refused': { stage: 'identity', leadsTo: 'reject', look: nasTable },
  'password-method-refused': { stage: 'identity', leadsTo: 'reject', look: concentrator },

  'report-too-large': { stage: 'report', leadsTo: 'http-refusal', look: agent },
  'report-too-deep': { stage: 'report', leadsTo: 'http-refusal', look: agent },
  'report-malformed': { stage: 'report', leadsTo: 'http-refusal', look: agent },
  'report-schema-wrong': { stage: 'report', leadsTo: 'http-refusal', look: agent },
  'report-signature-wrong': { stage: 'report', leadsTo: 'http-refusal', look: agent },
  'report-device-mismatch': { stage: 'report', leadsTo: 'http-refusal', look: agent },
  'report-sequence-old': { stage: 'report', leadsTo: 'http-refusal', look: agentClock },
  'nonce-unknown': { stage: 'report', leadsTo: 'http-refusal', look: agentClock },
  'nonce-expired': { stage: 'report', leadsTo: 'http-refusal', look: agentClock },
  'nonce-used': { stage: 'report', leadsTo: 'http-refusal', look: agentClock },
  'channel-binding-wrong': { stage: 'report', leadsTo: 'http-refusal', look: 'anything on the path that opens TLS' },
  'session-key-unproven': { stage: 'report', leadsTo: 'http-refusal', look: agent },
  'session-key-expired': { stage: 'report', leadsTo: 'http-refusal', look: agent },
  'proof-malformed': { stage: 'report', leadsTo: 'http-refusal', look: agent },
  'proof-signature-wrong': { stage: 'report', leadsTo: 'http-refusal', look: certificate },
  'too-many-requests': { stage: 'report', leadsTo: 'http-refusal', look: agent },
  'device-waiting': { stage: 'report', leadsTo: 'http-refusal', look: '`sluis device waiting`' },
  'identity-proof-missing': { stage: 'report', leadsTo: 'http-refusal', look: agent },
  'acceptance-outdated': { stage: 'report', leadsTo: 'http-refusal', look: 'the folder `acceptances` of the policies' },

  'report-missing': { stage: 'decision', leadsTo: 'decision', look: agent },
  'report-stale': { stage: 'decision', leadsTo: 'decision', look: agent },
  'policy-gap': { stage: 'decision', leadsTo: 'decision', look: accessPolicies },
  'policy-overlap': { stage: 'decision', leadsTo: 'decision', look: accessPolicies },
  'segment-untold': {
    stage: 'decision',
    leadsTo: 'decision',
    look: '`segments:` in the configuration, and `sluis nas profiles`',
  },
  'requirement-failed': { stage: 'decision', leadsTo: 'decision', look: '`sluis denials show` for this case' },
  'requirement-unknown': { stage: 'decision', leadsTo: 'decision', look: '`sluis denials show` for this case' },
  'device-stolen': { stage: 'decision', leadsTo: 'decision', look: deviceRegister },
  'device-retired': { stage: 'decision', leadsTo: 'decision', look: deviceRegister },
  'device-unregistered': {
    stage: 'decision',
    leadsTo: 'decision',
    look: '`sluis device waiting`, and `devices` in the configuration',
  },
  'binding-too-weak': {
    stage: 'decision',
    leadsTo: 'decision',
    look: 'the way in that was used, and the profile of this NAS',
  },
  'unadmitted-session': {
    stage: 'decision',
    leadsTo: 'decision',
    look: 'who else may let sessions in at this NAS, and whether all its gateways share a store',
  },
  'session-limit-reached': {
    stage: 'decision',
    leadsTo: 'decision',
    look: '`session at most` of the access policy; a day when it names none',
  },

  'token-wrong': {
    stage: 'api',
    leadsTo: 'http-refusal',
    look: '`operator-api` in the configuration, and its token file',
  },
  'request-malformed': { stage: 'api', leadsTo: 'http-refusal', look: 'the OpenAPI description of this API' },
  'record-unknown': { stage: 'api', leadsTo: 'http-refusal', look: '`sluis denials list`' },
  'address-unknown': { stage: 'api', leadsTo: 'http-refusal', look: 'the OpenAPI description of this API' },
  'right-missing': { stage: 'api', leadsTo: 'http-refusal', look: '`operator-api: operators` in the configuration' },
  'reason-missing': { stage: 'api', leadsTo: 'http-refusal', look: 'the request itself: `reason`' },
  'act-not-configured': {
    stage: 'api',
    leadsTo: 'http-refusal',
    look: '`operator-api`, `directory` and `nas` in the configuration',
  },
  'session-ended': { stage: 'api', leadsTo: 'http-refusal', look: '`sluis session show` for this session' },
  'person-unknown': {
    stage: 'api',
    leadsTo: 'http-refusal',
    look: '`sluis directory check --pseudonym` for it',
  },
  'nas-unknown': { stage: 'api', leadsTo: 'http-refusal', look: '`sluis nas list`' },
  'trace-unknown': { stage: 'api', leadsTo: 'http-refusal', look: 'how long the trace was asked for' },
  'nothing-waits': { stage: 'api', leadsTo: 'http-refusal', look: '`sluis policy status`' },
  'no-earlier-policy': { stage: 'api', leadsTo: 'http-refusal', look: '`sluis policy rollout`' },
  'replay-unknown': {
    stage: 'api',
    leadsTo: 'http-refusal',
    look: 'how long ago it was done: a result is kept for an hour',
  },
  'device-unknown': { stage: 'api', leadsTo: 'http-refusal', look: '`sluis device waiting`' },
  'second-factor-active': { stage: 'api', leadsTo: 'http-refusal', look: 'the request itself: `replace`' },
  'directory-unavailable': {
    stage: 'api',
    leadsTo: 'http-refusal',
    look: '`directory` in the configuration, and `sluis directory check`',
  },

  'try-again': { stage: 'gateway', leadsTo: 'reject', look: gatewayHealth },
  'login-rate': {
    stage: 'gateway',
    leadsTo: 'reject',
    look: 'a timeout of the concentrator or the VPN client that makes it log in again and again, and `radius: limits:`',
  },
  'store-unavailable': { stage: 'gateway', leadsTo: 'silence', look: '`store` in the configuration, and its disk' },
  overloaded: { stage: 'gateway', leadsTo: 'silence', look: gatewayHealth },
  'not-ready': { stage: 'gateway', leadsTo: 'silence', look: gatewayHealth },
  'version-conflict': { stage: 'gateway', leadsTo: 'silence', look: gatewayHealth },
  'reply-too-large': { stage: 'gateway', leadsTo: 'silence', look: accessPolicies },
} as const satisfies Rows;

/** The sentence of a word, in each language. */
export function textsOf(reason: Reason): Texts {
  return { nl: dutch[reason], fr: french[reason], de: german[reason], en: english[reason] };
}

export const reasons: Readonly<Record<Reason, ReasonRow>> = withTexts(rows);

function withTexts(all: Rows): Record<Reason, ReasonRow> {
  const words = Object.keys(all) as Reason[];
  const entries = words.map(word => [word, { ...all[word], texts: textsOf(word) }] as const);
  return Object.fromEntries(entries) as Record<Reason, ReasonRow>;
}
