// A concentrator that finds a session by User-Name alone, and a certificate whose name holds a national number: what is kept of
// the name, who can read it, and for how long.

import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { saidUserName } from '../../gateway/flows/sealed-user-name.ts';
import { recordSealing } from '../../gateway/io/record-sealing.ts';
import type { Session } from '../../gateway/pdp/session.ts';
import type { Sealing } from '../../gateway/ports.ts';
import { eapLogin } from '../support/eap-login.ts';
import { accounting, ask, classOf, makeRadiusWorld, nasAddress, type RadiusWorld } from '../support/radius-world.ts';

const number = '85073003328';
/** A subject of one attribute, serialNumber, as strongSwan puts it into User-Name. */
const subject = Buffer.concat([Buffer.from('3018311630140603550405130d', 'hex'), Buffer.from(`BE${number}`)]);

let world: RadiusWorld;
let sealing: Sealing;
beforeAll(async () => {
  world = await makeRadiusWorld();
  if (world.ports.sealing === undefined) throw new Error('the world seals nothing');
  ({ sealing } = world.ports);
});
afterAll(() => world.close());

async function loggedIn(from: string, userName: Uint8Array): Promise<{ session: Session; reply: Buffer }> {
  const login = eapLogin(world, world.ca.people.valid, { userName });
  const reply = await login.finish({ from });
  login.close();
  expect(reply?.code).toBe(2);
  const id = Buffer.from(classOf(reply).bytes);
  const session = await world.store.session('town', id.toString());
  if (session === undefined) throw new Error('no session was kept');
  return { session, reply: id };
}

describe('the User-Name of a person with a national number', () => {
  it.each([
    ['a subject in DER', subject, /^dn:[0-9a-f]{16}$/],
    ['text', Buffer.from(`${number}@eid.example`), /^\[national-number\]@eid\.example$/],
  ])(
    '%s is kept closed for strongSwan, opens as it was said, and is gone when the session stops',
    async (_, said, kept) => {
      const { session, reply } = await loggedIn(nasAddress.strongswan, said);
      expect(session.userName).toMatch(kept);
      expect(session.sealedUserName).toBeDefined();
      const written = JSON.stringify(session);
      for (const form of ['utf8', 'hex', 'base64', 'base64url'] as const) {
        expect(written).not.toContain(Buffer.from(number).toString(form).replaceAll('=', ''));
        expect(written).not.toContain(said.toString(form).replaceAll('=', ''));
      }
      const opened = saidUserName(sealing, session);
      expect(opened && Buffer.from(opened)).toEqual(said);

      const named = { type: 25, bytes: reply };
      await ask(world, accounting('start', 'a-1', [named]), { from: nasAddress.strongswan, port: 'accounting' });
      expect((await world.store.session('town', session.id))?.sealedUserName).toBe(session.sealedUserName);
      await ask(world, accounting('stop', 'a-1', [named]), { from: nasAddress.strongswan, port: 'accounting' });
      const stopped = await world.store.session('town', session.id);
      expect(stopped?.state).toBe('stopped');
      expect(stopped).not.toHaveProperty('sealedUserName');
    },
  );

  it('is not kept at all for a concentrator that finds its session by something else', async () => {
    const { session } = await loggedIn(nasAddress.vpn, subject);
    expect(session.userName).toMatch(/^dn:/);
    expect(session).not.toHaveProperty('sealedUserName');
  });

  it('is not kept twice when it may stand there in clear', async () => {
    const { session } = await loggedIn(nasAddress.strongswan, Buffer.from('laptop-7'));
    expect(session.userName).toBe('laptop-7');
    expect(session).not.toHaveProperty('sealedUserName');
    expect(saidUserName(sealing, session)).toBeUndefined();
  });

  it('opens for its own session and key alone', async () => {
    const { session } = await loggedIn(nasAddress.strongswan, subject);
    expect(saidUserName(sealing, session)).toBeDefined();
    expect(saidUserName(sealing, { ...session, id: 'S-other' })).toBeUndefined();
    expect(saidUserName(sealing, { ...session, tenant: 'village' })).toBeUndefined();
    expect(saidUserName(recordSealing(randomBytes(32)), session)).toBeUndefined();
  });
});
