// The part of a concentrator that is told: it takes CoA- and Disconnect-Requests (RFC 5176) for the sessions of the demo,
// agrees to all that are signed, and remembers what each asked for.

import { isRefused } from '../../contract/reason.ts';
import { listenRadius } from '../../io/radius-udp.ts';
import { text } from '../../radius/attributes.ts';
import { signReply, verifyRequest } from '../../radius/authenticator.ts';
import { packetCodes } from '../../radius/code.ts';
import { decode } from '../../radius/packet.ts';

export interface Concentrator {
  readonly port: number;
  /** What was asked about a session, oldest first: `CoA-Request office`. */
  readonly changesOf: (acctSessionId: string) => readonly string[];
  readonly close: () => Promise<void>;
}

export async function startConcentrator(secret: Uint8Array): Promise<Concentrator> {
  const changes = new Map<string, string[]>();
  const listener = await listenRadius({
    address: '127.0.0.1',
    port: 0,
    handler: async datagram => {
      const request = decode(datagram);
      if (isRefused(request)) return undefined;
      if (verifyRequest(request, secret, { requireMessageAuthenticator: true }) !== true) return undefined;
      const isChange = request.code === packetCodes['CoA-Request'];
      const id = text(request.attributes, 'Acct-Session-Id') ?? '';
      const what = isChange
        ? `CoA-Request ${text(request.attributes, 'Filter-Id') ?? 'without a segment'}`
        : 'Disconnect-Request';
      changes.set(id, [...(changes.get(id) ?? []), what]);
      const code = packetCodes[isChange ? 'CoA-ACK' : 'Disconnect-ACK'];
      const reply = signReply({ code, attributes: [] }, request, secret);
      return isRefused(reply) ? undefined : reply;
    },
  });
  return { port: listener.port, changesOf: id => changes.get(id) ?? [], close: () => listener.close() };
}
