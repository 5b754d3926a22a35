import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isRefused, type Reason } from '../../gateway/contract/reason.ts';
import { chosenBy, defaultMethods, type EapMethod, eapMethods, methodTypes } from '../../gateway/eap/method.ts';

const octets = (...methods: readonly EapMethod[]) => Uint8Array.from(methods, method => methodTypes[method]);

describe('what a Nak chooses [RFC3748-5.3.1]', () => {
  it.each<[string, Uint8Array, readonly EapMethod[], readonly EapMethod[], EapMethod | Reason]>([
    ['what we prefer', octets('eap-gtc', 'peap', 'eap-ttls'), ['eap-ttls', 'peap'], [], 'eap-ttls'],
    ['what is left', octets('eap-gtc', 'peap'), ['eap-ttls', 'peap'], ['eap-gtc'], 'peap'],
    ['nothing', Uint8Array.of(0), ['peap'], [], 'eap-method-refused'],
    ['no octet at all', new Uint8Array(), ['peap'], ['eap-ttls'], 'eap-method-refused'],
    ['EAP-MD5', Uint8Array.of(4), ['peap'], ['eap-ttls'], 'eap-method-refused'],
    ['one that is off', Uint8Array.of(4, 21), ['peap'], ['eap-ttls'], 'eap-method-off'],
    ['one that it was offered before', octets('eap-tls'), ['peap'], ['eap-ttls'], 'eap-method-refused'],
  ])('%s', (_what, nak, alternatives, off, expected) => {
    const chosen = chosenBy(nak, { alternatives, off });
    expect(isRefused(chosen) ? chosen.refused : chosen).toBe(expected);
  });
  it('is never what is off, whatever the peer writes', () => {
    const some = fc.subarray([...eapMethods]);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), some, (nak, alternatives) => {
        const off = eapMethods.filter(method => !alternatives.includes(method));
        const chosen = chosenBy(nak, { alternatives, off });
        if (!isRefused(chosen)) expect(alternatives).toContain(chosen);
        else expect(alternatives.some(method => nak.subarray(0, 16).includes(methodTypes[method]))).toBe(false);
      }),
    );
  });
});

it('nobody is offered EAP-GTC outside a tunnel unless somebody asked for that', () => {
  expect(defaultMethods).not.toContain('eap-gtc');
  expect(eapMethods).toContain('eap-gtc');
});
