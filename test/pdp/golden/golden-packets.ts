// Golden packets, one file for each NAS profile: what the concentrator is sent and what it says of a client, as attributes in
// octets, with the words of FreeRADIUS beside them. Sections begin at the margin; a line is hex, two spaces, words.

import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Decision } from '../../../gateway/contract/decision.ts';
import type { Outcome } from '../../../gateway/contract/outcome.ts';
import { parseYaml } from '../../../gateway/documents/yaml-tree.ts';
import { authorization, changedAuthorization } from '../../../gateway/pdp/authorization.ts';
import { plannedChange } from '../../../gateway/pdp/live-change.ts';
import type { Nas } from '../../../gateway/pdp/nas.ts';
import type { NasProfile, Segments } from '../../../gateway/pdp/nas-profile.ts';
import type { Session } from '../../../gateway/pdp/session.ts';
import type { Attribute } from '../../../gateway/radius/attributes.ts';
import { authorizationAttributes } from '../../../gateway/radius/authorization-attributes.ts';
import { identification } from '../../../gateway/radius/session-identification.ts';
import { segmentsShape } from '../../../gateway/segments-config.ts';

export interface Line {
  readonly hex: string;
  readonly words: string;
}

export interface Golden {
  /** By section: `accept grant`, `change to quarantine: coa`, `request`. */
  readonly sections: ReadonlyMap<string, readonly Line[]>;
  readonly claims: ReadonlyMap<string, string>;
}

const folder = fileURLToPath(new URL('.', import.meta.url));

export function readGolden(profile: string): Golden {
  const sections = new Map<string, Line[]>();
  const claims = new Map<string, string>();
  let lines: Line[] = [];
  let section = '';
  for (const text of readFileSync(`${folder}${profile}.txt`, 'utf8').split('\n')) {
    if (text === '' || text.startsWith('#')) continue;
    const [, hex, words = ''] = /^ {2}([0-9a-f]*) {2}(.*)$/.exec(text) ?? [];
    if (hex === undefined && section !== 'claims') {
      section = text;
      lines = [];
      if (section !== 'claims') sections.set(section, lines);
    } else if (section === 'claims') {
      const [name = '', value = ''] = text.trim().split(' = ');
      claims.set(name, value);
    } else lines.push({ hex: hex ?? '', words });
  }
  return { sections, claims };
}

const now = 1_800_000_000_000;
const grants = ['grant', 'update', 'quarantine'] as const;

function decided(outcome: Outcome): Decision {
  return {
    outcome,
    ...(outcome === 'deny' ? {} : { segment: outcome === 'grant' ? 'office' : outcome }),
    reasons: [],
    results: [],
    validUntil: now + 8 * 3_600_000,
    validUntilBecause: 'day-limit',
    decidedAt: now,
    policyHash: '',
    factsHash: '',
  };
}

/** What the gateway sends to a concentrator of this profile, by section. */
export function sent(profile: NasProfile): ReadonlyMap<string, readonly string[]> {
  const secret = Buffer.from('golden-secret');
  const nas: Nas = {
    name: 'vpn-1',
    tenant: 'main',
    group: 'vpn',
    address: '192.0.2.1',
    secret,
    requireMessageAuthenticator: true,
    path: 'plain',
    profile,
    segments: segmentsOf(profile.name),
    dynamicAuthorization: { address: '192.0.2.1', port: 3799, secret },
  };
  const id = 'S-0123456789abcdef';
  const session: Session = {
    tenant: 'main',
    id,
    state: 'started',
    way: 'ticket',
    nas: 'vpn-1',
    nasGroup: 'vpn',
    userName: 'jan',
    callingStationId: '198.51.100.7',
    acctSessionId: '81a00001',
    framedAddress: '10.0.20.7',
    nasIdentifier: 'vpn-1',
    clientClaims: { 'nas-session': 'c0a8010100001000' },
    binding: 'none',
    decision: decided('grant'),
    decisionId: '',
    caseCode: '',
    traceId: '',
    decidedAt: now,
    inputOctets: 0,
    outputOctets: 0,
    version: 1,
  };
  const out = new Map<string, readonly string[]>();
  for (const outcome of grants) {
    out.set(`accept ${outcome}`, authorizationAttributes(authorization(decided(outcome), nas, id, now)).map(hexOf));
  }
  for (const outcome of ['quarantine', 'deny'] as const) {
    const { kind, then } = plannedChange(nas, session, 'report-changed', decided(outcome));
    const changes = kind === 'coa' ? authorizationAttributes(changedAuthorization(decided(outcome), nas, id, now)) : [];
    const named = identification(session, profile.identifiedBy);
    if (then === 'ask') out.set(`change to ${outcome}: ${kind}`, [...named, ...changes].map(hexOf));
    else out.set(`change to ${outcome}: ${then}`, []);
  }
  return out;
}

export function segmentsOf(profile: string): Segments {
  const own = `${folder}${profile}.segments.yaml`;
  const file = existsSync(own) ? own : `${folder}segments.yaml`;
  const tree = parseYaml(readFileSync(file, 'utf8'), file);
  const reading = { file, problems: [] };
  const segments = 'tree' in tree ? segmentsShape(tree.tree, reading) : undefined;
  if (segments === undefined || reading.problems.length > 0) throw new Error(JSON.stringify(reading.problems));
  return segments;
}

/** As it travels: type, length, value. */
function hexOf({ type, bytes }: Attribute): string {
  return Buffer.concat([Uint8Array.of(type, bytes.length + 2), bytes]).toString('hex');
}

export function attributeOf(hex: string): Attribute {
  const bytes = Buffer.from(hex, 'hex');
  return { type: bytes[0] ?? 0, bytes: bytes.subarray(2) };
}
