// What reference data says: the files of a bundle, or of the directory that a bundle is made of, read by those who use them. All that
// is wrong is told, before it is signed and again before it is installed.

import { isUtf8 } from 'node:buffer';
import { hash } from 'node:crypto';
import { isRefused } from '../contract/reason.ts';
import { readCountries } from '../countries-config.ts';
import type { Problem } from '../documents/yaml-tree.ts';
import { type Certificate, readCertificate } from '../identity/certificate.ts';
import { splitPem } from '../identity/pem.ts';
import type { Countries } from '../ports.ts';
import { type AntivirusProducts, readAntivirusProducts } from '../verifier/antivirus-products.ts';
import { readSupportCalendar, type SupportCalendar } from '../verifier/support-calendar.ts';
import type { ReferenceFile } from './reference-bundle.ts';

/** What is absent, the bundle says nothing about. */
export interface ReferenceContents {
  readonly supportCalendar?: SupportCalendar;
  readonly antivirusProducts?: AntivirusProducts;
  readonly countries?: Countries;
  /** Authorities between the anchors of identity profiles and the cards: none of them is trusted for being here. */
  readonly intermediates: readonly Certificate[];
}

/** Where each kind of file stands. */
export const referencePaths = 'os-support.yaml, antivirus.yaml, countries.mmdb, certificates/*.pem';

export function readReferenceFiles(
  files: readonly ReferenceFile[],
): ReferenceContents | { readonly problems: readonly Problem[] } {
  const problems: Problem[] = [];
  const wrong = (file: string, message: string, remedy: string): void => {
    problems.push({ file, line: 1, message, remedy });
  };
  const found: { -readonly [K in keyof ReferenceContents]: ReferenceContents[K] } = { intermediates: [] };
  const certificates = new Map<string, Certificate>();
  for (const { path, bytes } of files) {
    if (path === 'os-support.yaml' || path === 'antivirus.yaml') {
      const text = bytes.toString('utf8');
      if (!isUtf8(bytes)) wrong(path, 'is not UTF-8', 'save it as UTF-8');
      else if (path === 'os-support.yaml')
        found.supportCalendar = keptOf<SupportCalendar>(readSupportCalendar(text, path), new Map());
      else found.antivirusProducts = keptOf<AntivirusProducts>(readAntivirusProducts(text, path), new Map());
    } else if (path === 'countries.mmdb') {
      const countries = readCountries(bytes);
      if ('wrong' in countries) wrong(path, countries.wrong, countries.remedy);
      else found.countries = countries;
    } else if (/^certificates\/[A-Za-z0-9._-]+\.(pem|crt|cer|der)$/.test(path)) {
      for (const certificate of authoritiesIn(path, bytes, wrong)) {
        certificates.set(hash('sha256', certificate.raw, 'hex'), certificate);
      }
    } else wrong(path, 'is no reference data', `leave it out; known are ${referencePaths}`);
  }
  if (files.length === 0) wrong('.', 'holds no reference data', `put one of these there: ${referencePaths}`);
  return problems.length > 0 ? { problems } : { ...found, intermediates: [...certificates.values()] };

  function keptOf<T extends object>(read: T | { readonly problems: readonly Problem[] }, otherwise: T): T {
    if (!('problems' in read)) return read;
    problems.push(...read.problems);
    return otherwise;
  }
}

function authoritiesIn(
  path: string,
  bytes: Buffer,
  wrong: (file: string, message: string, remedy: string) => void,
): readonly Certificate[] {
  const blocks = splitPem(bytes, 'CERTIFICATE');
  if (blocks.length === 0) wrong(path, 'holds no certificate', 'put certificates of authorities there, PEM or DER');
  const authorities: Certificate[] = [];
  for (const block of blocks) {
    const certificate = readCertificate(block);
    if (isRefused(certificate)) {
      wrong(path, `holds a certificate that cannot be read: ${certificate.detail ?? ''}`, 'take it as it was issued');
    } else if (certificate.basicConstraints?.ca === true) authorities.push(certificate);
    else wrong(path, 'holds a certificate that is no authority', 'leave certificates of people and machines out');
  }
  return authorities;
}
