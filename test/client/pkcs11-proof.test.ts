// A person proves themselves with a card to the gateway's own agent API: a real PKCS #11 module on one side; flows, profiles,
// verifier and store on the other. And the same as people start it, with the PIN typed in a terminal.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, onTestFinished } from 'vitest';
import { runOnce } from '../../posture-client/agent.ts';
import { serveForTests } from '../io/agent-api-server.ts';
import type { Holder } from '../support/agent-pki.ts';
import { tenant } from '../support/agent-world.ts';
import { describeWith } from '../support/programs.ts';
import { makeSoftCards, pin, softModule, type SoftCards } from './soft-card.ts';

const recordings = new URL('../../posture-client/recorded/', import.meta.url).pathname;
const launcher = new URL('../../posture-client/sluis-agent.mjs', import.meta.url).pathname;

describeWith(['softhsm2-util', 'pkcs11-tool', 'script'], 'a person with a card', (_softhsm, _tool, script) => {
  const served = serveForTests();
  let folder: string;
  let cards: SoftCards;
  beforeEach(() => {
    cards = makeSoftCards();
    folder = mkdtempSync(join(tmpdir(), 'sluis-card-'));
    writeFileSync(join(folder, 'ca.pem'), served.pki.machineRoot);
  });
  afterEach(() => {
    cards.remove();
    rmSync(folder, { recursive: true });
  });

  function put({ chain: [leaf], credential }: Holder): void {
    const certificate = Buffer.concat([leaf ?? Buffer.alloc(0), Buffer.alloc(128)]);
    cards.put('BELPIC', [{ label: 'Authentication', id: '02', key: credential.keyPem, certificate }]);
  }

  function configure(): void {
    const { keyFile, chainFile } = served.pki.laptop.credential;
    const config = [
      `gateway: https://localhost:${served.api.port}`,
      'trust: ca.pem',
      `machine: { key: ${keyFile}, certificate: ${chainFile} }`,
      'state: state.json',
      `recorded: ${recordings}linux-healthy`,
      `identity: { pkcs11: { module: ${softModule} } }`,
    ];
    writeFileSync(join(folder, 'agent.yaml'), `${config.join('\n')}\n`);
  }

  function run(typed: string) {
    const { laptop } = served.pki;
    return runOnce({
      config: {
        ...{ gateway: `https://localhost:${served.api.port}`, trust: join(folder, 'ca.pem'), sessionKey: true },
        machine: { key: laptop.credential.keyFile, certificate: laptop.credential.chainFile },
        identity: { pkcs11: { module: softModule, tokenLabel: 'BELPIC' } },
        state: join(folder, 'state.json'),
        recorded: join(recordings, 'linux-healthy'),
        remediation: { programs: {} },
      },
      prove: true,
      askPin: async () => Buffer.from(typed),
    });
  }
  const known = () => served.world.store.personProof(tenant, served.pki.laptop.key, served.world.now());

  it.each(['p384', 'rsa2048'] as const)('is let in: %s', async kind => {
    put(kind === 'p384' ? served.pki.person : served.pki.anotherPerson(kind));
    const { verdict, person } = await run(pin);
    expect(person).toMatchObject({ profile: 'citizen' });
    expect(verdict.outcome).toBe('grant');
    expect(await known()).toMatchObject({ pseudonym: person?.pseudonym, assurance: 'high' });
  });

  it('is not known after a wrong PIN or without a card, but the report has come', async () => {
    await expect(run(pin)).rejects.toMatchObject({ kind: 'card', fault: 'card-missing' });
    put(served.pki.person);
    await expect(run('0000')).rejects.toMatchObject({ kind: 'card', fault: 'pin-wrong', tries: 'low' });
    expect(await known()).toBeUndefined();
    expect(await served.world.store.attestation(tenant, served.pki.laptop.key)).toBeDefined();
  });

  it('with a card of another authority is refused by the gateway', async () => {
    put(served.pki.sessionHolder());
    await expect(run(pin)).rejects.toMatchObject({
      kind: 'refused',
      refusal: { refused: 'certificate-anchor-unknown' },
    });
  });

  it('starts the agent in a terminal and types the PIN', async () => {
    put(served.pki.person);
    configure();
    const started = async (keys: string) => {
      const command = `${process.execPath} ${launcher} --config agent.yaml --once --prove`;
      const child = spawn(script, ['-q', '-e', '-c', command, '/dev/null'], { cwd: folder });
      let shown = '';
      child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
        shown += chunk;
        if (/^PIN of your identity card.*: $/.test(chunk)) child.stdin.write(keys);
      });
      const [code] = (await once(child, 'close')) as [number];
      expect(shown).not.toContain(pin);
      return { code, shown };
    };
    expect(await started(`${pin}\r`)).toMatchObject({
      code: 0,
      shown: expect.stringContaining('may use the network') as string,
    });
    expect((await known())?.profile).toBe('citizen');
    const refused = await started('9999\r');
    expect(refused.code).toBe(15);
    expect(refused.shown).toContain('The PIN is wrong. A wrong PIN was given before: few tries are left.');
    const given = await started('\u0003');
    expect(given.shown).toMatch(/A wrong PIN was given before.*No PIN was given\./s);
    expect(given.code).toBe(15);
  });

  it('waits for the card when it stays resident', async () => {
    configure();
    const child = spawn(process.execPath, [launcher, '--config', 'agent.yaml', '--prove', '--language', 'nl'], {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    let [shown, verdicts] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => (verdicts += chunk));
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => (shown += chunk));
    await expect.poll(() => shown, { timeout: 10_000 }).toContain('Steek uw identiteitskaart in de lezer.');
    put(served.pki.person);
    // Without a terminal nobody can type a PIN; that is told, and not tried again by itself.
    await expect.poll(() => shown, { timeout: 10_000 }).toContain('start de agent in een terminal');
    expect(verdicts).toBe('');
    child.kill('SIGHUP');
    await expect.poll(() => verdicts, { timeout: 10_000 }).toContain('Geldig tot');
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
    expect(shown.match(/in een terminal/g)).toHaveLength(1);
  });
});
