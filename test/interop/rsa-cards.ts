// Cards with RSA keys, whose authorities have RSA keys too.

import { makeEidPki } from '../support/eid-pki.ts';

/** A card under an RSA root, and one with three authorities between it and that root, made by openssl. */
export function makeRsaCards() {
  const pki = makeEidPki();
  const authority = (name: string, subject: string, issuer?: string) =>
    pki.authority(name, { key: 'rsa', subject, ...(issuer === undefined ? {} : { issuer }) });
  const root = authority('root', '/C=BE/CN=Belgium Root CA (test RSA)');
  const citizen = authority('citizen', '/C=BE/CN=Citizen CA/serialNumber=201601', 'root');
  const regional = authority('regional', '/C=BE/CN=Regional CA', 'root');
  const local = authority('local', '/C=BE/CN=Local CA', 'regional');
  const deepCitizen = authority('deep-citizen', '/C=BE/CN=Citizen CA/serialNumber=201602', 'local');
  const cards = {
    RSA: [pki.leaf('rsa', 'citizen', { key: 'rsa' }), citizen],
    'RSA, four certificates': [pki.leaf('deep', 'deep-citizen', { key: 'rsa' }), deepCitizen, local, regional],
  } as const;
  const crls = ['root', 'citizen', 'regional', 'local', 'deep-citizen'].map(name => {
    const body = Buffer.from(pki.crl(name)).toString('base64').replaceAll(/.{64}/g, '$&\n');
    return `-----BEGIN X509 CRL-----\n${body}\n-----END X509 CRL-----\n`;
  });
  pki.remove();
  return { cards, anchorsPem: root.pem, crlsPem: crls.join(''), maxDepth: 5 };
}
