// PEM files as people keep them.

import { describe, expect, it } from 'vitest';
import { splitPem } from '../../gateway/identity/pem.ts';

const block = (label: string, content: Uint8Array, lineEnd = '\n') => {
  const body = Buffer.from(content)
    .toString('base64')
    .replaceAll(/(.{64})/g, `$1${lineEnd}`);
  return `-----BEGIN ${label}-----${lineEnd}${body}${lineEnd}-----END ${label}-----${lineEnd}`;
};
const first = Buffer.alloc(200, 1);
const second = Buffer.alloc(3, 2);

describe('PEM', () => {
  it('gives the blocks of one label in order, whatever stands around them', () => {
    const file = `subject=CN=x\n${block('CERTIFICATE', first)}# note\r\n${block('X509 CRL', second)}${block('CERTIFICATE', second, '\r\n')}`;
    expect(splitPem(Buffer.from(file), 'CERTIFICATE')).toEqual([first, second]);
    expect(splitPem(Buffer.from(file), 'X509 CRL')).toEqual([second]);
  });

  it('takes a DER file as it is', () => {
    const der = Buffer.concat([Buffer.of(0x30, 0x82, 1, 0), Buffer.alloc(256)]);
    expect(splitPem(der, 'CERTIFICATE')).toEqual([der]);
  });

  it('gives nothing for a file of something else', () => {
    expect(splitPem(Buffer.from('0 hello'), 'CERTIFICATE')).toEqual([]);
    expect(splitPem(Buffer.from(block('PRIVATE KEY', first)), 'CERTIFICATE')).toEqual([]);
    expect(splitPem(Buffer.from('-----BEGIN CERTIFICATE-----\nAAAA\n'), 'CERTIFICATE')).toEqual([]);
  });

  it('gives an empty value for a block that is no base64, instead of dropping it', () => {
    const file = '-----BEGIN CERTIFICATE-----\n?!\n-----END CERTIFICATE-----\n';
    expect(splitPem(Buffer.from(file), 'CERTIFICATE')).toEqual([Buffer.of()]);
  });
});
