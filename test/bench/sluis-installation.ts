// The gateway's side of the comparison: one installation whose store knows many laptops, each with its attestation result,
// its person and tickets. One laptop reports for real through the agent; the others are copies of it under their own keys.

import { randomBytes } from 'node:crypto';
import { cpSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startGatewayProcess } from '../../gateway/cli/demo/gateway-process.ts';
import { machineCertificate, makeInstallation } from '../../gateway/cli/demo/installation.ts';
import { type Authority, makeAuthority, makeCrl } from '../../gateway/cli/demo/test-authority.ts';
import { isRefused } from '../../gateway/contract/reason.ts';
import { readCertificate } from '../../gateway/identity/certificate.ts';
import { splitPem } from '../../gateway/identity/pem.ts';
import { handleBytes, ticketHandle, ticketKey, ticketSecret } from '../../gateway/identity/ticket.ts';
import { openEmbeddedStore } from '../../gateway/io/embedded-store.ts';
import { migrateToRedis } from '../../gateway/io/redis-store-migration.ts';
import type { AdmissionStore, PersonProof } from '../../gateway/ports.ts';
import type { AttestationResult } from '../../gateway/verifier/facts.ts';
import { runOnce } from '../../posture-client/agent.ts';
import { redisSettings, type TestRedis } from '../support/redis-server.ts';
import type { LaptopLogin, TicketLogin } from './load-job.ts';

/** Everything by path, relative to a directory that may be copied: each copy is a gateway of its own. */
export interface FilledInstallation {
  readonly directory: string;
  readonly secret: string;
  /** P-384 keys, by whom they are certified. */
  readonly laptops: Readonly<Record<Hierarchy, readonly LaptopLogin[]>>;
  /** Certificates and revocation lists of all authorities of laptops, below the directory. */
  readonly authorities: readonly string[];
  readonly tickets: readonly TicketLogin[];
  readonly storeBytes: number;
}

/** A root with a P-256 key; or P-384 all along, and the root is not what the gateway trusts but the authority below it. */
export const hierarchies = ['P-256 root', 'P-384 issuing authority'] as const;
export type Hierarchy = (typeof hierarchies)[number];

export const configName = 'sluis.yaml';
export const storeName = 'sluis.db';
export const trustName = 'trust.pem';

const tenant = 'main';
/** All the load comes from one concentrator, one caller and one person. */
const noLimits =
  '{ nas-logins-per-second: 1000000, caller-logins-per-minute: 1000000, person-logins-per-minute: 1000000, conversations-per-tls-worker: 4096 }';
const recording = fileURLToPath(new URL('../../posture-client/recorded/linux-healthy', import.meta.url));
const writesAtOnce = 500;
const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

export async function fillInstallation(
  directory: string,
  counts: { readonly laptops: number; readonly tickets: number },
): Promise<FilledInstallation> {
  const now = Date.now();
  const names = Array.from({ length: counts.laptops }, (_, index) => `lt-${index}.bench.example`);
  const installation = await makeInstallation({ directory, laptops: names, limits: noLimits }, now);
  const ofRoot = [...installation.laptops].map(([name, files]) => ({ name, ...files }));
  const issuing = await issuingAuthority(directory, now);
  const laptops = {
    'P-256 root': ofRoot,
    'P-384 issuing authority': await issuedBy(issuing, directory, counts.laptops, now),
  };
  const [model] = ofRoot;
  if (model === undefined) throw new RangeError('no laptop at all');
  const gateway = await startGatewayProcess(installation.configFile);
  try {
    const { verdict } = await runOnce({
      config: {
        gateway: `https://localhost:${gateway.ports.agentApi}`,
        trust: installation.trustFile,
        machine: { certificate: model.certificate, key: model.key },
        sessionKey: false,
        identity: installation.person,
        state: join(directory, 'agent.json'),
        language: 'en',
        recorded: recording,
        remediation: { programs: {} },
      },
      prove: true,
      ticket: false,
      remediate: false,
    });
    if (verdict.outcome !== 'grant') throw new Error(`the model laptop is not granted access but ${verdict.outcome}`);
  } finally {
    await gateway.stop();
  }
  const store = await openEmbeddedStore({ path: installation.storePath, writer: 'bench', deadlineMs: 30_000 });
  // As its gateways read it: text without the line feed at its end.
  const pseudonymKey = readFileSync(join(directory, 'pseudonym.key'), 'utf8').trim();
  const tickets = await fillStore(
    store,
    [...ofRoot, ...laptops['P-384 issuing authority']],
    counts.tickets,
    ticketKey(Buffer.from(pseudonymKey, 'utf8')),
  );
  await store.close();
  return {
    directory,
    secret: Buffer.from(installation.secret).toString('utf8'),
    laptops,
    authorities: ['anchors', 'roots', 'crls'].flatMap(folder =>
      readdirSync(join(directory, 'identity', folder))
        .filter(name => !name.startsWith('be-eid'))
        .map(name => join('identity', folder, name)),
    ),
    tickets,
    storeBytes: storeBytesOf(directory),
  };
}

/** What the gateway trusts is the issuing authority; its root is for those who must see the whole path. */
async function issuingAuthority(directory: string, now: number): Promise<Authority> {
  const validity = { notBefore: now - 400 * dayMs, notAfter: now + 3650 * dayMs };
  const named = (name: string) => ({ subject: [['2.5.4.3', name]] as const, validity, keyType: 'P-384' as const });
  const root = await makeAuthority(named('Bench Root CA'));
  const issuing = await makeAuthority({ ...named('Bench Issuing CA'), issuer: root });
  const window = { thisUpdate: now - hourMs, nextUpdate: now + 7 * dayMs };
  const put = (path: string, content: string): void => writeFileSync(join(directory, 'identity', path), content);
  mkdirSync(join(directory, 'identity/roots'));
  put('roots/bench-root.pem', root.pem);
  put('anchors/bench-issuing.pem', issuing.pem);
  put('crls/bench-issuing.pem', (await makeCrl(issuing, window)).pem);
  const profile = readFileSync(join(directory, 'identity/machine.yaml'), 'utf8');
  for (const kind of ['anchors', 'crls'] as const) {
    if (!profile.includes(`    - ${kind}/machine-ca.pem\n`)) throw new Error(`machine.yaml names no ${kind}`);
  }
  put(
    'machine.yaml',
    profile
      .replace('    - anchors/machine-ca.pem\n', line => `${line}    - anchors/bench-issuing.pem\n`)
      .replace('    - crls/machine-ca.pem\n', line => `${line}    - crls/bench-issuing.pem\n`),
  );
  return issuing;
}

async function issuedBy(issuing: Authority, directory: string, count: number, now: number): Promise<LaptopLogin[]> {
  const laptops: LaptopLogin[] = [];
  for (let index = 0; index < count; index++) {
    const name = `issued-${index}.bench.example`;
    const issued = await machineCertificate(issuing, name, now);
    const [certificate, key] = [join(directory, 'laptops', `${name}.pem`), join(directory, 'laptops', `${name}.key`)];
    writeFileSync(certificate, issued.chainPem, { mode: 0o600 });
    writeFileSync(key, issued.privateKeyPem, { mode: 0o600 });
    laptops.push({ name, certificate, key });
  }
  return laptops;
}

export interface CopyOptions {
  /** Everything in the file is brought there, and the copy keeps its store there. */
  readonly redis?: TestRedis;
  readonly resumption?: 'off' | 'machine';
}

/** A gateway of its own, with everything that the first one knows. */
export async function copyInstallation(
  from: string,
  to: string,
  { redis, resumption = 'off' }: CopyOptions,
): Promise<string> {
  cpSync(from, to, { recursive: true });
  const file = join(to, configName);
  let config = readFileSync(file, 'utf8');
  const replace = (line: string, by: string): void => {
    if (!config.includes(line)) throw new Error(`${configName} has no "${line}"`);
    config = config.replace(line, by);
  };
  replace('tls-workers: 1', `tls-workers: 1, resumption: ${resumption}`);
  if (redis !== undefined) {
    const limits = { deadlineMs: 30_000, maxPending: 1_000 };
    await migrateToRedis(join(to, storeName), { ...redisSettings(redis), ...limits });
    const store = `store: { redis: { servers: ['${redis.url}'], directory: ${to} } }`;
    replace(`store: { path: ${storeName} }`, store);
  }
  writeFileSync(file, config);
  return file;
}

/** After its gateway has stopped: everything is in the one file then. */
export function storeBytesOf(directory: string): number {
  return statSync(join(directory, storeName)).size;
}

async function fillStore(
  store: AdmissionStore,
  laptops: readonly LaptopLogin[],
  ticketCount: number,
  key: Uint8Array,
): Promise<readonly TicketLogin[]> {
  const now = Date.now();
  const devices = laptops.map(({ name, certificate }) => ({ name, ...keyOf(certificate) }));
  const [model] = devices;
  const attestation = model && (await store.attestation(tenant, model.key));
  const person = model && (await store.personProof(tenant, model.key, now));
  if (attestation === undefined || person === undefined)
    throw new Error('the model laptop left no report or no person');
  await inPortions(devices.slice(1), async device => {
    const committed = await store.commit({ tenant, at: now, ...copyFor(device.key, device.name, attestation, person) });
    if (!committed.committed) throw new Error(committed.conflict);
  });
  const tickets = Array.from({ length: ticketCount }, () => {
    const handle = ticketHandle(randomBytes(handleBytes));
    return { handle, secret: ticketSecret(key, tenant, handle) };
  });
  await inPortions(tickets, async ({ handle }, index) => {
    const device = devices[index % devices.length];
    if (device === undefined) return;
    await store.putTicket({
      tenant,
      handle,
      device: device.key,
      deviceName: device.name,
      deviceCertificateNotAfter: device.notAfter,
      person: person.pseudonym,
      binding: 'ticket',
      traceId: randomBytes(16).toString('hex'),
      issuedAt: now,
      expiresAt: now + hourMs,
    });
  });
  return tickets;
}

function copyFor(device: string, deviceName: string, attestation: AttestationResult, person: PersonProof) {
  return { attestation: { ...attestation, device, deviceName }, person: { ...person, device } };
}

function keyOf(certificateFile: string): { readonly key: string; readonly notAfter: number } {
  const [der] = splitPem(readFileSync(certificateFile), 'CERTIFICATE');
  const certificate = der && readCertificate(der);
  if (certificate === undefined || isRefused(certificate)) throw new Error(`no certificate in ${certificateFile}`);
  return { key: certificate.key.hash, notAfter: certificate.notAfter };
}

async function inPortions<T>(items: readonly T[], write: (item: T, index: number) => Promise<void>): Promise<void> {
  for (let at = 0; at < items.length; at += writesAtOnce) {
    await Promise.all(items.slice(at, at + writesAtOnce).map((item, index) => write(item, at + index)));
  }
}
