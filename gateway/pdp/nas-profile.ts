// A NAS profile: what one product takes from an Access-Accept, what it tells of a client, what can be changed while a session
// lives, and how it must be set up. Data, one file for each product, so that a new concentrator needs no code; attribute names
// are those of `radius/dictionary.ts`, and nothing here knows octets.

/** What a segment is in the network. Policies know none of these words, and every profile knows some of them. */
export const networkWords = [
  'group',
  'filter',
  'rules',
  'pool',
  'vlan',
  'routes',
  'routes-ipv6',
  'split-list',
  'dns',
  'dns-ipv6',
  'domain',
  'redirect',
  'redirect-filter',
  'packet-filter',
  'idle-timeout',
] as const;
export type NetworkWord = (typeof networkWords)[number];

/** `session` is our id of it; the timeouts are in seconds. */
export const replyWords = [...networkWords, 'session', 'session-timeout', 'interim'] as const;
export type ReplyWord = (typeof replyWords)[number];

export type SegmentNetwork = Readonly<Partial<Record<NetworkWord, readonly (string | number)[]>>>;
/** By the names of the segments. */
export type Segments = ReadonlyMap<string, SegmentNetwork>;

/** Attributes that say one word; `{value}` is sent once for each value, `{first}` and `{second}` once, `{n}` counts from 1. */
export interface ReplyRule {
  readonly word: ReplyWord;
  readonly sends: readonly { readonly attribute: string; readonly value: string }[];
}

/** What a client says of itself, and the concentrator of it, at login. Claims: they help to find and to show, and prove nothing. */
export const clientClaimNames = [
  'client-version',
  'platform',
  'platform-version',
  'device-type',
  'device-id',
  'host-name',
  'outer-address',
  'connection',
  'nas-session',
] as const;
export type ClientClaimName = (typeof clientClaimNames)[number];
export type ClientClaims = Readonly<Partial<Record<ClientClaimName, string>>>;

/** Where a claim stands: in the first such attribute, or in the first that begins with `after`. */
export interface ClaimSource {
  readonly claim: ClientClaimName;
  readonly attribute: string;
  readonly after?: string;
}

/** `enforcer` and `api` are ways past RADIUS: another program on its host, or the product's own interface. */
export const changes = ['coa', 'disconnect', 'disconnect-user', 'none', 'enforcer', 'api'] as const;
export type Change = (typeof changes)[number];

/** The address inside the tunnel is none of them: nobody has one yet at login. */
export const joinKeys = ['class', 'acct-session-id', 'user-name-and-caller'] as const;
export type JoinKey = (typeof joinKeys)[number];

/** `nas` is what it calls itself, as far as it says so; `nas-session` is the claim of that name. */
export const sessionIdentifiers = [
  'user-name',
  'acct-session-id',
  'calling-station-id',
  'framed-address',
  'nas-session',
  'nas',
] as const;
export type SessionIdentifier = (typeof sessionIdentifiers)[number];

/** How a statement about a product is known. */
export const evidenceKinds = ['verified in a lab', 'vendor page', 'dictionary', 'recalled'] as const;
export type EvidenceKind = (typeof evidenceKinds)[number];

/** What must be set on the concentrator itself. */
export interface ConcentratorSetting {
  readonly setting: string;
  readonly value: string;
  readonly because: string;
}

export interface NasProfile {
  readonly name: string;
  readonly product: string;
  readonly evidence: readonly { readonly by: EvidenceKind; readonly says: string }[];
  /** In the order in which the attributes are sent. */
  readonly reply: readonly ReplyRule[];
  /** What would do harm there, and why; no rule sends it. */
  readonly neverSent: readonly { readonly attribute: string; readonly because: string }[];
  readonly clientClaims: readonly ClaimSource[];
  /** A Session-Timeout below this makes the concentrator re-authenticate without end. */
  readonly sessionTimeoutFloorS: number;
  /** How long it waits for an answer before it sends its request once more, and before it turns to another server. */
  readonly retransmitsAfterMs: number;
  readonly givesUpAfterMs: number;
  readonly messageAuthenticator: 'always' | 'never' | 'unknown';
  /** A client logs in with the same password again while its session lives: a code that is good once fails then. */
  readonly repeatsPassword: boolean | 'unknown';
  readonly change: Change;
  /** What a CoA-Request can make other; a segment that differs in anything else needs a new login. */
  readonly coaChanges: readonly ReplyWord[];
  /** What a CoA-Request does not say is gone; else it stays as it was. */
  readonly coaReplaces: boolean;
  /** [RFC5176-3] Ways to name a session, richest first; whatever is sent must match, so one that is known whole is taken. */
  readonly identifiedBy: readonly (readonly SessionIdentifier[])[];
  /** What a Disconnect-NAK without Error-Cause says. */
  readonly unexplainedNak: 'session-gone' | 'give-up';
  /** By what its accounting finds the decision, most reliable first. Nothing else that it sends is looked at for that. */
  readonly joinedBy: readonly JoinKey[];
  readonly settings: readonly ConcentratorSetting[];
  /** Its own configuration, with places for what only this gateway knows. */
  readonly ownConfiguration: string;
}

/** Class holds the group, and so not our id of the session. */
export function classIsGroup({ reply }: NasProfile): boolean {
  return reply.some(({ word, sends }) => word === 'group' && sends.some(({ attribute }) => attribute === 'Class'));
}

/** By RADIUS, which is all that this gateway speaks to a concentrator. */
export function takesChanges({ change }: NasProfile): boolean {
  return change === 'coa' || change === 'disconnect' || change === 'disconnect-user';
}
