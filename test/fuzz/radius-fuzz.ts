// Throws mutated packets at the RADIUS codec, or at a whole gateway, and fails on the first that is mistreated:
// decoding, verifying and reading never throw; nothing is accepted, and nothing is answered, that is not signed.

import { isRefused } from '../../gateway/contract/reason.ts';
import { readAccounting } from '../../gateway/radius/accounting.ts';
import { verifyReply, verifyRequest } from '../../gateway/radius/authenticator.ts';
import { isRequest } from '../../gateway/radius/code.ts';
import { readClaims } from '../../gateway/radius/claims.ts';
import { readCredentials } from '../../gateway/radius/credentials.ts';
import { dump } from '../../gateway/radius/dump.ts';
import { inClear } from '../../gateway/radius/in-clear.ts';
import { decode, encode } from '../../gateway/radius/packet.ts';
import { readVectors } from '../radius/read-vectors.ts';
import { octetsOf, readCorpus } from './corpus.ts';
import { isSigned, mutate, resign } from './mutate.ts';
import { seededRandom } from './random.ts';

export interface FuzzOptions {
  readonly count: number;
  readonly seed: number;
  /**
   * A whole gateway: datagram → reply, or `undefined` for silence. It must know the sender as a NAS of which a
   * Message-Authenticator is demanded.
   */
  readonly handler?: (datagram: Uint8Array) => Promise<Uint8Array | undefined>;
  /** The secret under which that gateway knows the sender; half of the packets are signed with it. */
  readonly secret?: Uint8Array;
  /** Packets of one's own to start from, beside the vectors and the corpus. */
  readonly seeds?: readonly Uint8Array[];
}

export interface FuzzResult {
  readonly count: number;
  readonly decoded: number;
  readonly accepted: number;
  /** Replies of the handler. */
  readonly answered: number;
  /** How often each reason was given. */
  readonly refusals: Readonly<Record<string, number>>;
}

export async function fuzzRadius(options: FuzzOptions): Promise<FuzzResult> {
  const { count, seed, handler, secret = Buffer.from('posture-lab-secret'), seeds = [] } = options;
  const random = seededRandom(seed);
  const from = [...readVectors().map(({ octets }) => octets), ...readCorpus('datagrams').map(octetsOf), ...seeds];
  // Half of the packets start from requests: they are what reaches deepest.
  const requests = from.filter(octets => isRequest(octets[0] ?? 0));
  const request = decode(requests[0] ?? new Uint8Array());
  const refusals = new Map<string, number>();
  let decoded = 0;
  let accepted = 0;
  let answered = 0;
  for (let round = 0; round < count; round++) {
    const mutant = mutate(random.pick(random.below(2) === 0 ? requests : from), random);
    const datagram = random.below(2) === 0 ? mutant : resign(mutant, secret);
    try {
      const packet = decode(datagram);
      const required = random.below(2) === 0;
      const verdict = isRefused(packet)
        ? packet
        : verifyRequest(packet, secret, { requireMessageAuthenticator: required });
      if (verdict !== true) refusals.set(verdict.refused, (refusals.get(verdict.refused) ?? 0) + 1);
      if (!isRefused(packet)) {
        decoded++;
        // Everything that reads a packet reads this one, whether it is signed or not.
        dump(packet);
        readClaims(packet);
        readCredentials(packet, secret);
        readAccounting(packet, 1_767_225_600_000);
        if (!isRefused(request)) verifyReply(packet, request, secret);
        if (Buffer.compare(encode(packet), packet.bytes) !== 0) throw new Error('encodes to other octets');
        const signed = isSigned(datagram, secret);
        if (verdict === true) {
          accepted++;
          const unsignedByRule = !required && packet.code === 1 && packet.messageAuthenticatorAt === undefined;
          if (!signed && !unsignedByRule) throw new Error('accepted without being signed');
        } else if (signed && packet.messageAuthenticatorAt !== undefined) {
          throw new Error(`signed, but refused: ${verdict.refused}`);
        }
      }
      const clear = inClear.decode(datagram);
      if (!isRefused(clear)) {
        inClear.credentials(clear);
        const said = inClear.verify(clear) === true ? inClear.unable?.(clear) : undefined;
        if (said !== undefined && isRefused(decode(said))) throw new Error('answers in octets that are no packet');
      }
      if (handler !== undefined && (await handler(datagram)) !== undefined) {
        answered++;
        if (isRefused(packet) || !isSigned(datagram, secret)) throw new Error('answered without being signed');
      }
    } catch (error) {
      // The octets are what the person who repairs it needs.
      throw new Error(`round ${round} of seed ${seed}: ${Buffer.from(datagram).toString('hex')}`, { cause: error });
    }
  }
  return { count, decoded, accepted, answered, refusals: Object.fromEntries([...refusals].sort()) };
}
