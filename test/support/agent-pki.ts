// Certificates for agent tests, made by openssl: laptops of one authority, a person of another, keys that vouch for
// themselves, and the identity profiles that tell them apart, as documents.

import { execFileSync } from 'node:child_process';
import { createHash, createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type IdentityProfile, readProfile } from '../../gateway/identity/profile.ts';
import { type Credential, type KeyKind, makeOpensslPki, type OpensslPki, pemToDer } from './openssl-pki.ts';

/** A key pair with its certificates, as a laptop or a card holds them. */
export interface Holder {
  readonly credential: Credential;
  readonly privateKey: KeyObject;
  readonly spki: Uint8Array;
  /** SHA-256 (hex) of `spki`. */
  readonly key: string;
  readonly chain: readonly Uint8Array[];
}

export interface AgentPki {
  readonly laptop: Holder;
  readonly otherLaptop: Holder;
  readonly person: Holder;
  /** Another person of the same authority, with a key of this kind. */
  readonly anotherPerson: (key: KeyKind) => Holder;
  readonly server: Credential;
  /** PEM of the authority that vouches for the laptops and for the gateway. */
  readonly machineRoot: string;
  readonly sessionHolder: () => Holder;
  readonly profiles: readonly IdentityProfile[];
  readonly remove: () => void;
}

export function holderOf(credential: Credential): Holder {
  const privateKey = createPrivateKey(credential.keyPem);
  const spki = createPublicKey(privateKey).export({ type: 'spki', format: 'der' });
  const key = createHash('sha256').update(spki).digest('hex');
  return { credential, privateKey, spki, key, chain: pemToDer(credential.chainPem) };
}

export function makeAgentPki(): AgentPki {
  const machines = makeOpensslPki(1);
  const citizens = makeOpensslPki(0);
  const machine = (name: string) =>
    holderOf(machines.leaf({ name, key: 'p256', usage: 'clientAuth', dnsName: `${name}.town.example` }));
  let sessions = 0;
  let persons = 0;
  return {
    laptop: machine('lt-0001'),
    otherLaptop: machine('lt-0002'),
    person: holderOf(citizens.leaf({ name: 'person-4711', key: 'p384', usage: 'clientAuth' })),
    anotherPerson: key => holderOf(citizens.leaf({ name: `person-${4712 + persons++}`, key, usage: 'clientAuth' })),
    machineRoot: machines.rootPem,
    server: machines.leaf({ name: 'gateway', key: 'p256', usage: 'serverAuth', dnsName: 'localhost' }),
    sessionHolder: () => selfSigned(machines.directory, `session-${++sessions}`),
    profiles: [
      profile(
        machines,
        'machine',
        'machine-certificate',
        'sources: [{from: san-dns, pattern: "^(?<id>[a-z0-9.-]{1,80})$"}]',
      ),
      profile(
        citizens,
        'citizen',
        'identity-certificate',
        'sources: [{from: subject, oid: 2.5.4.3, pattern: "^person-(?<id>[0-9]{4})$"}]\n  canonical: "PNOBE-{id}"',
      ),
    ],
    remove: () => {
      machines.remove();
      citizens.remove();
    },
  };
}

/** A key that vouches for itself, as the agent makes one for its connections. */
function selfSigned(directory: string, name: string): Holder {
  const [keyFile, certificateFile] = [join(directory, `${name}.key`), join(directory, `${name}.pem`)];
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', keyFile];
  const words = ['req', '-x509', ...key, '-out', certificateFile, '-subj', `/CN=${name}`, '-days', '1'];
  execFileSync('openssl', words, { stdio: 'ignore' });
  const certificatePem = readFileSync(certificateFile, 'utf8');
  const keyPem = readFileSync(keyFile, 'utf8');
  const chain = { chainPem: certificatePem, chainFile: certificateFile };
  return holderOf({ certificatePem, keyPem, ...chain, certificateFile, keyFile });
}

function profile(pki: OpensslPki, id: string, kind: string, identifier: string): IdentityProfile {
  const document = `
schema: identity-profile/1
id: ${id}
kind: ${kind}
environment: test
assurance: high
trust:
  anchors: [root.pem]
  acceptFromPeer: yes
  maxDepth: 3
leaf:
  keyUsage:
    all: [digitalSignature]
identifier:
  ${identifier}
revocation:
  check: none
`;
  const read = readProfile(document, `${id}.yaml`, () => readFileSync(pki.rootFile), { environment: 'test' });
  if ('problems' in read) throw new Error(JSON.stringify(read.problems));
  return read.profile;
}
