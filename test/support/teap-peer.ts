// A peer of TEAP, written from RFC 9930 and from nothing of the gateway's: its own TLVs, its own keys, its own bindings. TLS is
// Node's; EAP-TLS and MSCHAPv2 inside are peers that exist for themselves. It may be told to say something else at each step.

import { createHmac } from 'node:crypto';
import { connect } from 'node:tls';
import { type EapAnswer, eapRound } from '../../gateway/flows/eap-conversation.ts';
import type { RadiusPorts } from '../../gateway/flows/radius-request.ts';
import { TlsPipe } from '../../gateway/io/tls-pipe.ts';
import { caller, nasAddress } from './radius-world.ts';
import { eapPacket, type InnerMethod, methodOf, type TeapCredentials, word } from './teap-peer-inside.ts';

export type OwnTlv = readonly [type: number, value: Buffer];

/** The steps at which something else may be said: the answer to the wish for an identity, and so on. */
export type TeapMoment = 'identity' | 'method' | 'binding' | 'result';

export interface TeapPeerOptions extends TeapCredentials {
  /** Which MACs it answers with. `msk`: as if its EAP-TLS gave no EMSK. */
  readonly binds?: 'emsk' | 'msk' | 'both';
  /** Stands beside TLS in its first packet. */
  readonly outer?: Buffer;
  /** What the server is told it sent beside TLS, which somebody on the way has changed. */
  readonly heardOuter?: Buffer;
  readonly tls?: '1.2' | '1.3';
  /** `nth`: of this moment, from 0. */
  readonly change?: (moment: TeapMoment, tlvs: readonly OwnTlv[], nth: number) => readonly OwnTlv[];
}

export interface TeapLogin {
  readonly answer: EapAnswer;
  /** Absent while no binding was made. */
  readonly msk: Buffer | undefined;
  /** Everything that the server said inside, message by message. */
  readonly heard: readonly (readonly OwnTlv[])[];
  readonly version: string | null;
}

export const tlvType = {
  identityType: 2,
  result: 3,
  nak: 4,
  error: 5,
  action: 8,
  eap: 9,
  intermediate: 10,
  binding: 12,
} as const;

export async function teapLogin(ports: RadiusPorts, options: TeapPeerOptions): Promise<TeapLogin> {
  const nas = ports.nasOf(nasAddress.vpn);
  if (nas === undefined) throw new Error('no such NAS');
  const pipe = new TlsPipe();
  const version = `TLSv${options.tls ?? '1.2'}` as const;
  const socket = connect({ socket: pipe, rejectUnauthorized: false, minVersion: version, maxVersion: version });
  let finished = false;
  let said: Buffer[] = [];
  socket.on('secureConnect', () => {
    finished = true;
  });
  socket.on('data', (data: Buffer) => said.push(data));
  for (const event of ['error', '_tlsError']) socket.on(event, () => undefined);
  pipe.on('error', () => undefined);
  const inside = insideOf(options, () => ({
    seed: socket.exportKeyingMaterial(40, 'EXPORTER: teap session key seed', undefined as never),
    hash: socket.getCipher().name.endsWith('SHA384') ? 'sha384' : 'sha256',
  }));
  const heard: (readonly OwnTlv[])[] = [];
  let state: string | undefined;
  let serverOuter: Buffer = Buffer.alloc(0);
  let message: Buffer = Buffer.alloc(0);
  let first = true;

  /** The TLS data of one packet, and what stood beside it. */
  function read(data: Buffer): { more: boolean; tls: Buffer } {
    const flags = data[0] ?? 0;
    if ((flags & 7) !== 1) throw new Error(`TEAP version ${flags & 7}`);
    let at = (flags & 0x80) === 0 ? 1 : 5;
    if ((flags & 0x10) === 0) return { more: (flags & 0x40) !== 0, tls: data.subarray(at) };
    const length = data.readUInt32BE(at);
    at += 4;
    serverOuter = data.subarray(data.length - length);
    return { more: (flags & 0x40) !== 0, tls: data.subarray(at, data.length - length) };
  }
  async function answerTo(data: Buffer): Promise<Buffer> {
    const starts = ((data[0] ?? 0) & 0x20) !== 0;
    const { more, tls } = read(data);
    message = Buffer.concat([message, tls]);
    if (more) return word(1);
    const whole = message;
    message = Buffer.alloc(0);
    if (starts) await pipe.firstWrite();
    else await pipe.deliver(whole);
    if (finished && said.length === 0)
      for (let turn = 0; turn < 3; turn++) await new Promise(resolve => setImmediate(resolve));
    if (said.length > 0) {
      const tlvs = split(Buffer.concat(said));
      said = [];
      heard.push(tlvs);
      const back = await inside.answer(tlvs, [options.heardOuter ?? serverOuter, options.outer ?? Buffer.alloc(0)]);
      await pipe.idle();
      if (back.length > 0) await new Promise(resolve => socket.write(back, resolve));
    }
    const out = Buffer.from(pipe.takeWritten());
    if (!first || options.outer === undefined) return Buffer.concat([word(1), out]);
    first = false;
    const length = Buffer.alloc(4);
    length.writeUInt32BE(options.outer.length);
    return Buffer.concat([word(0x11), length, out, options.outer]);
  }

  let eap = eapPacket(1, 1, Buffer.from('anonymous'));
  try {
    for (let round = 0; round < 60; round++) {
      const asked = {
        nas,
        eap,
        userName: 'anonymous',
        callingStationId: caller,
        ...(state === undefined ? {} : { state }),
      };
      const answer = await eapRound(ports, asked);
      if (answer.answer !== 'challenge') return { answer, msk: inside.msk(), heard, version: socket.getProtocol() };
      ({ state } = answer);
      const [, identifier = 0, , , type] = answer.eap;
      const data = Buffer.from(answer.eap.subarray(5));
      eap = type === 55 ? eapPacket(identifier, 55, await answerTo(data)) : eapPacket(identifier, 3, word(55));
    }
    throw new Error('no end after 60 rounds');
  } finally {
    socket.destroy();
    pipe.destroy();
  }
}

interface Tunnel {
  readonly seed: Buffer;
  readonly hash: 'sha256' | 'sha384';
}

function insideOf(options: TeapPeerOptions, tunnel: () => Tunnel) {
  const counts: Record<TeapMoment, number> = { identity: 0, method: 0, binding: 0, result: 0 };
  let chain: Buffer | undefined;
  let method: InnerMethod | undefined;
  let who: 'machine' | 'user' = 'user';
  let identity = Buffer.alloc(0);

  const prf = (secret: Buffer, label: string, seed: Buffer, octets: number): Buffer => {
    const { hash } = tunnel();
    const seeded = Buffer.concat([Buffer.from(label), seed]);
    let [a, out] = [seeded, Buffer.alloc(0)];
    while (out.length < octets) {
      a = createHmac(hash, secret).update(a).digest();
      out = Buffer.concat([out, createHmac(hash, secret).update(a).update(seeded).digest()]);
    }
    return out.subarray(0, octets);
  };
  function bind(request: Buffer, outer: readonly Buffer[]): Buffer {
    if (method === undefined) throw new Error('a binding without a method');
    const before = (chain ??= tunnel().seed);
    const { msk, emsk } = method.keys();
    const imck = (inner: Buffer) => prf(before, 'Inner Methods Compound Keys', inner, 60);
    const byMsk = imck(Buffer.concat([msk, Buffer.alloc(32)]).subarray(0, 32));
    const byEmsk = emsk && imck(prf(emsk, 'TEAPbindkey@ietf.org', word(0, 0, 64), 64).subarray(0, 32));
    const macOf = (key: Buffer, value: Buffer) => {
      const empty = Buffer.from(value);
      empty.fill(0, 36);
      const over = Buffer.concat([word(0x80, 12, 0, 76), empty, word(55), ...outer]);
      return createHmac(tunnel().hash, key.subarray(40)).update(over).digest().subarray(0, 20);
    };
    const flags = (request[3] ?? 0) >> 4;
    if (request.length !== 76 || (request[3] ?? 0) % 16 !== 0) throw new Error('no request for a binding');
    if ((flags & 2) !== 0 && !macOf(byMsk, request).equals(request.subarray(56)))
      throw new Error('their MAC by the MSK');
    if ((flags & 1) !== 0 && byEmsk && !macOf(byEmsk, request).equals(request.subarray(36, 56))) {
      throw new Error('their MAC by the EMSK');
    }
    const has = byEmsk !== undefined && (flags & 1) !== 0;
    const wanted = options.binds ?? 'emsk';
    const [useEmsk, useMsk] = [has && wanted !== 'msk', !has || wanted !== 'emsk'];
    const value = Buffer.concat([
      word(0, 1, 1, ((useEmsk ? 1 : 0) | (useMsk ? 2 : 0)) * 16 + 1),
      request.subarray(4, 36),
    ]);
    value[35] = (value[35] ?? 0) | 1;
    const whole = Buffer.concat([value, Buffer.alloc(40)]);
    if (useEmsk && byEmsk) macOf(byEmsk, whole).copy(whole, 36);
    if (useMsk) macOf(byMsk, Buffer.concat([value, Buffer.alloc(40)])).copy(whole, 56);
    chain = (useEmsk && byEmsk ? byEmsk : byMsk).subarray(0, 40);
    return whole;
  }
  async function answerEap(request: Buffer): Promise<Buffer> {
    const [, identifier = 0, , , type] = request;
    if (type === 1) {
      method = undefined;
      return eapPacket(identifier, 1, identity);
    }
    method ??= methodOf(who, options, type ?? 0);
    // [RFC3748-5.3.1] Whoever has only a ticket does not do EAP-TLS.
    if (method === undefined) return eapPacket(identifier, 3, word(26));
    return method.answer(request);
  }
  async function saying(tlvs: readonly OwnTlv[], outer: readonly Buffer[]): Promise<[TeapMoment, OwnTlv[]]> {
    const of = (type: number) => tlvs.find(([each]) => each === type)?.[1];
    const [result, binding, asked, eap] = [of(3), of(12), of(2), of(9)];
    if (binding !== undefined)
      return [
        'binding',
        [
          [10, word(0, 1)],
          [12, bind(binding, outer)],
        ],
      ];
    if (result !== undefined) return ['result', [[3, result]]];
    if (eap === undefined) return ['method', []];
    if (asked === undefined) return ['method', [[9, await answerEap(eap)]]];
    const wanted = asked[1] === 2 ? 'machine' : 'user';
    const hasUser = options.user !== undefined || options.ticket !== undefined;
    who =
      wanted === 'machine' && options.machine === undefined
        ? 'user'
        : wanted === 'user' && !hasUser
          ? 'machine'
          : wanted;
    identity = Buffer.from(who === 'machine' ? 'host/laptop' : (options.ticket?.handle ?? 'somebody'));
    return [
      'identity',
      [
        [2, word(0, who === 'machine' ? 2 : 1)],
        [9, await answerEap(eap)],
      ],
    ];
  }
  return {
    answer: async (tlvs: readonly OwnTlv[], outer: readonly Buffer[]): Promise<Buffer> => {
      const [moment, back] = await saying(tlvs, outer);
      return joined(options.change?.(moment, back, counts[moment]++) ?? back);
    },
    msk: () => chain && prf(chain, 'Session Key Generating Function', Buffer.alloc(0), 64),
  };
}

function split(octets: Buffer): OwnTlv[] {
  const tlvs: OwnTlv[] = [];
  for (let at = 0; at < octets.length; ) {
    const length = octets.readUInt16BE(at + 2);
    tlvs.push([octets.readUInt16BE(at) % 0x4000, octets.subarray(at + 4, at + 4 + length)]);
    at += 4 + length;
  }
  return tlvs;
}

function joined(tlvs: readonly OwnTlv[]): Buffer {
  return Buffer.concat(
    tlvs.flatMap(([type, value]) => [
      word(0x80 | (type >> 8), type & 255, value.length >> 8, value.length & 255),
      value,
    ]),
  );
}
