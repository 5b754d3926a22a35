import { describe, expect, it } from 'vitest';
import { isRefused } from '../../gateway/contract/reason.ts';
import { signReply, verifyRequest } from '../../gateway/radius/authenticator.ts';
import { decode } from '../../gateway/radius/packet.ts';
import { fuzzRadius } from './radius-fuzz.ts';

const secret = Buffer.from('posture-lab-secret');

describe('5,000 mutated packets', () => {
  it('none is mistreated, and every reason for refusing one is met', async () => {
    const result = await fuzzRadius({ count: 5000, seed: 20_260_101 });
    expect(result.decoded).toBeGreaterThan(1000);
    expect(result.accepted).toBeGreaterThan(300);
    expect(Object.keys(result.refusals)).toEqual([
      'attribute-length-wrong',
      'code-not-served',
      'credentials-missing',
      'message-authenticator-malformed',
      'message-authenticator-missing',
      'message-authenticator-repeated',
      'message-authenticator-wrong',
      'packet-length-wrong',
      'packet-too-short',
      'proxy-state-unsigned',
      'request-authenticator-wrong',
      'too-many-attributes',
    ]);
  });

  it('the same seed gives the same run', async () => {
    expect(await fuzzRadius({ count: 500, seed: 7 })).toEqual(await fuzzRadius({ count: 500, seed: 7 }));
  });
});

describe('against a handler', () => {
  const careful = async (datagram: Uint8Array) => {
    const packet = decode(datagram);
    if (isRefused(packet) || packet.code !== 1) return undefined;
    if (verifyRequest(packet, secret, { requireMessageAuthenticator: true }) !== true) return undefined;
    const reply = signReply({ code: 3, attributes: [] }, packet, secret);
    return isRefused(reply) ? undefined : reply;
  };
  it('answers what is signed and nothing else', async () => {
    expect((await fuzzRadius({ count: 1000, seed: 3, handler: careful, secret })).answered).toBeGreaterThan(30);
  });
  it('finds a handler that answers what it should not', async () => {
    const careless = async (datagram: Uint8Array) => datagram;
    await expect(fuzzRadius({ count: 1000, seed: 3, handler: careless, secret })).rejects.toThrow(
      /round \d+ of seed 3/,
    );
  });
  it('finds a handler that throws', async () => {
    const fragile = async (datagram: Uint8Array) => {
      if (datagram.length < 20) throw new RangeError('out of range');
      return undefined;
    };
    await expect(fuzzRadius({ count: 1000, seed: 3, handler: fragile, secret })).rejects.toThrow();
  });
});
