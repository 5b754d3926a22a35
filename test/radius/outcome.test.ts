import { describe, expect, it } from 'vitest';
import { answers, packetCodes, requestNames } from '../../gateway/radius/code.ts';
import { replyCode, replyOutcomes, replyTable, type ServerPort, serves } from '../../gateway/radius/outcome.ts';

const ports = ['authentication', 'accounting', 'both'] as const satisfies readonly ServerPort[];

describe('the outcome table', () => {
  it('has a row for every port, request and outcome, and every reply in it answers its request', () => {
    for (const port of ports) {
      for (const request of requestNames) {
        for (const outcome of replyOutcomes) {
          const row = replyTable[port][request][outcome];
          const code = replyCode(port, packetCodes[request], outcome);
          expect(code).toBe(row === 'silence' ? 'silence' : packetCodes[row]);
          if (code !== 'silence') expect(answers(code, packetCodes[request])).toBe(true);
        }
      }
    }
  });

  it.each<[ServerPort, keyof typeof packetCodes, string]>([
    [
      'authentication',
      'Access-Request',
      'accept → Access-Accept, reject → Access-Reject, challenge → Access-Challenge, answered → Access-Reject, silent → silence, try-again → silence, unknown → Access-Reject',
    ],
    [
      'authentication',
      'Status-Server',
      'accept → silence, reject → silence, challenge → silence, answered → Access-Accept, silent → silence, try-again → silence, unknown → silence',
    ],
    [
      'accounting',
      'Status-Server',
      'accept → silence, reject → silence, challenge → silence, answered → Accounting-Response, silent → silence, try-again → silence, unknown → silence',
    ],
    [
      'accounting',
      'Accounting-Request',
      'accept → silence, reject → silence, challenge → silence, answered → Accounting-Response, silent → silence, try-again → silence, unknown → silence',
    ],
  ])('at the %s port, %s', (port, request, rows) => {
    const name = (code: number | 'silence') =>
      code === 'silence' ? code : Object.entries(packetCodes).find(([, number]) => number === code)?.[0];
    const seen = replyOutcomes.map(
      outcome => `${outcome} → ${name(replyCode(port, packetCodes[request], outcome)) ?? ''}`,
    );
    expect(seen.join(', ')).toBe(rows);
  });

  it('where both are served, answers each as its own port does, and Status-Server as authentication does [RFC6614-2.1]', () => {
    const { both, authentication, accounting } = replyTable;
    expect(both['Access-Request']).toEqual(authentication['Access-Request']);
    expect(both['Accounting-Request']).toEqual(accounting['Accounting-Request']);
    expect(both['Status-Server']).toEqual(authentication['Status-Server']);
  });

  it('is closed for what is not in it: reject for Access-Request, silence for all others', () => {
    const odd = 'constructor' as never;
    expect(replyCode('authentication', 1, odd)).toBe(3);
    expect(replyCode('accounting', 4, odd)).toBe('silence');
    expect(replyCode('authentication', 12, odd)).toBe('silence');
    for (const code of [0, 2, 3, 5, 11, 13, 99, 255]) {
      for (const outcome of replyOutcomes) expect(replyCode('authentication', code, outcome)).toBe('silence');
    }
  });

  it('says which port serves what', () => {
    const served = (port: ServerPort) =>
      Array.from({ length: 256 }, (_, code) => code).filter(code => serves(port, code));
    expect(served('authentication')).toEqual([1, 12]);
    expect(served('accounting')).toEqual([4, 12]);
    expect(served('both')).toEqual([1, 4, 12]);
  });
});
