// What holds of EAP however it is cut, packed and answered: properties over several codecs at once; each has tests of its own.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isRefused } from '../../gateway/contract/reason.ts';
import { beginConversation, received, tlsAnswered } from '../../gateway/eap/conversation.ts';
import type { Turn } from '../../gateway/eap/conversation-state.ts';
import { defaultEapLimits } from '../../gateway/eap/limits.ts';
import { decodeEap, encodeEap, eapTypes } from '../../gateway/eap/packet.ts';
import { withHeader, withoutHeader } from '../../gateway/eap/peap.ts';
import type { TlsPeer } from '../../gateway/eap/step.ts';
import { decodeFragment, encodeFragment } from '../../gateway/eap/tls-fragments.ts';
import { eapAvp, readInside } from '../../gateway/eap/ttls.ts';
import { encodeAvp } from '../../gateway/eap/ttls-avp.ts';

const nothing = new Uint8Array();
const peer: TlsPeer = {
  chain: [],
  version: 'TLSv1.3',
  cipher: 'TLS_AES_128_GCM_SHA256',
  resumed: false,
  keyMaterial: new Uint8Array(128),
};
const challenge = Uint8Array.from({ length: 17 }, (_, at) => at);

function begin(method: 'eap-tls' | 'eap-ttls' | 'peap'): Turn {
  const identity = { code: 'response', identifier: 0, type: eapTypes.identity, data: nothing } as const;
  return beginConversation('c', identity, { limits: defaultEapLimits, methods: [method], challenge }, 0);
}

function answer(turn: Turn, data: Uint8Array): Turn {
  if (turn.need.need !== 'send') throw new Error(`needs ${turn.need.need}`);
  const packet = decodeEap(turn.need.packet);
  if (!('type' in packet)) throw new Error('no request');
  // Over the wire, and back.
  const { identifier, type } = packet;
  const response = decodeEap(encodeEap({ code: 'response', identifier, type, data }));
  if (isRefused(response)) throw new Error(response.detail);
  return received(turn.conversation, response, 0);
}

/** A message cut into pieces of any size, none of them empty. */
const message = fc
  .array(fc.uint8Array({ minLength: 1, maxLength: 400 }), { minLength: 1, maxLength: 40 })
  .map(pieces => ({ pieces, whole: new Uint8Array(Buffer.concat(pieces)) }));

describe('a message of TLS', () => {
  it('reaches the engine whole, whatever pieces it came in and whichever of them tell its length [RFC5216-2.1.5]', () => {
    const cut = fc.record({ message, tells: fc.array(fc.boolean(), { minLength: 40, maxLength: 40 }) });
    fc.assert(
      fc.property(cut, fc.constantFrom('eap-tls' as const, 'eap-ttls' as const, 'peap' as const), (sent, method) => {
        const { pieces, whole } = sent.message;
        let turn = begin(method);
        for (const [index, data] of pieces.entries()) {
          const told = sent.tells[index] === true ? { messageLength: whole.length } : {};
          turn = answer(turn, encodeFragment({ more: index < pieces.length - 1, data, ...told }));
        }
        expect(turn.need).toEqual({ need: 'tls', handshake: 'c', method, bytes: whole });
      }),
    );
  });

  it('reaches the peer whole in packets that its link bears, and each piece waits for the one before', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 1, maxLength: 9_000 }),
        fc.integer({ min: 100, max: 3_500 }),
        (bytes, fragmentBytes) => {
          const begun = begin('eap-tls');
          const conversation = { ...begun.conversation, limits: { ...defaultEapLimits, fragmentBytes } };
          const hello = answer({ ...begun, conversation }, encodeFragment({ more: false, data: Uint8Array.of(22) }));
          let turn = tlsAnswered(hello.conversation, { step: 'flight', bytes }, 0);
          const parts: Uint8Array[] = [];
          for (let more = true; more; ) {
            if (turn.need.need !== 'send') throw new Error(`needs ${turn.need.need}`);
            const packet = decodeEap(turn.need.packet);
            const fragment = 'type' in packet ? decodeFragment(packet.data) : packet;
            if (!('more' in fragment)) throw new Error('no fragment');
            expect(fragment.data.length).toBeLessThanOrEqual(fragmentBytes);
            parts.push(fragment.data);
            ({ more } = fragment);
            if (more) turn = answer(turn, Uint8Array.of(0));
          }
          expect(new Uint8Array(Buffer.concat(parts))).toEqual(bytes);
        },
      ),
      { numRuns: 50 },
    );
  });
});

describe('what is said inside a tunnel', () => {
  const anyText = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 30 });
  const packet = fc.record({
    code: fc.constant('response' as const),
    identifier: fc.nat(255),
    type: fc.nat(255),
    data: fc.uint8Array({ maxLength: 500 }),
  });

  it('by EAP-TTLS: a packet of EAP comes out as it went in', () => {
    fc.assert(
      fc.property(packet, said => {
        const inside = readInside(eapAvp(encodeEap(said)), challenge);
        expect(inside).toEqual({ said: 'eap', packet: encodeEap(said) });
      }),
    );
  });

  it('by EAP-TTLS: a password comes out without its padding, whatever stands beside it [RFC5281-11.2.5]', () => {
    const beside = fc.array(
      fc.record({
        // Not one of RADIUS that has a meaning here.
        code: fc.integer({ min: 256, max: 0xffff_ffff }),
        mandatory: fc.constant(false),
        data: fc.uint8Array({ maxLength: 30 }),
      }),
      { maxLength: 4 },
    );
    // A byte order mark at the front of either is no part of a text.
    const noNull = anyText.filter(text => !text.includes('\0') && !text.startsWith('\u{feff}'));
    fc.assert(
      fc.property(noNull, noNull, fc.nat(40), beside, (userName, password, nulls, others) => {
        const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text));
        const data = new Uint8Array(Buffer.concat([bytes(password), new Uint8Array(nulls)]));
        const avps = [
          ...others,
          { code: 2, mandatory: true, data },
          { code: 1, mandatory: true, data: bytes(userName) },
        ];
        const said = readInside(Buffer.concat(avps.map(encodeAvp)), challenge);
        expect(said).toEqual({ said: 'password', userName, password });
      }),
    );
  });

  it('by PEAP: a packet without its header is read under the identifier of the one outside', () => {
    fc.assert(
      fc.property(packet, fc.nat(255), (said, identifier) => {
        const whole = encodeEap(said);
        // Octets 2 and 3 of what is said could be those of a header, too, where the type is that of a response.
        fc.pre(said.type !== 2);
        expect(withHeader(withoutHeader(whole), identifier)).toEqual({ ...said, identifier });
        expect(withHeader(whole, identifier)).toEqual({ ...said, identifier });
      }),
    );
  });

  it('[RFC5281-7.3] is heard alike with the end of the handshake and after it', () => {
    const begun = answer(begin('eap-ttls'), encodeFragment({ more: false, data: Uint8Array.of(22) }));
    const standing = (data: Uint8Array): Turn =>
      tlsAnswered(begun.conversation, { step: 'tunnel', peer, challenge, bytes: nothing, data }, 0);
    const later = (data: Uint8Array): Turn => {
      const message = answer(standing(nothing), encodeFragment({ more: false, data: Uint8Array.of(23) }));
      return tlsAnswered(message.conversation, { step: 'inside', data }, 0);
    };
    const identity = packet.map(said => eapAvp(encodeEap({ ...said, type: eapTypes.identity })));
    const avps = fc.oneof(
      identity,
      packet.map(said => eapAvp(encodeEap(said))),
      fc.uint8Array({ minLength: 1 }),
    );
    fc.assert(
      fc.property(avps, data => {
        expect(standing(data).need).toEqual(later(data).need);
      }),
    );
  });
});
