// The certificates of concentrators that come over TLS: two of one authority, one that nobody knows, one of another authority.

import { type Authority, type Issued, issue, makeAuthority } from '../../gateway/cli/demo/test-authority.ts';

const day = 86_400_000;

export interface Concentrators {
  readonly ca: Authority;
  readonly a: Issued;
  readonly b: Issued;
  readonly unknown: Issued;
  /** In the name of the first. */
  readonly forged: Issued;
}

/** `vpn-a` and `vpn-b` are known by name; the others are not. */
export async function makeConcentrators(): Promise<Concentrators> {
  const now = Date.now();
  const validity = { notBefore: now - day, notAfter: now + day };
  const make = (name: string) => makeAuthority({ subject: [['2.5.4.3', name]], validity });
  const leaf = (of: Authority, name: string): Promise<Issued> =>
    issue(of, {
      subject: [['2.5.4.3', name]],
      ...validity,
      keyUsage: ['digitalSignature'],
      extendedKeyUsage: ['clientAuth'],
      dns: [name],
    });
  const [ca, otherCa] = [await make('NAS CA'), await make('another CA')];
  return {
    ca,
    a: await leaf(ca, 'vpn-a.example'),
    b: await leaf(ca, 'vpn-b.example'),
    unknown: await leaf(ca, 'vpn-c.example'),
    forged: await leaf(otherCa, 'vpn-a.example'),
  };
}
