// Keys and certificates for tests, made by the openssl program.

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface TestKey {
  readonly key: string;
  readonly certificate: string;
}

const kinds = {
  p256: ['EC', '-pkeyopt', 'ec_paramgen_curve:P-256'],
  p384: ['EC', '-pkeyopt', 'ec_paramgen_curve:P-384'],
  rsa: ['RSA', '-pkeyopt', 'rsa_keygen_bits:2048'],
} as const;

/** A self-signed certificate `name.pem` and its key `name.key` in the folder. */
export function makeKey(folder: string, name: string, kind: keyof typeof kinds = 'p256'): TestKey {
  const files = { key: join(folder, `${name}.key`), certificate: join(folder, `${name}.pem`) };
  execFileSync('openssl', ['genpkey', '-algorithm', ...kinds[kind], '-out', files.key], { stdio: 'pipe' });
  execFileSync(
    'openssl',
    [
      ...['req', '-x509', '-new', '-key', files.key, '-out', files.certificate, '-days', '30', '-subj', `/CN=${name}`],
      ...['-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'],
    ],
    { stdio: 'pipe' },
  );
  return files;
}

export function pem(path: string): string {
  return readFileSync(path, 'utf8');
}
