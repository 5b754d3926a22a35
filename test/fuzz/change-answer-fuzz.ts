// Answers to CoA- and Disconnect-Requests that a NAS, or whoever stands between, gets wrong. None but a signed answer to this
// very request is believed, and what is believed is read the same as before it was changed.

import { isRefused } from '../../gateway/contract/reason.ts';
import { attribute, type Attributes } from '../../gateway/radius/attributes.ts';
import { signReply, verifyReply } from '../../gateway/radius/authenticator.ts';
import { packetCodes } from '../../gateway/radius/code.ts';
import { changeRequest, readChangeAnswer } from '../../gateway/radius/dynamic-authorization.ts';
import { dump } from '../../gateway/radius/dump.ts';
import { errorCauses } from '../../gateway/radius/error-cause.ts';
import { decode, type Packet } from '../../gateway/radius/packet.ts';
import { isSignedAnswer, mutate, resignAnswer } from './mutate.ts';
import { seededRandom } from './random.ts';

export interface ChangeAnswerFuzzResult {
  readonly count: number;
  readonly believed: number;
  readonly refusals: Readonly<Record<string, number>>;
}

export const changeSecret: Uint8Array = Buffer.from('posture-lab-secret');
const kinds = ['coa', 'disconnect'] as const;
/** Consent, a refusal without a reason, or one for each Error-Cause. */
const said = ['ack', 'nak', ...errorCauses.keys()] as const;

/** What is answered. */
export const changeRequests = { coa: changeOf('coa'), disconnect: changeOf('disconnect') } as const;

export async function fuzzChangeAnswers({
  count,
  seed,
}: {
  readonly count: number;
  readonly seed: number;
}): Promise<ChangeAnswerFuzzResult> {
  const random = seededRandom(seed);
  const refusals = new Map<string, number>();
  let believed = 0;
  for (let round = 0; round < count; round++) {
    const request = changeRequests[random.pick(kinds)];
    const changed = mutate(goodAnswer(request, random.pick(said)), random);
    const octets = random.below(2) === 0 ? changed : resignAnswer(changed, request.authenticator, changeSecret);
    try {
      const answer = decode(octets);
      const verdict = isRefused(answer) ? answer : verifyReply(answer, request, changeSecret, 'none');
      if (verdict !== true) {
        refusals.set(verdict.refused, (refusals.get(verdict.refused) ?? 0) + 1);
        continue;
      }
      if (isRefused(answer)) throw new Error('unreachable: refused above');
      if (!isSignedAnswer(octets, request.authenticator, changeSecret))
        throw new Error('believed without being signed');
      believed++;
      dump(answer);
      mustSayWhatItSays(answer, request.code);
    } catch (error) {
      throw new Error(`round ${round} of seed ${seed}: ${Buffer.from(octets).toString('hex')}`, { cause: error });
    }
  }
  return { count, believed, refusals: Object.fromEntries([...refusals].sort()) };
}

/** A consent is the one code that answers this request with one, and nothing else is. */
function mustSayWhatItSays(answer: Packet, asked: number): void {
  const read = readChangeAnswer(answer);
  const consent = asked === packetCodes['CoA-Request'] ? packetCodes['CoA-ACK'] : packetCodes['Disconnect-ACK'];
  if ((read.answer === 'ack') !== (answer.code === consent)) throw new Error(`code ${answer.code} is ${read.answer}`);
}

function changeOf(kind: (typeof kinds)[number]): Packet {
  const packet = decode(
    changeRequest({
      kind,
      identifier: 7,
      secret: changeSecret,
      at: 1_767_225_600_000,
      identification: [attribute('User-Name', 'laptop-07'), attribute('Acct-Session-Id', '0000002a')],
      changes: kind === 'coa' ? [attribute('Session-Timeout', 300)] : [],
    }),
  );
  if (isRefused(packet)) throw new Error(packet.refused);
  return packet;
}

function goodAnswer(request: Packet, says: 'ack' | 'nak' | number): Uint8Array {
  const [ack, nak] =
    request.code === packetCodes['CoA-Request']
      ? (['CoA-ACK', 'CoA-NAK'] as const)
      : (['Disconnect-ACK', 'Disconnect-NAK'] as const);
  const attributes: Attributes = typeof says === 'number' ? [attribute('Error-Cause', says)] : [];
  const code = packetCodes[says === 'ack' ? ack : nak];
  const answer = signReply({ code, attributes }, request, changeSecret);
  if (isRefused(answer)) throw new Error(answer.refused);
  return answer;
}
