// The gateway as its own process, started as an admin would start it: `sluis serve --config FILE`. The demo, the
// interoperation tests and the benchmark use it.

import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export interface GatewayPorts {
  readonly authentication: number;
  readonly accounting: number;
  /** 0 where there is no RADIUS/TLS. */
  readonly radiusTls: number;
  readonly agentApi: number;
  readonly operatorApi: number;
}

export interface GatewayProcess {
  readonly pid: number;
  readonly ports: GatewayPorts;
  /** Log lines so far, newest last; the oldest are dropped after some thousands. */
  readonly lines: () => readonly string[];
  /** SIGTERM; the exit code. */
  readonly stop: () => Promise<number | null>;
}

const command = fileURLToPath(new URL('../sluis.mjs', import.meta.url));
const startTimeoutMs = 30_000;
const keptLines = 5_000;

/** Starts a gateway and waits until it serves; rejects with what it wrote when it does not. */
export async function startGatewayProcess(
  configFile: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<GatewayProcess> {
  const child = spawn(process.execPath, [command, 'serve', '--config', configFile], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...environment },
  });
  const lines: string[] = [];
  const keep = (line: string): void => {
    lines.push(line);
    if (lines.length > keptLines) lines.shift();
  };
  const serving = await new Promise<Partial<GatewayPorts>>((resolve, reject) => {
    const late = setTimeout(() => fail('it did not start in time'), startTimeoutMs);
    const fail = (why: string): void => {
      clearTimeout(late);
      child.kill();
      reject(new Error(`the gateway does not serve: ${why}\n${lines.join('\n')}`));
    };
    child.once('error', error => fail(error.message));
    child.once('exit', code => fail(`it ended with code ${code ?? 'none'}`));
    createInterface({ input: child.stderr }).on('line', keep);
    createInterface({ input: child.stdout }).on('line', line => {
      keep(line);
      const said = line.includes('"serving"') ? (JSON.parse(line) as { event?: string } & Partial<GatewayPorts>) : {};
      if (said.event !== 'serving') return;
      clearTimeout(late);
      resolve(said);
    });
  });
  child.removeAllListeners('exit');
  return {
    pid: child.pid ?? 0,
    ports: {
      authentication: serving.authentication ?? 0,
      accounting: serving.accounting ?? 0,
      radiusTls: serving.radiusTls ?? 0,
      agentApi: serving.agentApi ?? 0,
      operatorApi: serving.operatorApi ?? 0,
    },
    lines: () => lines,
    stop: () => stop(child),
  };
}

async function stop(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null) return child.exitCode;
  const ended = new Promise<number | null>(resolve => {
    child.once('exit', resolve);
  });
  child.kill('SIGTERM');
  return ended;
}
