// `npm run demo`: a whole installation in a temporary directory, the gateway as its own process, and the stories of five
// laptops through the real agent and real RADIUS. `-- --keep` leaves it running to explore; the exit code is 0 only when
// everything happened as told. Nothing outside the temporary directory is changed.

import { randomBytes } from 'node:crypto';
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { probeStatus } from '../../io/radius-probe.ts';
import type { Session } from '../../pdp/session.ts';
import { startConcentrator } from './concentrator.ts';
import { type GatewayProcess, startGatewayProcess } from './gateway-process.ts';
import { type Installation, makeInstallation } from './installation.ts';
import { type DemoWorld, type LaptopStory, tellLaptop } from './laptop-story.ts';
import { openLedger } from './ledger.ts';

const stories: readonly LaptopStory[] = [
  { title: 'This machine, as it is', name: 'this-machine.demo.example', language: 'en' },
  {
    title: 'A Windows laptop in good order (recorded)',
    name: 'lt-windows.demo.example',
    recording: 'windows-healthy',
    language: 'nl',
    expected: 'grant',
  },
  {
    title: 'A Linux laptop with old virus definitions (recorded)',
    name: 'lt-linux.demo.example',
    recording: 'linux-stale-antivirus',
    language: 'en',
    expected: 'update',
    remedy: { action: 'antimalware.update-signatures', then: 'grant' },
  },
  {
    title: 'A Mac whose disk is not encrypted (recorded)',
    name: 'lt-mac.demo.example',
    recording: 'macos-unencrypted',
    language: 'fr',
    expected: 'quarantine',
  },
  {
    title: 'A laptop in good order that was reported stolen (recorded)',
    name: 'lt-stolen.demo.example',
    recording: 'linux-healthy',
    language: 'de',
    expected: 'deny',
  },
];

const recordings = fileURLToPath(new URL('../../../posture-client/recorded/', import.meta.url));
const toStdout = (text: string): void => void process.stdout.write(text);

export async function run(args: readonly string[], write: (text: string) => void = toStdout): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: { keep: { type: 'boolean', default: false } },
    strict: true,
  });
  const directory = mkdtempSync(join(tmpdir(), 'sluis-demo-'));
  const ledger = openLedger(write);
  const secret = randomBytes(24).toString('base64url');
  const concentrator = await startConcentrator(Buffer.from(secret, 'utf8'));
  let gateway: GatewayProcess | undefined;
  try {
    ledger.heading('Sluis: five laptops at the lock');
    ledger.tell(
      `everything is in ${directory}: a throw-away PKI with a Belgian-like eID, the RIZIV policies, an embedded store`,
    );
    const installation = await makeInstallation(
      {
        directory,
        laptops: stories.map(({ name }) => name),
        secret,
        changesAt: concentrator.port,
        devices: { 'lt-stolen.demo.example': { class: 'managed-laptop', state: 'stolen' } },
      },
      Date.now(),
    );
    cpSync(recordings, join(directory, 'recorded'), { recursive: true });
    gateway = await startGatewayProcess(installation.configFile);
    const { ports } = gateway;
    ledger.tell(`the gateway serves: RADIUS ${ports.authentication} and ${ports.accounting}, agents ${ports.agentApi}`);
    const radius = { address: '127.0.0.1', port: ports.authentication, secret: installation.secret };
    ledger.claim((await probeStatus(radius)).verdict === 'answered', 'it answers Status-Server');
    const reader = operatorApi(installation, ports.operatorApi);
    const world: DemoWorld = {
      installation,
      ports,
      ledger,
      directory,
      concentrator,
      recordings: join(directory, 'recorded'),
      session: id => reader<Session>(`/v1/sessions/${encodeURIComponent(id)}`),
    };
    for (const story of stories) await tellLaptop(world, story);
    const { denials } = await reader<{ denials: readonly { caseCode: string }[] }>('/v1/denials?limit=100');
    ledger.heading('Afterwards');
    ledger.claim(denials.length > 0, `the security office finds ${denials.length} refusals, each under its case code`);
    tellBroken(ledger.broken(), write);
    if (values.keep) await keep(installation, gateway, denials[0]?.caseCode, write);
    else write('\n  To explore: npm run demo -- --keep\n');
    return ledger.broken().length === 0 ? 0 : 1;
  } finally {
    await gateway?.stop();
    await concentrator.close();
    rmSync(directory, { recursive: true, force: true });
  }
}

function tellBroken(broken: readonly string[], write: (text: string) => void): void {
  if (broken.length === 0) write('\n  Everything happened as told.\n');
  else write(`\n  ${broken.length} things did not happen as told:\n${broken.map(text => `   - ${text}\n`).join('')}`);
}

function operatorApi(installation: Installation, port: number): <T>(path: string) => Promise<T> {
  const token = readFileSync(installation.tokenFile, 'utf8').trim();
  return async <T>(path: string) => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, { headers: { authorization: `Bearer ${token}` } });
    if (!response.ok)
      throw new Error(`the operator API answered ${response.status} to ${path}: ${await response.text()}`);
    return (await response.json()) as T;
  };
}

/** Stays up until Ctrl-C, and says what can be done meanwhile. */
async function keep(
  installation: Installation,
  { ports }: GatewayProcess,
  caseCode: string | undefined,
  write: (text: string) => void,
): Promise<void> {
  const sluis = 'npm exec -- sluis';
  const read = `--url http://127.0.0.1:${ports.operatorApi} --token-file ${installation.tokenFile}`;
  const machine = installation.laptops.get('lt-windows.demo.example');
  const probe = `--server 127.0.0.1:${ports.authentication} --secret-file ${installation.secretFile}`;
  write(`
  The gateway stays up. From another terminal, in this directory:
    ${sluis} session list ${read}
    ${sluis} denials show ${caseCode ?? 'CASECODE'} ${read}
    ${sluis} radius probe eap-tls ${probe} --certificate ${machine?.certificate ?? ''} --key ${machine?.key ?? ''}
    curl http://127.0.0.1:${ports.operatorApi}/metrics
  Ctrl-C ends it and removes everything.
`);
  await new Promise<void>(resolve => {
    process.once('SIGINT', () => resolve());
    process.once('SIGTERM', () => resolve());
  });
}

if (import.meta.main) process.exitCode = await run(process.argv.slice(2));
