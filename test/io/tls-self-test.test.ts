// The start-up check passes on the Node that runs the tests, and fails where a peer's issuers are hidden.

import { TLSSocket } from 'node:tls';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { selfTest } from '../../gateway/io/tls-self-test.ts';

describe('TLS self-test', () => {
  afterEach(() => {
    vi.restoreAllMocks();
  });

  it('passes on this Node', async () => {
    await expect(selfTest()).resolves.toBeUndefined();
  });

  it('says what to do on a Node that loses the intermediates of a peer', async () => {
    const original = Object.getOwnPropertyDescriptor(TLSSocket.prototype, 'getPeerX509Certificate')?.value as (
      this: TLSSocket,
    ) => ReturnType<TLSSocket['getPeerX509Certificate']>;
    // What 24.21.0 does: the leaf is there, its issuer is not.
    vi.spyOn(TLSSocket.prototype, 'getPeerX509Certificate').mockImplementation(function (this: TLSSocket) {
      const leaf = original.call(this);
      if (leaf !== undefined) Object.defineProperty(leaf, 'issuerCertificate', { value: undefined });
      return leaf;
    });
    await expect(selfTest()).rejects.toThrow(/sent 2 certificates and Node showed 1.*package-lock\.json/s);
  });
});
