// A private PC asks to be admitted, without a certificate of an institution: it makes a key of its own, shows the gateway that
// it holds it, and asks again with the same key until somebody has decided. From then on it reports as any machine does.

import { access, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { DeviceEnrolled } from '../gateway/contract/challenge.ts';
import { collect } from './collect.ts';
import { connect } from './connection.ts';
import { AgentFailure } from './failure.ts';
import type { Laptop } from './laptop.ts';
import { readTrust } from './machine-connection.ts';
import { writePrivately } from './private-file.ts';
import { createSelfSigned } from './self-signed.ts';
import { type KeyFiles, keyFileSigner } from './signer.ts';

export interface EnrolmentOptions {
  /** `https://gateway.example.org:8443` */
  readonly gateway: string;
  /** PEM file with the certificates that the gateway's own must lead to. */
  readonly trust: string;
  /** Where key, certificate and configuration of this PC are. */
  readonly folder: string;
  readonly laptop: Laptop;
}

const timeoutMs = 30_000;
const keyLifetimeMs = 2 * 365 * 86_400_000;

export async function enrol({ gateway, trust, folder, laptop }: EnrolmentOptions): Promise<DeviceEnrolled> {
  const authorities = await readTrust(trust);
  await prepareFolder(folder);
  const machine = await keyFileSigner(await ownKey(folder, laptop.now()));
  await writeMissing(join(folder, 'gateway-ca.pem'), authorities);
  await writeMissing(join(folder, 'agent.yaml'), configurationText(gateway));
  const { os } = await collect(laptop, []);
  const { keyPem, certificatePem } = machine;
  const connection = await connect({ url: gateway, trust: authorities, keyPem, certificatePem, timeoutMs });
  try {
    const { family, version } = os;
    return await connection.enrol({ name: laptop.hostname.slice(0, 64), os: { family, version } });
  } finally {
    await connection.close();
  }
}

async function prepareFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw new AgentFailure('setup', `cannot make the folder ${folder}`, undefined, cause);
  }
}

/** The key of the first time. It is never replaced: to the gateway, another key is another PC. */
async function ownKey(folder: string, now: number): Promise<KeyFiles> {
  const files = { key: join(folder, 'machine.key'), certificate: join(folder, 'machine.pem') };
  if (await exists(files.key)) return files;
  const made = await createSelfSigned({ commonName: 'sluis-agent private PC', now, lifetimeMs: keyLifetimeMs });
  // The key comes last: where there is one, there is its certificate.
  await writePrivately(files.certificate, made.certificatePem);
  await writePrivately(files.key, made.keyPem);
  return files;
}

function configurationText(gateway: string): string {
  return [
    `gateway: ${JSON.stringify(gateway)}`,
    'trust: gateway-ca.pem',
    'machine: { key: machine.key, certificate: machine.pem }',
    'state: state.json',
    '',
  ].join('\n');
}

/** What the person has changed since stays as it is. */
async function writeMissing(path: string, text: string): Promise<void> {
  if (!(await exists(path))) await writePrivately(path, text);
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch (error) {
    // Anything but "not there" must not lead to a new key.
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false;
    throw new AgentFailure('setup', `cannot read ${path}`, undefined, error);
  }
}
