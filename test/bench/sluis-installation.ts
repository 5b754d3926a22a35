// The gateway's side of the comparison: one installation whose store knows many laptops, each with its attestation result,
// its person and tickets. One laptop reports for real through the agent; the others are copies of it under their own keys.

import { randomBytes } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startGatewayProcess } from '../../gateway/cli/demo/gateway-process.ts';
import { makeInstallation } from '../../gateway/cli/demo/installation.ts';
import { isRefused } from '../../gateway/contract/reason.ts';
import { readCertificate } from '../../gateway/identity/certificate.ts';
import { splitPem } from '../../gateway/identity/pem.ts';
import { handleBytes, ticketHandle, ticketKey, ticketSecret } from '../../gateway/identity/ticket.ts';
import { openEmbeddedStore } from '../../gateway/io/embedded-store.ts';
import type { AdmissionStore, PersonProof } from '../../gateway/ports.ts';
import type { AttestationResult } from '../../gateway/verifier/facts.ts';
import { runOnce } from '../../posture-client/agent.ts';
import type { LaptopLogin, TicketLogin } from './load-job.ts';

/** Everything by path, relative to a directory that may be copied: each copy is a gateway of its own. */
export interface FilledInstallation {
  readonly directory: string;
  readonly secret: string;
  readonly laptops: readonly LaptopLogin[];
  readonly tickets: readonly TicketLogin[];
  readonly storeBytes: number;
}

export const configName = 'sluis.yaml';
export const storeName = 'sluis.db';
export const trustName = 'trust.pem';

const tenant = 'main';
const recording = fileURLToPath(new URL('../../posture-client/recorded/linux-healthy', import.meta.url));
const writesAtOnce = 500;
const hourMs = 3_600_000;

export async function fillInstallation(
  directory: string,
  counts: { readonly laptops: number; readonly tickets: number },
): Promise<FilledInstallation> {
  const names = Array.from({ length: counts.laptops }, (_, index) => `lt-${index}.bench.example`);
  const installation = await makeInstallation({ directory, laptops: names }, Date.now());
  const laptops = [...installation.laptops].map(([name, files]) => ({ name, ...files }));
  const [model] = laptops;
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
  const tickets = await fillStore(store, laptops, counts.tickets, ticketKey(Buffer.from(pseudonymKey, 'utf8')));
  await store.close();
  return {
    directory,
    secret: Buffer.from(installation.secret).toString('utf8'),
    laptops,
    tickets,
    storeBytes: storeBytesOf(directory),
  };
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
