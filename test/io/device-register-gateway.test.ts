// The device register of a running gateway: a laptop that gets a ticket, is entered as stolen, and gets none.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { startGatewayProcess } from '../../gateway/cli/demo/gateway-process.ts';
import { makeInstallation } from '../../gateway/cli/demo/installation.ts';
import { run as device } from '../../gateway/cli/device.ts';
import { obtainTicket } from '../support/gateway.ts';
import { describeWith } from '../support/programs.ts';

const laptop = 'lt-1.demo.example';

describeWith('openssl', 'a running gateway', () => {
  it('goes by the register as it is now', { timeout: 60_000 }, async () => {
    const directory = mkdtempSync(join(tmpdir(), 'sluis-register-'));
    const installation = await makeInstallation({ directory, laptops: [laptop] }, Date.now());
    const { configFile } = installation;
    const named = 'devices:\n  register: devices.csv\n';
    writeFileSync(configFile, readFileSync(configFile, 'utf8').replace('devices:\n', named));
    const register = join(directory, 'devices.csv');
    writeFileSync(register, `name,class,state\n${laptop},managed-laptop,active\n`, { mode: 0o600 });
    const { ports, lines, stop } = await startGatewayProcess(configFile);
    const gateway = { installation, ports, directory };
    const set = (state: string) =>
      device(['set-state', laptop, state, '--note', 'train', '--config', configFile], { write: () => undefined });
    const replaced = (what: string) =>
      vi.waitFor(() => {
        const found = lines().filter(line => line.includes('"event":"register-replaced"'));
        expect(found.at(-1)).toContain(`"${what}":1`);
      }, 15_000);
    try {
      await obtainTicket(gateway, laptop);
      expect(await set('stolen')).toBe(0);
      await replaced('stolen');
      await expect(obtainTicket(gateway, laptop)).rejects.toThrow('the gateway gave no ticket');
      writeFileSync(register, 'name;class;state\n');
      await vi.waitFor(() => expect(lines().join('\n')).toContain('"event":"register-refused"'), 15_000);
      await expect(obtainTicket(gateway, laptop)).rejects.toThrow('the gateway gave no ticket');
      writeFileSync(register, `name,class,state\n${laptop},managed-laptop,active\n`);
      await replaced('active');
      await obtainTicket(gateway, laptop);
    } finally {
      await stop();
      rmSync(directory, { recursive: true });
    }
  });
});
