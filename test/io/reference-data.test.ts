// Reference data as it is carried, installed and taken over: real keys, real files, certificates that openssl made.

import { execFileSync } from 'node:child_process';
import { createHash, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Rules } from '../../gateway/io/configuration.ts';
import { openBundle, packBundle, type ReferenceFile } from '../../gateway/io/reference-bundle.ts';
import { readReferenceFiles } from '../../gateway/io/reference-contents.ts';
import { type ReferenceData, startReferenceData } from '../../gateway/io/reference-data.ts';
import { historyPath, installBundle, installedReference } from '../../gateway/io/reference-store.ts';
import type { Log } from '../../gateway/ports.ts';
import { emptyCalendar } from '../../gateway/verifier/support-calendar.ts';
import { sampleSet } from '../policy/sample-set.ts';
import { mmdb } from '../support/mmdb.ts';

const dayMs = 86_400_000;
const now = Date.parse('2027-01-10T08:00:00.000Z');
const ours = generateKeyPairSync('ed25519');
const theirs = generateKeyPairSync('ec', { namedCurve: 'P-384' });

const calendar = 'windows:\n  - { version: 10.0.26200, name: Windows 11 25H2, ends: 2027-10-12 }\n';
const antivirus =
  'products:\n  - { product: defender, vendor: microsoft, title: Defender, reported as: [Windows Defender] }\n';
const file = (path: string, content: string | Uint8Array): ReferenceFile => ({ path, bytes: Buffer.from(content) });
const files = [
  file('antivirus.yaml', antivirus),
  file('countries.mmdb', mmdb({ '192.0.2.0/24': 'BE' })),
  file('os-support.yaml', calendar),
];

let directory = '';
let place: { readonly directory: string; readonly signers: readonly KeyObject[] };
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'sluis-reference-'));
  place = { directory: join(directory, 'reference-data'), signers: [theirs.publicKey, ours.publicKey] };
});
afterEach(() => rmSync(directory, { recursive: true }));

function carried(madeAt: number, of = files, key: KeyObject = ours.privateKey): string {
  const path = join(directory, `${madeAt}.bundle`);
  writeFileSync(path, packBundle(of, madeAt, key));
  return path;
}

describe('a bundle', () => {
  it.each([
    ['Ed25519', ours],
    ['P-384', theirs],
  ] as const)('signed with %s opens with what was put in', (_name, { privateKey }) => {
    const bytes = packBundle(files, now, privateKey);
    const opened = openBundle(bytes, place.signers);
    expect(opened).toMatchObject({ madeAt: now, files, id: createHash('sha256').update(bytes).digest('hex') });
  });

  it('is refused when nobody known signed it', () => {
    expect(openBundle(packBundle(files, now, ours.privateKey), [theirs.publicKey])).toMatchObject({
      wrong: expect.stringMatching(/^is signed with key [0-9a-f]{16}, and the signers are [0-9a-f]{16}$/) as string,
    });
  });

  it('is refused with any octet changed, added or missing', () => {
    const bytes = packBundle([file('os-support.yaml', calendar)], now, ours.privateKey);
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const changed = Buffer.from(bytes);
        changed[at] = (changed[at] ?? 0) ^ change;
        const opened = openBundle(changed, place.signers);
        // An octet of Base64 that says nothing, or a space of the head: the same signature over the same content.
        if (!('wrong' in opened)) expect(opened.files).toEqual([file('os-support.yaml', calendar)]);
        expect(openBundle(bytes.subarray(0, at), place.signers)).toHaveProperty('wrong');
        expect(openBundle(Buffer.concat([bytes, Buffer.from([change])]), place.signers)).toHaveProperty('wrong');
      }),
    );
  });

  it('never throws, whatever it is', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.boolean(), (noise, begun) => {
        const head = begun ? `sluis reference data 1\n{"key":"","signature":""}\n` : '';
        expect(openBundle(Buffer.concat([Buffer.from(head), noise]), place.signers)).toHaveProperty('wrong');
      }),
    );
  });
});

describe('the files of reference data', () => {
  it('are read by those who use them', () => {
    const read = readReferenceFiles(files);
    if ('problems' in read) throw new Error(JSON.stringify(read.problems));
    expect(read.supportCalendar?.get('windows')).toHaveLength(1);
    expect(read.antivirusProducts?.get('windows defender')).toEqual(['defender', 'microsoft']);
    expect(read.countries?.of('192.0.2.9')).toBe('BE');
  });

  it('hold authorities, and neither people nor machines', () => {
    const cert = (name: string, ca: boolean): Buffer => {
      const [key, out] = [join(directory, 'k.pem'), join(directory, `${name}.pem`)];
      const args = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '30'];
      const extension = ['-addext', `basicConstraints=critical,CA:${ca ? 'TRUE' : 'FALSE'}`];
      execFileSync('openssl', [...args, '-subj', `/CN=${name}`, '-keyout', key, '-out', out, ...extension], {
        stdio: 'ignore',
      });
      return readFileSync(out);
    };
    const [authority, person] = [cert('Citizen CA', true), cert('An', false)];
    const twice = [file('certificates/a.pem', authority), file('certificates/b.pem', authority)];
    expect(readReferenceFiles(twice)).toMatchObject({ intermediates: [{ basicConstraints: { ca: true } }] });
    expect(readReferenceFiles([file('certificates/a.pem', person)])).toMatchObject({
      problems: [{ file: 'certificates/a.pem', message: 'holds a certificate that is no authority' }],
    });
  });

  it.each([
    ['nothing', [], 'holds no reference data'],
    ['something else', [file('readme.md', '')], 'is no reference data'],
    ['a way out', [file('certificates/../../x.pem', '')], 'is no reference data'],
    ['a broken calendar', [file('os-support.yaml', 'windows: [')], /./],
    ['a country file that is none', [file('countries.mmdb', 'x')], /MaxMind/],
    ['bytes that are no text', [file('antivirus.yaml', Buffer.of(0xff))], 'is not UTF-8'],
    ['a name of two products', [file('antivirus.yaml', antivirus + antivirus.slice(10))], /reported by two/],
    ['no certificate', [file('certificates/a.pem', 'x')], 'holds no certificate'],
  ] as const)('are refused with %s', (_what, given, message) => {
    expect(readReferenceFiles(given)).toMatchObject({
      problems: [{ message: typeof message === 'string' ? message : (expect.stringMatching(message) as string) }],
    });
  });
});

describe('installing', () => {
  it('puts a bundle in its place and keeps the one before', () => {
    const [first, second] = [carried(now - 30 * dayMs), carried(now)];
    expect(installBundle(first, place, { now })).toHaveProperty('bundle');
    expect(installBundle(second, place, { now })).toHaveProperty('bundle');
    expect(readFileSync(join(place.directory, 'current.bundle'))).toEqual(readFileSync(second));
    expect(readFileSync(join(place.directory, 'previous.bundle'))).toEqual(readFileSync(first));
    expect(installedReference(place)).toMatchObject({ bundle: { madeAt: now } });
  });

  it('refuses an older one, but for a reason, which is kept', () => {
    const older = carried(now - dayMs);
    installBundle(carried(now), place, { now });
    expect(installBundle(older, place, { now })).toMatchObject({
      wrong: 'was made 2027-01-09T08:00:00.000Z, before the one that is installed (2027-01-10T08:00:00.000Z)',
    });
    expect(installedReference(place)).toMatchObject({ bundle: { madeAt: now } });
    installBundle(older, place, { now, forcedBecause: 'the new calendar is wrong' });
    expect(installedReference(place)).toMatchObject({ bundle: { madeAt: now - dayMs } });
    const [, last = ''] = readFileSync(historyPath(place.directory), 'utf8').trim().split('\n');
    expect(JSON.parse(last)).toMatchObject({ forcedBecause: 'the new calendar is wrong' });
  });

  it.each([
    ['the same again', () => carried(now), 'is installed already'],
    ['one from the future', () => carried(now + 2 * 3_600_000), /still to come/],
    ['one with a file that cannot be used', () => carried(now + 1, [file('os-support.yaml', 'x')]), /cannot be used/],
    ['a directory', () => directory, /is not a file|cannot be read/],
    ['nothing', () => join(directory, 'nowhere'), 'is not there'],
  ])('refuses %s and leaves what is installed', (_what, path, wrong) => {
    installBundle(carried(now), place, { now });
    expect(installBundle(path(), place, { now })).toMatchObject({
      wrong: typeof wrong === 'string' ? wrong : (expect.stringMatching(wrong) as string),
    });
    expect(installedReference(place)).toMatchObject({ bundle: { madeAt: now } });
    expect(existsSync(join(place.directory, 'previous.bundle'))).toBe(false);
  });

  it('replaces one that was damaged on disk', () => {
    installBundle(carried(now), place, { now });
    writeFileSync(join(place.directory, 'current.bundle'), 'x');
    expect(installedReference(place)).toHaveProperty('wrong');
    expect(installBundle(carried(now - dayMs), place, { now })).toHaveProperty('bundle');
  });
});

describe('a running gateway', () => {
  const rules: Rules = { policySet: sampleSet, profiles: [], calendarFromAbove: true };
  let told: string[];
  let gauges: Map<string, number>;
  let changes: number;
  let at: number;
  let running: ReferenceData;

  function start(): ReferenceData {
    const tell = (event: string, fields: Readonly<Record<string, unknown>> = {}): void =>
      void told.push(typeof fields['because'] === 'string' ? `${event}: ${fields['because']}` : event);
    const log: Log = { info: tell, warn: tell, error: tell };
    const meter = {
      count: () => undefined,
      observe: () => undefined,
      gauge: (name: string, value: number) => void gauges.set(name, value),
    };
    running = startReferenceData({
      place,
      clock: { now: () => at },
      log,
      meter,
      changed: () => changes++,
      everyMs: 60_000_000,
    });
    return running;
  }
  beforeEach(() => {
    told = [];
    gauges = new Map();
    changes = 0;
    at = now;
  });
  afterEach(() => running.close());

  it('takes a bundle over when it is installed', async () => {
    const reference = start();
    expect(reference.applied(rules)).toBe(rules);
    installBundle(carried(now), place, { now });
    await reference.look();
    expect(changes).toBe(1);
    expect(reference.applied(rules).policySet.supportCalendar.get('windows')).toHaveLength(1);
    expect(reference.antivirusProducts().get('windows defender')).toEqual(['defender', 'microsoft']);
    expect(reference.countries.of('192.0.2.9')).toBe('BE');
    await reference.look();
    expect({ changes, told }).toEqual({ changes: 1, told: ['reference-data-missing', 'reference-data-taken'] });
  });

  it('has it from the start', () => {
    installBundle(carried(now), place, { now });
    expect(start().applied(rules).policySet.supportCalendar.get('windows')).toHaveLength(1);
  });

  it('leaves a policy set its own calendar', () => {
    installBundle(carried(now), place, { now });
    const own = { ...rules, calendarFromAbove: false };
    expect(start().applied(own).policySet.supportCalendar).toBe(emptyCalendar);
  });

  it.each([
    ['broken', () => writeFileSync(join(place.directory, 'current.bundle'), 'x'), /is no bundle/],
    ['gone', () => rmSync(join(place.directory, 'current.bundle')), /is gone/],
  ] as const)('keeps what it has when the bundle is %s', async (_how, happens, because) => {
    installBundle(carried(now), place, { now });
    const reference = start();
    await reference.look();
    happens();
    await reference.look();
    expect(changes).toBe(0);
    expect(told.at(-1)).toMatch(because);
    expect(reference.countries.of('192.0.2.9')).toBe('BE');
  });

  it('warns once a day when it is older than 60 days', async () => {
    installBundle(carried(now), place, { now });
    const reference = start();
    expect(gauges.get('sluis_reference_data_old')).toBe(0);
    at = now + 61 * dayMs;
    await reference.look();
    await reference.look();
    expect(gauges.get('sluis_reference_data_old')).toBe(1);
    expect(gauges.get('sluis_reference_data_age_seconds')).toBe(61 * 86_400);
    at += dayMs;
    await reference.look();
    expect(told.filter(each => each === 'reference-data-old')).toHaveLength(2);
  });
});
