// A person proves themselves by a Web eID token, made here as the browser extension makes it: hash of origin and hash of
// nonce, one after the other, signed with the same hash. It counts, but for less than a proof that names machine and connection.

import { createHash, sign } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { WebEidProof } from '../../gateway/contract/challenge.ts';
import { isRefused } from '../../gateway/contract/reason.ts';
import { agentHandlers } from '../../gateway/flows/agent-handlers.ts';
import type { AgentConnection } from '../../gateway/ports.ts';
import { type AgentPki, type Holder, makeAgentPki } from '../support/agent-pki.ts';
import { signedProof } from '../support/agent-signatures.ts';
import {
  accepted,
  type AgentWorld,
  connectionFor,
  makeAgentWorld,
  nonceOver,
  requestOver,
  tenant,
} from '../support/agent-world.ts';

const origin = 'https://gateway.town.example';
const hashes = { ES384: 'sha384', ES256: 'sha256', RS256: 'sha256', RS384: 'sha384', RS512: 'sha512' } as const;

let pki: AgentPki;
let rsaPerson: Holder;
let p256Person: Holder;
let world: AgentWorld;
let handlers: ReturnType<typeof agentHandlers>;
let connection: AgentConnection;

beforeAll(() => {
  pki = makeAgentPki();
  rsaPerson = pki.anotherPerson('rsa2048');
  p256Person = pki.anotherPerson('p256');
});
afterAll(() => pki.remove());
beforeEach(async () => {
  world = await makeAgentWorld(pki);
  handlers = agentHandlers({ ...world.ports, webEidOrigin: origin });
  connection = connectionFor(pki.laptop);
});
afterEach(() => world.close());

interface TokenFields {
  readonly by?: Holder;
  readonly algorithm?: keyof typeof hashes;
  readonly origin?: string;
  /** The text that is signed, where it is not the one that belongs to the nonce. */
  readonly nonceText?: string;
  readonly over?: AgentConnection;
  readonly body?: Partial<WebEidProof>;
}

async function token(fields: TokenFields = {}): Promise<WebEidProof> {
  const { by = pki.person, algorithm = 'ES384' } = fields;
  const { nonce } = await nonceOver(world, fields.over ?? connection, 'identity-proof');
  const text = fields.nonceText ?? Buffer.from(nonce, 'base64url').toString('base64');
  const hash = hashes[algorithm];
  const digest = (of: string): Buffer => createHash(hash).update(of).digest();
  const data = Buffer.concat([digest(fields.origin ?? origin), digest(text)]);
  const signature = sign(hash, data, { key: by.privateKey, dsaEncoding: 'ieee-p1363' });
  return {
    format: 'web-eid:1.0',
    nonce,
    unverifiedCertificate: Buffer.from(by.chain[0] ?? []).toString('base64'),
    algorithm,
    signature: signature.toString('base64'),
    ...fields.body,
  };
}

async function wordOf(body: WebEidProof, over = connection): Promise<string> {
  const answer = await handlers.identityProof(requestOver(over, body));
  return isRefused(answer) ? answer.refused : 'accepted';
}
const person = () => world.store.personProof(tenant, pki.laptop.key, world.now());

describe('a token', () => {
  it.each([
    ['P-384', 'ES384', () => pki.person],
    ['P-256', 'ES256', () => p256Person],
    ['RSA', 'RS256', () => rsaPerson],
    ['RSA with SHA-384', 'RS384', () => rsaPerson],
    ['RSA with SHA-512', 'RS512', () => rsaPerson],
  ] as const)('with %s makes the person known on the machine of the connection', async (_, algorithm, by) => {
    const answer = accepted(
      await handlers.identityProof(requestOver(connection, await token({ algorithm, by: by() }))),
    );
    expect(answer).toMatchObject({ profile: 'citizen', validUntil: world.now() + 10 * 3600_000 });
    expect(await person()).toMatchObject({ device: pki.laptop.key, pseudonym: answer.pseudonym });
    expect(await world.store.personProof(tenant, pki.otherLaptop.key, world.now())).toBeUndefined();
  });

  it('counts for less than a proof that names the machine, and is the same person', async () => {
    const weak = accepted(await handlers.identityProof(requestOver(connection, await token())));
    expect((await person())?.assurance).toBe('substantial');
    const { nonce } = await nonceOver(world, connection, 'identity-proof');
    const body = signedProof(pki.person, { nonce, exporter: connection.exporter, machineKey: pki.laptop.key });
    const strong = accepted(await handlers.identityProof(requestOver(connection, body)));
    expect((await person())?.assurance).toBe('high');
    expect(strong.pseudonym).toBe(weak.pseudonym);
  });

  it.each(['web-eid:1', 'web-eid:1.0', 'web-eid:1.1', 'web-eid:1.99'])('of version %s is taken', async format => {
    expect(
      await wordOf(await token({ body: { format, appVersion: 'https://web-eid.eu/web-eid-app/releases/2.0.2' } })),
    ).toBe('accepted');
  });

  it.each<[string, TokenFields, string]>([
    ['of version 2', { body: { format: 'web-eid:2.0' } }, 'proof-malformed'],
    ['of version 10', { body: { format: 'web-eid:10.0' } }, 'proof-malformed'],
    ['of version 0', { body: { format: 'web-eid:0.9' } }, 'proof-malformed'],
    ['for another site', { origin: 'https://gateway.town.example.evil.example' }, 'proof-signature-wrong'],
    ['for another port', { origin: `${origin}:8443` }, 'proof-signature-wrong'],
    ['for the site without TLS', { origin: 'http://gateway.town.example' }, 'proof-signature-wrong'],
    ['for the site with a slash', { origin: `${origin}/` }, 'proof-signature-wrong'],
    ['over another nonce', { nonceText: Buffer.alloc(32, 7).toString('base64') }, 'proof-signature-wrong'],
    ['that names another hash', { body: { algorithm: 'ES256' } }, 'proof-signature-wrong'],
    ['with an algorithm of no table', { body: { algorithm: 'PS384' } }, 'proof-malformed'],
    ['without signature', { body: { signature: '' } }, 'proof-signature-wrong'],
    ['with a signature in base64url', { body: { signature: '_-__' } }, 'proof-malformed'],
    ['with half a certificate', { body: { unverifiedCertificate: 'MIIB' } }, 'certificate-malformed'],
    ['over a nonce that was never issued', { body: { nonce: 'A'.repeat(43) } }, 'nonce-unknown'],
  ])('%s is refused', async (_, fields, word) => {
    expect(await wordOf(await token(fields))).toBe(word);
    expect(await person()).toBeUndefined();
  });

  it('of another authority is refused, and brings no authority along', async () => {
    expect(await wordOf(await token({ by: pki.otherLaptop, algorithm: 'ES256' }))).toBe('certificate-anchor-unknown');
    expect(await wordOf(await token({ by: pki.sessionHolder(), algorithm: 'ES256' }))).toBe(
      'certificate-anchor-unknown',
    );
  });

  it('with the certificate of somebody else is refused', async () => {
    const theirs = { unverifiedCertificate: Buffer.from(p256Person.chain[0] ?? []).toString('base64') };
    expect(await wordOf(await token({ body: theirs }))).toBe('proof-signature-wrong');
  });

  it('over the nonce as the challenge spells it is refused: the extension is given base64', async () => {
    const { nonce } = await nonceOver(world, connection, 'identity-proof');
    const made = await token({ nonceText: nonce });
    expect(await wordOf({ ...made, nonce })).toBe('proof-signature-wrong');
  });

  it('is good once, and only by the machine that asked for its nonce', async () => {
    const made = await token();
    expect(await wordOf(made, connectionFor(pki.otherLaptop))).toBe('nonce-unknown');
    expect(await wordOf(made)).toBe('accepted');
    expect(await wordOf(made)).toBe('nonce-used');
    const late = await token();
    world.advance(120_000);
    expect(await wordOf(late)).toBe('nonce-expired');
  });

  it('is refused by a gateway that has no origin, and is on record', async () => {
    handlers = agentHandlers(world.ports);
    expect(await wordOf(await token())).toBe('proof-malformed');
    const [record] = await world.store.decisions({ tenant, only: 'refused', limit: 5 });
    expect(record).toMatchObject({ kind: 'refusal', device: pki.laptop.key, reasons: ['proof-malformed'] });
  });
});
