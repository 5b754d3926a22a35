import { expect, it } from 'vitest';
import { answers, isRequest, packetCodes, packetName, requestNames } from '../../gateway/radius/code.ts';

it('every code has its name, and only these', () => {
  for (const [name, code] of Object.entries(packetCodes)) expect(packetName(code)).toBe(name);
  for (const code of [0, 6, 10, 13, 39, 46, 52, 99, 255, 256]) expect(packetName(code)).toBeUndefined();
});

it('a reply answers its own kind of request', () => {
  expect(requestNames.map(name => packetCodes[name]).every(isRequest)).toBe(true);
  const pairs = Object.values(packetCodes).flatMap(reply =>
    Object.values(packetCodes)
      .filter(request => answers(reply, request))
      .map(request => [request, reply]),
  );
  expect(pairs.sort((a, b) => Number(a[0]) - Number(b[0]) || Number(a[1]) - Number(b[1]))).toEqual([
    [1, 2],
    [1, 3],
    [1, 11],
    [4, 5],
    [12, 2],
    [12, 5],
    [40, 41],
    [40, 42],
    [43, 44],
    [43, 45],
  ]);
});
