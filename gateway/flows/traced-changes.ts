// CoA- and Disconnect-Requests while somebody traces: what a concentrator is asked, and what it says.

import type { TraceEvent } from '../contract/trace.ts';
import type { LiveChange, LiveChangeAnswer } from '../pdp/live-change.ts';
import type { Nas } from '../pdp/nas.ts';
import type { Clock, DynamicAuthorization } from '../ports.ts';
import { authorizationAttributes } from '../radius/authorization-attributes.ts';
import { dump } from '../radius/dump.ts';
import { packetCodes } from '../radius/code.ts';
import { identification } from '../radius/session-identification.ts';
import { accountingName, type Tracing } from './tracing.ts';

export function tracedChanges(asked: DynamicAuthorization, tracing: Tracing, clock: Clock): DynamicAuthorization {
  return {
    ask: async (nas, change) => {
      if (!tracing.active) return asked.ask(nas, change);
      const { userName, acctSessionId, id, person, device, deviceName } = change.session;
      const thread = tracing.thread(nas);
      const theirs = acctSessionId === undefined ? [] : [accountingName(nas.name, acctSessionId)];
      thread.know({ userName, person, device, deviceName, sessions: id === undefined ? theirs : [id, ...theirs] });
      const session = id === undefined ? {} : { session: id };
      const text = `${requestName(change)}${whereTo(nas)}`;
      thread.put({ at: clock.now(), way: 'out', text, lines: attributeLines(nas, change), ...session });
      const answer = await asked.ask(nas, change);
      thread.put({ at: clock.now(), ...answerWords(change, answer), ...session });
      return answer;
    },
  };
}

function requestName({ kind }: LiveChange): 'CoA-Request' | 'Disconnect-Request' {
  return kind === 'coa' ? 'CoA-Request' : 'Disconnect-Request';
}

function attributeLines(nas: Nas, change: LiveChange): string[] {
  const { session, saidUserName, attributes } = change;
  const whom = saidUserName === undefined ? session : { ...session, saidUserName };
  const all = [...identification(whom, nas.profile.identifiedBy), ...authorizationAttributes(attributes)];
  return dump({
    code: packetCodes[requestName(change)],
    identifier: 0,
    authenticator: new Uint8Array(16),
    attributes: all,
  }).slice(1);
}

function whereTo({ dynamicAuthorization: server }: Nas): string {
  if (server === undefined) return '';
  return server === 'over-tls' ? ' over its TLS connection' : ` to ${server.address} port ${server.port}`;
}

function answerWords({ kind }: LiveChange, answer: LiveChangeAnswer): Pick<TraceEvent, 'way' | 'text' | 'lines'> {
  const name = kind === 'coa' ? 'CoA' : 'Disconnect';
  switch (answer.answer) {
    case 'ack':
      return { way: 'in', text: `${name}-ACK`, lines: [] };
    case 'nak':
      return { way: 'in', text: `${name}-NAK: ${answer.word}`, lines: [`then: ${answer.then}`] };
    case 'silent': {
      const { copiesSent, networkError } = answer;
      const why = networkError === undefined ? [] : [networkError];
      return { way: 'thought', text: `no answer to ${copiesSent} copies`, lines: why };
    }
    case 'impossible':
      return { way: 'thought', text: 'not asked: it takes no such request, or would not find the session', lines: [] };
  }
}
