// The short runs of the fuzzers of EAP and of answers to changes; `npm run fuzz` has the long ones.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeRadiusWorld, type RadiusWorld } from '../support/radius-world.ts';
import { fuzzChangeAnswers } from './change-answer-fuzz.ts';
import { fuzzConversations } from './conversation-fuzz.ts';
import { fuzzLogins } from './login-fuzz.ts';
import { fuzzTeap } from './teap-fuzz.ts';

describe('2,000 logins in which the peer says something wrong', () => {
  it('none is mistreated, and they end in every way that there is', async () => {
    const { ends } = await fuzzConversations({ count: 2000, seed: 20_261_124 });
    expect(Object.keys(ends)).toEqual(
      expect.arrayContaining([
        'accepted',
        'credentials-missing',
        'eap-fragment-malformed',
        'eap-identifier-wrong',
        'eap-malformed',
        'eap-message-too-large',
        'eap-method-refused',
        'eap-unexpected',
        'password-malformed',
        'ticket-secret-wrong',
        'tls-handshake-failed',
      ]),
    );
  });

  it('the same seed gives the same run', async () => {
    expect(await fuzzConversations({ count: 300, seed: 7 })).toEqual(await fuzzConversations({ count: 300, seed: 7 }));
  });
});

describe('3,000 conversations inside TEAP', () => {
  it('nobody gets in without the keys, and they end in every way that there is', () => {
    const { bound, ends, read } = fuzzTeap({ count: 3000, seed: 20_261_124 });
    expect(bound).toBeGreaterThan(500);
    expect(read).toBeGreaterThan(5000);
    expect(Object.keys(ends)).toEqual(
      expect.arrayContaining([
        'credentials-missing',
        'eap-crypto-binding-wrong',
        'eap-malformed',
        'eap-method-refused',
        'eap-unexpected',
      ]),
    );
  });
});

describe('5,000 answers to changes', () => {
  it('none is believed that is not signed, and what is believed says what it says', async () => {
    const { believed, refusals } = await fuzzChangeAnswers({ count: 5000, seed: 20_261_124 });
    expect(believed).toBeGreaterThan(500);
    expect(refusals['request-authenticator-wrong']).toBeGreaterThan(500);
  });
});

describe('a whole gateway, with TLS', () => {
  let world: RadiusWorld;
  beforeAll(async () => {
    world = await makeRadiusWorld();
  });
  afterAll(() => world.close());

  it('150 logins in which the peer says something wrong, and packets are spoiled on the way', async () => {
    const { accepted, rejected, silent, spoiled } = await fuzzLogins(world, { count: 150, seed: 20_261_124 });
    expect(accepted).toBeGreaterThan(5);
    expect(rejected).toBeGreaterThan(50);
    expect(silent).toBe(0);
    expect(spoiled).toBeGreaterThan(100);
  });
});
