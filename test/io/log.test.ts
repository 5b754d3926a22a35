// Log lines: what is on each, what never is, and that no field can disguise itself as another.

import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { type LogLevel, maskedFields, openLog } from '../../gateway/io/log.ts';

function logged(
  level: LogLevel | undefined,
  use: (log: ReturnType<typeof openLog>) => void,
): Record<string, unknown>[] {
  const lines: string[] = [];
  use(openLog({ gateway: 'gw-1', stream: { write: line => lines.push(line) }, ...(level ? { level } : {}) }));
  for (const line of lines) expect(line.endsWith('\n') && line.indexOf('\n') === line.length - 1).toBe(true);
  return lines.map(line => JSON.parse(line) as Record<string, unknown>);
}

describe('a log line', () => {
  it('says when, how serious, which gateway and what', () => {
    const [line] = logged(undefined, log => log.warn('nas-unknown', { address: '192.0.2.1' }));
    expect(line).toEqual({
      level: 'warn',
      time: line?.['time'],
      gateway: 'gw-1',
      event: 'nas-unknown',
      address: '192.0.2.1',
    });
    expect(line?.['time']).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  });

  it('stays one line whatever it is given', () => {
    const [line] = logged(undefined, log => log.info('decided', { user: 'an\n{"level":"error"}\u0000' }));
    expect(line).toMatchObject({ level: 'info', user: 'an\n{"level":"error"}\u0000' });
  });

  it.each(maskedFields)('masks %s, at the top and one object down', field => {
    const [line] = logged(undefined, log =>
      log.info('e', { [field]: 'hush', nas: { [field]: 'hush', name: 'vpn-1' } }),
    );
    expect(JSON.stringify(line)).not.toContain('hush');
    expect(line).toMatchObject({ [field]: '[masked]', nas: { [field]: '[masked]', name: 'vpn-1' } });
  });

  it('does not let a field pass for its own', () => {
    const [line] = logged(undefined, log =>
      log.info('real', { event: 'forged', level: 'x', time: 0, gateway: 'other' }),
    );
    expect(line).toMatchObject({ event: 'real', level: 'info', gateway: 'gw-1', event_: 'forged', gateway_: 'other' });
  });

  it('tells the length of bytes, not the bytes', () => {
    const [line] = logged(undefined, log => log.info('e', { packet: new Uint8Array([1, 2, 3]) }));
    expect(line).toMatchObject({ packet: '3 octets' });
  });

  it('masks what hangs on an error, and leaves other objects as they write themselves', () => {
    const error = Object.assign(new Error('no such thing'), { token: 'hush', code: 'E1' });
    const [line] = logged(undefined, log =>
      log.warn('e', { error, other: error, at: new Date(0), token: undefined, list: ['a'] }),
    );
    expect(JSON.stringify(line)).not.toContain('hush');
    const told = { type: 'Error', message: 'no such thing', code: 'E1', token: '[masked]' };
    expect(line).toMatchObject({ error: told, other: told, at: '1970-01-01T00:00:00.000Z', list: ['a'] });
    expect(line).not.toHaveProperty('token');
  });

  it('leaves the event as its caller has it', () => {
    const fields = { nas: { secret: 'hush' } };
    logged(undefined, log => log.info('e', fields));
    expect(fields).toEqual({ nas: { secret: 'hush' } });
  });

  it('tells an error with its stack', () => {
    const [line] = logged(undefined, log => log.error('fault', { error: new TypeError('no such thing') }));
    expect(line).toMatchObject({ error: { type: 'TypeError', message: 'no such thing' } });
    expect(JSON.stringify(line)).toContain('log.test.ts');
  });

  it('is written from its level up', () => {
    const all = (log: ReturnType<typeof openLog>) => {
      log.info('i');
      log.warn('w');
      log.error('e');
    };
    expect(logged('info', all).map(line => line['event'])).toEqual(['i', 'w', 'e']);
    expect(logged('warn', all).map(line => line['event'])).toEqual(['w', 'e']);
    expect(logged('error', all).map(line => line['event'])).toEqual(['e']);
    expect(logged('silent', all)).toEqual([]);
  });
});

it('reaches standard output before the process ends', () => {
  const module = new URL('../../gateway/io/log.ts', import.meta.url).href;
  const script = `const { openLog } = await import(${JSON.stringify(module)});
    const log = openLog({ gateway: 'gw-1' });
    for (let n = 0; n < 500; n++) log.info('line', { n });
    log.flush();
    process.exit(0);`;
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
  expect(stdout.trim().split('\n')).toHaveLength(500);
});
