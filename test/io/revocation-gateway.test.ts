// Revocation in a gateway that runs as its own process: a person proves who they are with the agent, and the gateway asks
// the responder of the profile before it answers; a list that changes on disk counts without a reload, and ends what is open.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Concentrator, startConcentrator } from '../../gateway/cli/demo/concentrator.ts';
import { type GatewayProcess, startGatewayProcess } from '../../gateway/cli/demo/gateway-process.ts';
import { type Installation, makeInstallation } from '../../gateway/cli/demo/installation.ts';
import { makeCrl } from '../../gateway/cli/demo/test-authority.ts';
import { isRefused } from '../../gateway/contract/reason.ts';
import { probeAccounting, probePassword } from '../../gateway/io/radius-probe.ts';
import { readCertificate } from '../../gateway/identity/certificate.ts';
import { certIdOf } from '../../gateway/identity/ocsp-request.ts';
import { attribute } from '../../gateway/radius/attributes.ts';
import { runOnce } from '../../posture-client/agent.ts';
import { classOf } from '../support/radius-world.ts';
import { nonceIn, ocspAnswer, type OcspServer, startOcspServer } from '../support/ocsp-responder.ts';

const secret = 'the-secret-of-the-concentrator';
const recordings = fileURLToPath(new URL('../../posture-client/recorded/', import.meta.url));

describe('a running gateway', () => {
  let directory: string;
  let installation: Installation;
  let responder: OcspServer;
  let concentrator: Concentrator;
  let gateway: GatewayProcess | undefined;
  let said: 'good' | 'revoked' | 'nothing';
  let now: number;

  beforeEach(async () => {
    now = Date.now();
    directory = mkdtempSync(join(tmpdir(), 'sluis-revocation-'));
    concentrator = await startConcentrator(Buffer.from(secret));
    const changesAt = concentrator.port;
    installation = await makeInstallation({ directory, laptops: ['lt-0001'], secret, changesAt }, now);
    responder = await startOcspServer((body, response) => {
      if (said === 'nothing') {
        response.writeHead(503).end();
        return;
      }
      response.end(answer(body, said));
    });
  });
  afterEach(async () => {
    await gateway?.stop();
    await concentrator.close();
    await responder.close();
    rmSync(directory, { recursive: true });
  });

  /** Signed by the authority of the card itself. */
  function answer(body: Buffer, state: 'good' | 'revoked'): Buffer {
    const { citizenCa, people } = installation.ca;
    const [card, authority] = [readCertificate(people.valid.der), readCertificate(citizenCa.der)];
    if (isRefused(card) || isRefused(authority)) throw new Error('the demo certificates cannot be read');
    const { der, pem, privateKeyPem } = citizenCa;
    return ocspAnswer({
      id: certIdOf(card, authority, 'sha1'),
      state,
      thisUpdate: Date.now(),
      signer: { name: 'citizen', der, pem, keyPem: privateKeyPem, issuer: 'citizen' },
      nonce: nonceIn(body) ?? Buffer.of(),
    });
  }

  async function start(revocation: string): Promise<void> {
    const path = join(directory, 'identity/be-eid-test.yaml');
    const [before = ''] = readFileSync(path, 'utf8').split('\nrevocation:');
    writeFileSync(path, `${before}\nrevocation: ${revocation}\n`);
    gateway = await startGatewayProcess(installation.configFile);
  }
  function report(ticket: boolean): ReturnType<typeof runOnce> {
    const machine = installation.laptops.get('lt-0001');
    if (machine === undefined || gateway === undefined) throw new Error('nothing runs');
    return runOnce({
      config: {
        gateway: `https://localhost:${gateway.ports.agentApi}`,
        trust: installation.trustFile,
        machine,
        sessionKey: false,
        identity: installation.person,
        state: join(directory, 'agent.json'),
        language: 'en',
        recorded: join(recordings, 'linux-healthy'),
        remediation: { programs: {} },
      },
      prove: true,
      ticket,
      remediate: false,
    });
  }
  async function prove(): Promise<string> {
    return report(false).then(
      ({ person }) => (person === undefined ? 'no person' : 'proven'),
      (error: unknown) => JSON.stringify(error, Object.getOwnPropertyNames(error)),
    );
  }

  it('asks the responder of the profile, and believes it', async () => {
    said = 'good';
    const { host, url } = responder;
    await start(
      `{ order: [ocsp], allowHosts: ["${host}"], ocsp: { url: "${url}", maxAge: 10 seconds }, unavailable: deny }`,
    );
    expect([await prove(), responder.requests()]).toEqual(['proven', 1]);
    said = 'revoked';
    expect([await prove(), responder.requests()]).toEqual(['proven', 1]);
  });

  it.each([
    ['revoked', 'allow', 'certificate-revoked'],
    ['nothing', 'deny', 'revocation-unknown'],
    ['nothing', 'allow', 'proven'],
  ] as const)('the responder says %s, the profile says %s: %s', async (state, unavailable, expected) => {
    said = state;
    const { host, url } = responder;
    await start(`{ order: [ocsp], allowHosts: ["${host}"], ocsp: { url: "${url}" }, unavailable: ${unavailable} }`);
    expect(await prove()).toContain(expected);
    expect(responder.requests()).toBeGreaterThan(0);
  });

  async function revoke(): Promise<void> {
    const { citizenCa, people, crls } = installation.ca;
    const revoked = [{ serial: people.valid.serial }];
    const list = await makeCrl(citizenCa, { thisUpdate: now, nextUpdate: now + 86_400_000, revoked, number: 100 });
    writeFileSync(join(directory, 'identity/crls/be-eid-test.pem'), `${crls.eidRoot.pem}${list.pem}`);
  }

  it('reads a list again that has changed on disk', async () => {
    said = 'nothing';
    await start('{ check: crl, crls: [crls/be-eid-test.pem], unavailable: deny }');
    expect(await prove()).toBe('proven');
    await revoke();
    // Files are looked at every ten seconds; an agent may not report much more often.
    await vi.waitFor(async () => expect(await prove()).toContain('certificate-revoked'), {
      timeout: 45_000,
      interval: 11_000,
    });
  }, 60_000);

  it('ends the session of somebody who is in the list that has just come', async () => {
    said = 'nothing';
    await start('{ check: crl, crls: [crls/be-eid-test.pem], unavailable: deny }');
    const { ticket } = await report(true);
    if (ticket === undefined || gateway === undefined) throw new Error('no ticket');
    const { authentication, accounting } = gateway.ports;
    const server = { address: '127.0.0.1', secret: Buffer.from(secret) };
    const station = attribute('Calling-Station-Id', '192.0.2.5');
    const login = await probePassword(
      { ...server, port: authentication },
      { userName: ticket.handle, password: ticket.secret, attributes: [station] },
    );
    expect(login.verdict, login.notes.join()).toBe('accept');
    const open = await probeAccounting(
      { ...server, port: accounting },
      {
        status: 'start',
        acctSessionId: 'S-1',
        attributes: [attribute('User-Name', ticket.handle), station, classOf(login.reply)],
      },
    );
    expect(open.verdict).toBe('answered');
    await revoke();
    // The file is looked at every ten seconds, and the watch by itself only every five minutes.
    await vi.waitFor(() => expect(concentrator.changesOf('S-1')).toEqual(['Disconnect-Request']), {
      timeout: 30_000,
      interval: 200,
    });
  }, 60_000);
});
