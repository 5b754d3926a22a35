// Golden packets of every NAS profile: what we send is what the file says octet by octet, FreeRADIUS reads it as the file says
// in words, and what FreeRADIUS makes of a request in words is where the claims are read from.

import { createSocket } from 'node:dgram';
import { describe, expect, it } from 'vitest';
import { isRefused } from '../../gateway/contract/reason.ts';
import { signReply } from '../../gateway/radius/authenticator.ts';
import { readClientClaims } from '../../gateway/radius/client-claims.ts';
import { packetCodes } from '../../gateway/radius/code.ts';
import { decode, type Packet } from '../../gateway/radius/packet.ts';
import { radclient } from '../interop/radclient-client.ts';
import { nasProfiles } from '../support/nas-profiles.ts';
import { describeWith } from '../support/programs.ts';
import { attributeOf, readGolden, sent } from './golden/golden-packets.ts';

const secret = 'golden-secret';
const messageAuthenticator = 80;

describe.each(nasProfiles.map(profile => ({ name: profile.name, profile })))('$name', ({ name, profile }) => {
  const golden = readGolden(name);

  it('is sent these octets', () => {
    for (const [section, hexes] of sent(profile)) {
      const expected = golden.sections.get(section)?.map(({ hex }) => hex);
      expect({ section, hexes }).toEqual({ section, hexes: expected });
    }
  });

  it('is never sent what would do harm there', () => {
    const never = profile.neverSent.map(({ attribute }) => attribute);
    const words = [...golden.sections].flatMap(([section, lines]) => (section === 'request' ? [] : lines));
    expect(words.filter(({ words: each }) => never.some(one => each.startsWith(`${one} =`)))).toEqual([]);
  });

  it('claims this of the client', () => {
    const request = golden.sections.get('request')?.map(({ hex }) => attributeOf(hex)) ?? [];
    expect(readClientClaims(request, profile.clientClaims)).toEqual(Object.fromEntries(golden.claims));
  });
});

describeWith('radclient', 'FreeRADIUS', program => {
  it.each(nasProfiles.map(({ name }) => name))('reads and writes the same for %s', async name => {
    const { sections } = readGolden(name);
    const request = sections.get('request') ?? [];
    const replies = [...sections].flatMap(([section, lines]) => (section === 'request' ? [] : lines));
    const { asked, output } = await exchanged(
      program,
      request.map(({ words }) => words),
      replies.map(({ hex }) => hex),
    );
    const made = asked.attributes.filter(({ type }) => type !== messageAuthenticator);
    expect(made.map(({ bytes }) => Buffer.from(bytes).toString('hex'))).toEqual(
      request.map(({ hex }) => Buffer.from(attributeOf(hex).bytes).toString('hex')),
    );
    const read = [...output.slice(output.indexOf('Received ')).matchAll(/^\t(.*)$/gm)].map(([, line = '']) => line);
    expect(read.filter(line => !line.startsWith('Message-Authenticator'))).toEqual(replies.map(({ words }) => words));
  });
});

/** One request made by radclient, and what it reads in an Access-Accept with these attributes. */
async function exchanged(program: string, lines: readonly string[], hexes: readonly string[]) {
  const socket = createSocket('udp4');
  let asked: Packet | undefined;
  socket.on('message', (datagram, from) => {
    const request = decode(datagram);
    if (isRefused(request)) return;
    asked = request;
    const reply = { code: packetCodes['Access-Accept'], attributes: hexes.map(attributeOf) };
    const signed = signReply(reply, request, Buffer.from(secret), {});
    if (!isRefused(signed)) socket.send(signed, from.port, from.address);
  });
  await new Promise<void>(resolve => {
    socket.bind(0, '127.0.0.1', () => resolve());
  });
  try {
    const { output } = await radclient(program, { kind: 'auth', port: socket.address().port, secret, lines });
    if (asked === undefined) throw new Error(output);
    return { asked, output };
  } finally {
    socket.close();
  }
}
