// The client against FreeRADIUS as the concentrator: its `coa` listener reads every octet of ours and judges the signature.

import { afterAll, beforeAll, expect, it } from 'vitest';
import { openDynamicAuthorization } from '../../gateway/io/dynamic-authorization.ts';
import { systemClock, systemRandom } from '../../gateway/io/system.ts';
import { type CoaListener, freePort, startCoaListener } from '../support/coa-listener.ts';
import { describeWith } from '../support/programs.ts';
import { concentrator, liveSession } from './live-session.ts';
import { nasProfile } from '../support/nas-profiles.ts';

const secretText = 'change-interop-secret';
const secret = Buffer.from(secretText);

describeWith('freeradius', 'FreeRADIUS as the concentrator', path => {
  let port = 0;
  let listener: CoaListener;
  const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const client = openDynamicAuthorization({
    log,
    clock: systemClock,
    random: systemRandom,
    timeoutMs: 1000,
    retransmits: 1,
  });

  beforeAll(async () => {
    port = await freePort();
    listener = await startCoaListener(path, {
      port,
      secret: secretText,
      refusing: {
        gone: 'Session-Context-Not-Found',
        busy: 'Resources-Unavailable',
        forbidden: 'Administratively-Prohibited',
        sulky: '',
      },
    });
  });
  afterAll(async () => {
    client.close();
    await listener.stop();
  });

  const heard = (what: RegExp): Promise<string> => listener.heard(what);
  const at = () => concentrator({ port, secret });
  const toUpdate = (userName: string) =>
    ({
      kind: 'coa',
      session: liveSession({ userName }),
      attributes: [
        { name: 'Filter-Id', value: 'update' },
        { name: 'Tunnel-Type', value: 9 },
        { name: 'Class', value: 'S-1' },
        { name: 'Session-Timeout', value: 900 },
        { name: 'Acct-Interim-Interval', value: 600 },
      ],
    }) as const;
  const end = (userName: string) =>
    ({ kind: 'disconnect', session: liveSession({ userName }), attributes: [] }) as const;

  it('takes a change, and reads in it what we wrote', async () => {
    listener.forget();
    expect(await client.ask(at(), toUpdate('laptop-07'))).toEqual({ answer: 'ack' });
    const received = await heard(/Received CoA-Request[^]*?# Executing/);
    const lines = [...received.matchAll(/^\(\d+\) {3}([A-Za-z0-9:-]+) = (.*)$/gm)].map(([, name, value]) => [
      name,
      value,
    ]);
    expect(lines).toEqual([
      ['Message-Authenticator', expect.stringMatching(/^0x[0-9a-f]{32}$/)],
      ['User-Name', '"laptop-07"'],
      ['Acct-Session-Id', '"0000002a"'],
      ['Calling-Station-Id', '"198.51.100.7"'],
      ['Framed-IP-Address', '10.8.0.7'],
      ['NAS-Identifier', '"gw"'],
      ['NAS-IP-Address', '127.0.0.1'],
      ['Filter-Id', '"update"'],
      ['Tunnel-Type:0', 'ESP'],
      ['Class', '0x532d31'],
      ['Session-Timeout', '900'],
      ['Acct-Interim-Interval', '600'],
      ['Event-Timestamp', expect.stringMatching(/^"[A-Z][a-z]{2} +\d+ \d{4} /)],
    ]);
  });
  it('ends a session', async () => {
    expect(await client.ask(at(), end('laptop-07'))).toEqual({ answer: 'ack' });
    await heard(/Received Disconnect-Request/);
  });
  it.each([
    ['gone', { errorCause: 503, word: 'Session-Context-Not-Found', then: 'session-gone' }],
    ['busy', { errorCause: 506, word: 'Resources-Unavailable', then: 'retry-later' }],
    ['forbidden', { errorCause: 501, word: 'Administratively-Prohibited', then: 'configuration' }],
  ])('refuses %s with an Error-Cause', async (userName, answer) => {
    expect(await client.ask(at(), toUpdate(userName))).toEqual({ answer: 'nak', ...answer });
    expect(await client.ask(at(), end(userName))).toEqual({ answer: 'nak', ...answer });
  });
  it('refuses without a reason', async () => {
    const nak = { answer: 'nak', word: 'no-reason' };
    expect(await client.ask(at(), toUpdate('sulky'))).toEqual({ ...nak, then: 'fall-back-to-disconnect' });
    expect(await client.ask(at(), end('sulky'))).toEqual({ ...nak, then: 'give-up' });
    expect(await client.ask({ ...at(), profile: nasProfile('strongswan') }, end('sulky'))).toEqual({
      ...nak,
      then: 'session-gone',
    });
  });
  it('is silent to another secret', async () => {
    const stranger = concentrator({ port, secret: Buffer.from('another') });
    const impatient = openDynamicAuthorization({
      log,
      clock: systemClock,
      random: systemRandom,
      timeoutMs: 100,
      retransmits: 1,
    });
    expect(await impatient.ask(stranger, end('laptop-07'))).toEqual({ answer: 'silent', copiesSent: 2 });
    await heard(/invalid Message-Authenticator/);
    impatient.close();
  });
  it('answers two hundred sessions at once', async () => {
    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, index) => client.ask(at(), end(index % 2 === 0 ? 'laptop-07' : 'gone'))),
    );
    expect(answers.filter(({ answer }) => answer === 'ack')).toHaveLength(100);
    expect(answers.filter(({ answer }) => answer === 'nak')).toHaveLength(100);
  });
});
