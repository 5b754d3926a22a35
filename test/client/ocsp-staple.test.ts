// The agent's question to a responder, against openssl, and responders that behave badly; then the whole way: the agent
// brings an answer to a gateway that reaches no responder itself.

import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { startGatewayProcess } from '../../gateway/cli/demo/gateway-process.ts';
import { makeInstallation } from '../../gateway/cli/demo/installation.ts';
import { broughtOcspBytes } from '../../gateway/contract/challenge.ts';
import { runOnce } from '../../posture-client/agent.ts';
import { ocspQuestion, ocspStaple } from '../../posture-client/ocsp-staple.ts';
import { authentication, type EidCertificate, type EidPki, makeEidPki } from '../support/eid-pki.ts';
import { freePort, ocspSigner, startOcspServer, startOpensslResponder } from '../support/ocsp-responder.ts';
import { describeWith } from '../support/programs.ts';

const recordings = fileURLToPath(new URL('../../posture-client/recorded/', import.meta.url));

describeWith('openssl', 'an OCSP answer that the agent fetches', () => {
  let pki: EidPki;
  let ca: EidCertificate;
  let responder: EidCertificate;
  const closers: (() => Promise<unknown>)[] = [];
  const at = (name: string) => join(pki.directory, name);

  beforeAll(() => {
    pki = makeEidPki();
    pki.authority('root', { subject: '/C=BE/CN=Belgium Root CA6 (test)' });
    ca = pki.authority('ca', { issuer: 'root', subject: '/C=BE/O=Test/CN=Citizen CA/serialNumber=202601' });
    responder = pki.leaf('responder', 'ca', { subject: '/CN=Responder', extensions: ocspSigner });
  });
  afterAll(() => pki.remove());
  afterEach(async () => {
    for (const close of closers.splice(0).reverse()) await close();
  });

  const cardNaming = (name: string, url: string) =>
    pki.leaf(name, 'ca', { extensions: [...authentication, `authorityInfoAccess=OCSP;URI:${url}`] });
  /** A card whose responder runs, and knows what became of it. */
  async function cardWithResponder(name: string, state: 'good' | 'revoked'): Promise<EidCertificate> {
    const port = await freePort();
    const card = cardNaming(name, `http://127.0.0.1:${port}/`);
    if (state === 'revoked') pki.revoke(card, 'keyCompromise');
    const running = await startOpensslResponder(pki, port, 'ca', responder);
    closers.push(() => running.stop());
    return card;
  }

  it('asks as openssl asks', () => {
    const card = cardNaming('asked', 'http://127.0.0.1:9/');
    const words = ['-issuer', 'ca.pem', '-sha1', '-cert', 'asked.pem', '-no_nonce', '-reqout', 'theirs.der'];
    execFileSync('openssl', ['ocsp', ...words], { cwd: pki.directory, stdio: 'ignore' });
    const ours = ocspQuestion(new X509Certificate(card.der), new X509Certificate(ca.der));
    expect(Buffer.from(ours).toString('hex')).toBe(readFileSync(at('theirs.der')).toString('hex'));
  });

  it('brings what the responder says, as openssl understands it', async () => {
    const card = await cardWithResponder('fetched', 'good');
    writeFileSync(at('brought.der'), (await ocspStaple([card.der, ca.der])) ?? '');
    const words = ['-respin', 'brought.der', '-issuer', 'ca.pem', '-cert', 'fetched.pem', '-CAfile', 'root.pem'];
    const said = execFileSync('openssl', ['ocsp', ...words, '-verify_other', 'ca.pem'], {
      cwd: pki.directory,
      encoding: 'utf8',
      stdio: 'pipe',
    });
    expect(said).toContain('fetched.pem: good');
  });

  it.each<[string, (response: ServerResponse) => void]>([
    ['is silent', () => undefined],
    ['hangs up', response => void response.destroy()],
    ['answers 500', response => void response.writeHead(500).end('sorry')],
    ['leads elsewhere', response => void response.writeHead(302, { location: '/' }).end()],
    ['says nothing', response => void response.end()],
    ['says too much', response => void response.end(Buffer.alloc(broughtOcspBytes + 1))],
    ['never ends', response => void response.write('.')],
  ])('goes without where the responder %s', async (what, answer) => {
    const server = await startOcspServer((_, response) => answer(response));
    closers.push(() => server.close());
    const started = performance.now();
    expect(await ocspStaple([cardNaming(what.replaceAll(' ', '-'), server.url).der, ca.der])).toBeUndefined();
    expect([server.requests(), performance.now() - started < 3_000]).toEqual([1, true]);
  });

  it('goes without where nobody can be asked', async () => {
    const closed = `http://127.0.0.1:${await freePort()}/`;
    const card = cardNaming('closed', closed);
    for (const chain of [
      [card.der, ca.der],
      [card.der],
      [cardNaming('by-tls', closed.replace('http', 'https')).der, ca.der],
      [pki.leaf('naming-nobody', 'ca').der, ca.der],
      [Buffer.from('no certificate'), ca.der],
      [],
    ]) {
      expect(await ocspStaple(chain)).toBeUndefined();
    }
  });

  it('a gateway without a way to any responder believes it', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'sluis-staple-'));
    closers.push(async () => rmSync(directory, { recursive: true }));
    const installation = await makeInstallation({ directory, laptops: ['lt-0001'] }, Date.now());
    const profile = join(directory, 'identity/be-eid-test.yaml');
    const [before = ''] = readFileSync(profile, 'utf8').split('\nrevocation:');
    const dead = `127.0.0.1:${await freePort()}`;
    const revocation = `{ order: [ocsp], allowHosts: ["${dead}"], ocsp: { url: "http://${dead}/" }, unavailable: deny }`;
    writeFileSync(profile, `${before}\nrevocation: ${revocation}\n`);
    writeFileSync(join(directory, 'identity/anchors/be-eid-test.pem'), readFileSync(at('root.pem')));
    const gateway = await startGatewayProcess(installation.configFile);
    closers.push(() => gateway.stop());
    const machine = installation.laptops.get('lt-0001');
    if (machine === undefined) throw new Error('no laptop');
    const prove = (card: EidCertificate): Promise<string> => {
      writeFileSync(at('chain.pem'), `${card.pem}${ca.pem}`);
      const config = {
        gateway: `https://localhost:${gateway.ports.agentApi}`,
        trust: installation.trustFile,
        machine,
        sessionKey: false,
        identity: { key: at(`${card.name}.key`), certificate: at('chain.pem') },
        state: join(directory, 'agent.json'),
        language: 'en',
        recorded: join(recordings, 'linux-healthy'),
        remediation: { programs: {} },
      } as const;
      return runOnce({ config, prove: true, remediate: false }).then(
        ({ person }) => person?.profile ?? 'no person',
        (error: unknown) => String(error),
      );
    };
    expect(await prove(pki.leaf('silent', 'ca'))).toContain('revocation-unknown');
    expect(await prove(await cardWithResponder('good', 'good'))).toBe('be-eid-test');
    expect(await prove(await cardWithResponder('gone', 'revoked'))).toContain('certificate-revoked');
  }, 60_000);
});
