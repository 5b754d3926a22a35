// Signing with a card, through a real PKCS #11 module: SoftHSM in place of the middleware.

import { createPublicKey, verify, X509Certificate } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { cardArrival, cardSigner, lookAtCards, type PinPrompt } from '../../posture-client/card.ts';
import { cardReport } from '../../posture-client/card-command.ts';
import { CardFailure, cardFaults, cardText, faultOf, triesOf } from '../../posture-client/card-fault.ts';
import { languages } from '../../gateway/contract/language.ts';
import { authentication, authority, type EidCertificate, type EidPki, makeEidPki } from '../support/eid-pki.ts';
import { describeWith } from '../support/programs.ts';
import { type CardObject, makeSoftCards, pin, softModule, type SoftCards } from './soft-card.ts';

const message = Buffer.from('what the gateway asked');
const givePin: PinPrompt = async () => Buffer.from(pin);
const options = { config: { module: softModule } };

let pki: EidPki;
let [ec, rsa, binding, ca, root]: EidCertificate[] = [];
let cards: SoftCards;

function der(certificate: EidCertificate | undefined): Uint8Array {
  if (certificate === undefined) throw new Error('not made');
  return certificate.der;
}

function object(label: string, id: string, of: EidCertificate | undefined, padding = 0): CardObject {
  return { label, id, key: of?.keyPem ?? '', certificate: Buffer.concat([der(of), Buffer.alloc(padding)]) };
}

async function faultOfCard(doing: Promise<unknown>): Promise<string> {
  const error = await doing.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  return error instanceof CardFailure ? `${error.fault} ${error.tries}` : `no card failure: ${String(error)}`;
}

describeWith(['softhsm2-util', 'pkcs11-tool', 'openssl'], 'a card', () => {
  beforeAll(() => {
    pki = makeEidPki();
    root = pki.authority('root', { extensions: authority });
    ca = pki.authority('ca', { issuer: 'root', extensions: authority });
    ec = pki.leaf('ec', 'ca', { key: 'P-384', extensions: authentication });
    rsa = pki.leaf('rsa', 'ca', { key: 'rsa', extensions: authentication });
    binding = pki.leaf('binding', 'ca', { key: 'P-384', extensions: ['keyUsage=critical,nonRepudiation'] });
  });
  afterAll(() => pki.remove());
  beforeEach(() => {
    cards = makeSoftCards();
  });
  afterEach(() => cards.remove());

  it.each([
    ['P-384', () => ec, 'ES384', 'sha384', 96],
    ['RSA-2048', () => rsa, 'RS256', 'sha256', 256],
  ] as const)('signs with %s, and node:crypto agrees', async (_, leaf, algorithm, hash, length) => {
    cards.put('BELPIC', [object('Authentication', '02', leaf()), object('Signature', '03', binding)]);
    const signer = await cardSigner(options, givePin);
    const signature = await signer.sign(message);
    expect(signer.algorithm).toBe(algorithm);
    expect(signature).toHaveLength(length);
    const key = new X509Certificate(der(leaf())).publicKey;
    expect(verify(hash, message, { key, dsaEncoding: 'ieee-p1363' }, signature)).toBe(true);
    expect(verify(hash, Buffer.from('something else'), { key, dsaEncoding: 'ieee-p1363' }, signature)).toBe(false);
    expect(createPublicKey(key.export({ type: 'spki', format: 'pem' }))).toBeDefined();
  });

  it('sends the authority on the card along, without padding and without the root', async () => {
    const authorities = [
      { label: 'CA', id: '04', certificate: der(ca) },
      { label: 'Root', id: '06', certificate: der(root) },
    ];
    cards.put('BELPIC', [object('Authentication', '02', ec, 300), ...authorities]);
    const signer = await cardSigner(options, givePin);
    expect(signer.chain.map(each => Buffer.from(each).toString('hex'))).toEqual(
      [der(ec), der(ca)].map(each => Buffer.from(each).toString('hex')),
    );
    expect(await signer.sign(message)).toHaveLength(96);
  });

  it('of another maker is chosen by key usage, never the binding signature', async () => {
    cards.put('OTHER', [object('Cert for signing', '01', binding), object('Cert for login', '07', rsa)]);
    expect((await cardSigner(options, givePin)).algorithm).toBe('RS256');
    cards.takeAway();
    cards.put('OTHER', [object('Cert for signing', '01', binding)]);
    expect(await faultOfCard(cardSigner(options, givePin))).toBe('certificate-missing ok');
  });

  it('is found by the label of its token among others', async () => {
    cards.put('FIRST', [object('Authentication', '02', rsa)]);
    cards.put('BELPIC', [object('Authentication', '02', ec)]);
    const config = { module: softModule, tokenLabel: 'BELPIC' };
    expect((await cardSigner({ config }, givePin)).algorithm).toBe('ES384');
    expect(await faultOfCard(cardSigner({ config: { ...config, tokenLabel: 'NONE' } }, givePin))).toBe(
      'card-missing ok',
    );
  });

  it('refuses a wrong PIN once, warns before the next, and forgets after a right one', async () => {
    cards.put('BELPIC', [object('Authentication', '02', ec)]);
    const asked: string[] = [];
    const prompt =
      (answer: string): PinPrompt =>
      async tries => {
        asked.push(tries);
        return Buffer.from(answer);
      };
    const sign = async (answer: string) => (await cardSigner(options, prompt(answer))).sign(message);
    expect(await faultOfCard(sign('0000'))).toBe('pin-wrong low');
    expect(asked).toEqual(['ok']);
    expect(await sign(pin)).toHaveLength(96);
    expect(await sign(pin)).toHaveLength(96);
    expect(asked).toEqual(['ok', 'low', 'ok']);
  });

  it('gets no PIN when the person gives none, or something that cannot be one', async () => {
    cards.put('BELPIC', [object('Authentication', '02', ec)]);
    const signWith = async (prompt: PinPrompt) => (await cardSigner(options, prompt)).sign(message);
    expect(await faultOfCard(signWith(async () => undefined))).toBe('pin-cancelled ok');
    expect(await faultOfCard(signWith(async () => new Uint8Array()))).toBe('pin-cancelled ok');
    expect(await faultOfCard(signWith(async () => Buffer.alloc(33, '1')))).toBe('pin-cancelled ok');
    expect(await faultOfCard(signWith(() => Promise.reject(new CardFailure('pin-unasked'))))).toBe('pin-unasked ok');
  });

  it('leaves no PIN behind: not in the buffer of the prompt, nor in the arguments or the environment of a process', async () => {
    cards.put('BELPIC', [object('Authentication', '02', ec)]);
    const given = Buffer.from(pin);
    let seen = '';
    const signer = await cardSigner(options, async () => {
      for (const id of readdirSync('/proc').filter(name => /^\d+$/.test(name))) {
        for (const file of ['cmdline', 'environ']) seen += readIfThere(`/proc/${id}/${file}`);
      }
      return given;
    });
    await signer.sign(message);
    expect(seen).toContain('pkcs11-child.ts');
    expect(seen.split('\0')).not.toContain(pin);
    expect(given.every(byte => byte === 0)).toBe(true);
  });

  it('that was changed for another between looking and signing is not used', async () => {
    cards.put('BELPIC', [object('Authentication', '02', ec)]);
    const signer = await cardSigner(options, givePin);
    cards.takeAway();
    expect(await faultOfCard(signer.sign(message))).toBe('card-removed ok');
    cards.put('BELPIC', [object('Authentication', '02', rsa)]);
    expect(await faultOfCard(signer.sign(message))).toBe('card-removed ok');
  });

  it('without the key of its certificate says so', async () => {
    cards.put('BELPIC', [{ label: 'Authentication', id: '02', certificate: der(ec) }]);
    const signer = await cardSigner(options, givePin);
    expect(await faultOfCard(signer.sign(message))).toBe('key-missing ok');
  });

  it('is missing, or its software is, or is something else', async () => {
    const look = (module: string) => cardSigner({ config: { module } }, givePin);
    expect(await faultOfCard(look(softModule))).toBe('card-missing ok');
    expect(await faultOfCard(look('/nowhere/module.so'))).toBe('module-missing ok');
    expect(await faultOfCard(look(process.execPath))).toBe('module-unusable ok');
    expect(await faultOfCard(look(`${cards.folder}/softhsm2.conf`))).toBe('module-unusable ok');
  });

  it('stops when the agent does, and leaves no process behind', async () => {
    cards.put('BELPIC', [object('Authentication', '02', ec)]);
    const stop = new AbortController();
    const signer = await cardSigner({ ...options, signal: stop.signal }, async () => {
      stop.abort();
      return new Promise(() => undefined);
    });
    expect(await faultOfCard(signer.sign(message))).toBe('pin-cancelled ok');
    await expect.poll(() => childrenOf(process.pid)).toBe('');
  });

  it('is noticed when it comes, but not when it was there before', async () => {
    cards.put('FIRST', []);
    let came = false;
    const arrival = cardArrival(options).then(() => {
      came = true;
    });
    await setTimeout(1500);
    expect(came).toBe(false);
    cards.put('BELPIC', []);
    await arrival;
    const stop = new AbortController();
    const waiting = faultOfCard(cardArrival({ ...options, signal: stop.signal }));
    stop.abort();
    expect(await waiting).toBe('pin-cancelled ok');
  });

  it('is shown without its name, unless that is asked for', async () => {
    cards.put('BELPIC', [object('Authentication', '02', ec, 9), object('Signature', '03', binding)]);
    const shown = await cardReport(options.config, { showName: false, now: Date.now() });
    expect(shown.text).toMatch(/card {9}BELPIC \(SoftHSM v2, SoftHSM project\)/);
    expect(shown.text).toMatch(/certificate {2}Authentication: ES384, \d{4}-\d\d-\d\d to \d{4}-\d\d-\d\d, valid$/m);
    expect(shown.text).not.toMatch(/Jan|Test|\d{11}/);
    expect(shown.check().certificate.label).toBe('Authentication');
    const named = await cardReport(options.config, { showName: true, now: Date.now() });
    expect(named.text).toContain('Jan Test (Authentication)');
    const later = await cardReport(options.config, { showName: false, now: Date.now() + 1e12 });
    expect(later.text).toContain('ended');
  });

  it('tells the module apart from the slots that hold nothing', async () => {
    expect((await lookAtCards(options)).map(({ token }) => token)).toEqual([undefined]);
  });
});

it('return values are words, and flags are tries', () => {
  const values = [0xa0, 0xa2, 0xa4, 0x32, 0xe0, 0xb3, 0xe1, 0x50, 0x5];
  expect(values.map(faultOf)).toEqual([
    ...['pin-wrong', 'pin-wrong', 'pin-blocked', 'card-removed', 'card-removed', 'card-removed'],
    ...['card-unreadable', 'pin-cancelled', 'card-failed'],
  ]);
  expect([0x4n, 0x1_0000n, 0x3_0000n, 0x4_0000n].map(triesOf)).toEqual(['ok', 'low', 'last', 'blocked']);
});

it('every word has its own sentence in every language', () => {
  for (const language of languages) {
    const texts = cardFaults.map(fault => cardText(fault, 'ok', language));
    expect(new Set(texts).size).toBe(cardFaults.length);
    expect(cardText('pin-wrong', 'last', language).length).toBeGreaterThan(
      cardText('pin-wrong', 'ok', language).length,
    );
  }
});

function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // The process ended meanwhile.
    return '';
  }
}

function childrenOf(pid: number): string {
  return readdirSync(`/proc/${pid}/task`)
    .map(task => readIfThere(`/proc/${pid}/task/${task}/children`))
    .join('')
    .trim();
}
