// The demo's own PKI, also used by tests: an eID-like hierarchy with invented people, a machine authority and a server
// authority, each with the certificates that must pass and those that must be refused.

import {
  type Authority,
  type Crl,
  type Issued,
  issue,
  makeAuthority,
  makeCrl,
  type NameParts,
  type Validity,
} from './test-authority.ts';

export interface TestCa {
  readonly eidRoot: Authority;
  readonly citizenCa: Authority;
  readonly machineCa: Authority;
  readonly serverCa: Authority;
  /** Two good cards, then those that must be refused. */
  readonly people: Readonly<
    Record<'valid' | 'second' | 'revoked' | 'onHold' | 'expired' | 'signature' | 'lookAlike', Issued>
  >;
  readonly machines: Readonly<Record<'valid' | 'second' | 'revoked' | 'expired' | 'serverOnly', Issued>>;
  readonly server: Issued;
  readonly crls: Readonly<Record<'eidRoot' | 'citizen' | 'machine', Crl>>;
  /** What `policies/identity/machine.yaml` and `be-eid-test.yaml` ask for, by the paths they use. */
  readonly files: ReadonlyMap<string, string>;
}

const day = 86_400_000;
const commonName = '2.5.4.3';
const authentication = '2.16.56.12.1.1.2.2';

/** Everything the demo needs, valid around `now` (milliseconds since 1970 UTC). */
export async function makeTestCa(now: number): Promise<TestCa> {
  const long = { notBefore: now - 400 * day, notAfter: now + 3650 * day };
  const usual = { notBefore: now - day, notAfter: now + 365 * day };
  const past = { notBefore: now - 300 * day, notAfter: now - day };
  const eidRoot = await makeAuthority({
    subject: inBelgium('Belgium Root CA (test)'),
    validity: long,
    keyType: 'P-384',
  });
  const citizen = { subject: inBelgium('Citizen CA', '202601'), validity: long, keyType: 'P-384' } as const;
  const citizenCa = await makeAuthority({ ...citizen, issuer: eidRoot });
  const machineCa = await makeAuthority({ subject: inBelgium('Test Machine CA'), validity: long });
  const serverCa = await makeAuthority({ subject: inBelgium('Test Server CA'), validity: long });

  const card = (who: Person, validity: Validity = usual, authority = citizenCa) =>
    issue(authority, { ...cardOf(who), ...validity, policies: [authentication], extendedKeyUsage: ['clientAuth'] });
  const people = {
    valid: await card(jan),
    second: await card(els),
    revoked: await card(piet),
    onHold: await card(piet),
    expired: await card(jan, past),
    signature: await issue(citizenCa, {
      ...cardOf(jan, 'Signature'),
      ...usual,
      keyUsage: ['nonRepudiation'],
      policies: ['2.16.56.12.1.1.2.1'],
    }),
    lookAlike: await card(jan, usual, await makeAuthority(citizen)),
  };
  const machine = (name: string, validity: Validity = usual, purpose: 'clientAuth' | 'serverAuth' = 'clientAuth') =>
    issue(machineCa, {
      subject: inBelgium(name),
      ...validity,
      keyUsage: ['digitalSignature'],
      extendedKeyUsage: [purpose],
      dns: [name],
    });
  const machines = {
    valid: await machine('laptop-1.test.example'),
    second: await machine('laptop-2.test.example'),
    revoked: await machine('laptop-revoked.test.example'),
    expired: await machine('laptop-expired.test.example', past),
    serverOnly: await machine('laptop-server.test.example', usual, 'serverAuth'),
  };
  const server = await issue(serverCa, {
    subject: inBelgium('localhost'),
    ...usual,
    keyUsage: ['digitalSignature'],
    extendedKeyUsage: ['serverAuth'],
    dns: ['localhost'],
    ip: ['127.0.0.1'],
  });
  const window = { thisUpdate: now - day / 24, nextUpdate: now + 7 * day };
  const cards = [{ serial: people.revoked.serial }, { serial: people.onHold.serial, hold: true }];
  const crls = {
    eidRoot: await makeCrl(eidRoot, window),
    citizen: await makeCrl(citizenCa, { ...window, revoked: cards }),
    machine: await makeCrl(machineCa, { ...window, revoked: [{ serial: machines.revoked.serial }] }),
  };
  const files = new Map([
    ['anchors/be-eid-test.pem', eidRoot.pem],
    ['crls/be-eid-test.pem', crls.eidRoot.pem + crls.citizen.pem],
    ['anchors/machine-ca.pem', machineCa.pem],
    ['crls/machine-ca.pem', crls.machine.pem],
  ]);
  return { eidRoot, citizenCa, machineCa, serverCa, people, machines, server, crls, files };
}

/** Invented, with numbers whose check is right. */
interface Person {
  readonly given: string;
  readonly surname: string;
  readonly nationalNumber: string;
}
const jan: Person = { given: 'Jan', surname: 'Test', nationalNumber: '85073003328' };
const els: Person = { given: 'Els', surname: 'Proef', nationalNumber: '03021400272' };
const piet: Person = { given: 'Piet', surname: 'Gestolen', nationalNumber: '91010100738' };

function cardOf({ given, surname, nationalNumber }: Person, kind = 'Authentication') {
  const subject = [
    ['2.5.4.6', 'BE'],
    [commonName, `${given} ${surname} (${kind})`],
    ['2.5.4.4', surname],
    ['2.5.4.42', given],
    ['2.5.4.5', nationalNumber],
  ] as const;
  return { subject, keyType: 'P-384', keyUsage: ['digitalSignature'] } as const;
}

function inBelgium(name: string, serialNumber?: string): NameParts {
  const parts: NameParts = [
    ['2.5.4.6', 'BE'],
    [commonName, name],
  ];
  return serialNumber === undefined ? parts : [...parts, ['2.5.4.5', serialNumber]];
}
