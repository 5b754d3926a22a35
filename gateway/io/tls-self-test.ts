// Asked once when the gateway starts: does this Node do TLS as EAP-TLS needs it? Some releases (24.21.0, and 26 from 26.8.0
// until it was mended) lose the intermediate certificates that a peer sends, and every login would be refused for a
// missing issuer, hours later and in other words.

import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';
import type { TlsPeerEngine } from '../eap/peer.ts';
import type { TlsStep } from '../eap/step.ts';
import { TlsHandshakes } from './tls-handshakes.ts';
import { tlsPeerEngine } from './tls-peer.ts';

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const dayMs = 86_400_000;

/** One handshake of each version inside this process; rejects with an Error that says what to do. */
export async function selfTest(): Promise<void> {
  const { chain, keyPem } = await throwAwayChain();
  for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
    const only = { certificatePem: chain, keyPem, minVersion: version, maxVersion: version };
    const engine = new TlsHandshakes(only);
    const peer = tlsPeerEngine(only);
    try {
      await tryOnce(engine, peer, version);
    } finally {
      engine.close(conversation);
      peer.close();
    }
  }
}

const conversation = 'self-test';

async function tryOnce(engine: TlsHandshakes, peer: TlsPeerEngine, version: string): Promise<void> {
  let toServer = (await peer.begin()).bytes;
  let step: TlsStep = await engine.step(conversation, toServer);
  while (step.step === 'flight' && step.bytes.length > 0) {
    toServer = (await peer.step(step.bytes)).bytes;
    step = await engine.step(conversation, toServer);
  }
  if (step.step !== 'judge') {
    const why = step.step === 'failed' ? step.detail : 'it does not end';
    throw new Error(`The TLS self-test failed in ${version}: ${why}. ${whatToDo}`);
  }
  const certificates = step.peer.chain.length;
  if (certificates !== 2) {
    throw new Error(
      `A TLS peer sent 2 certificates and Node showed ${certificates}: ${version} hides a peer's issuers. ${whatToDo}`,
    );
  }
  const settled = await engine.settle(conversation, { accept: true });
  if (settled.step === 'settled') await peer.step(settled.bytes);
  const status = peer.status();
  const sameKeys = status.finished && Buffer.compare(status.keyMaterial, step.peer.keyMaterial) === 0;
  if (!sameKeys || !status.successIndicated) {
    throw new Error(`The TLS self-test failed in ${version}: the two ends do not agree. ${whatToDo}`);
  }
}

const whatToDo = `This is Node ${process.version}; run the gateway with the Node that its package-lock.json names.`;

/** A leaf and its issuer, made and forgotten here. */
async function throwAwayChain(): Promise<{ readonly chain: string; readonly keyPem: string }> {
  x509.cryptoProvider.set(webcrypto);
  const issuer = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const leaf = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const now = Date.now();
  const common = {
    notBefore: new Date(now - dayMs),
    notAfter: new Date(now + dayMs),
    signingAlgorithm: algorithm,
    issuer: 'CN=self-test issuer',
    signingKey: issuer.privateKey,
  };
  const issuerCertificate = await x509.X509CertificateGenerator.create({
    ...common,
    serialNumber: '01',
    subject: common.issuer,
    publicKey: issuer.publicKey,
    extensions: [new x509.BasicConstraintsExtension(true, undefined, true)],
  });
  const leafCertificate = await x509.X509CertificateGenerator.create({
    ...common,
    serialNumber: '02',
    subject: 'CN=self-test',
    publicKey: leaf.publicKey,
  });
  const keyDer = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', leaf.privateKey));
  return {
    chain: `${leafCertificate.toString('pem')}\n${issuerCertificate.toString('pem')}\n`,
    keyPem: x509.PemConverter.encode(keyDer, 'PRIVATE KEY'),
  };
}
