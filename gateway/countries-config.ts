// The `countries:` part of the configuration: a file in the MaxMind DB format that says in which country an address is, and
// what is read from it.

import { BlockList, isIP, isIPv6 } from 'node:net';
import { type CountryResponse, Reader } from 'mmdb-lib';
import type { namedFiles } from './config-files.ts';
import { located, problem, record, required, type Shape, text } from './documents/shape.ts';
import type { Countries } from './ports.ts';

/** The file as it was read with the configuration. */
export interface CountryFile {
  readonly path: string;
  readonly countries: Countries;
}

/** What an admin can mend. */
export interface NoCountries {
  readonly wrong: string;
  readonly remedy: string;
}

/** As MaxMind and DB-IP write it, or as others do. */
type CountryEntry = CountryResponse & { readonly country_code?: string };

const countriesRecord = record({ file: required(located(text(1024))) });
const remedy = 'put a country or city file in the MaxMind DB format (.mmdb) there';

export function countriesShape(files: ReturnType<typeof namedFiles>['unsealed']): Shape<CountryFile> {
  return (tree, reading) => {
    const read = countriesRecord(tree, reading);
    if (read === undefined) return undefined;
    const { value, line } = read.file;
    const path = files.resolve(value);
    const bytes = files.read(path);
    if (bytes === undefined) return problem(reading, line, `cannot read "${path}"`, remedy);
    const countries = readCountries(bytes);
    if ('wrong' in countries) return problem(reading, line, `"${path}" ${countries.wrong}`, countries.remedy);
    return { path, countries };
  };
}

/** Never throws. */
export function readCountries(bytes: Uint8Array): Countries | NoCountries {
  let reader: Reader<CountryEntry>;
  try {
    reader = new Reader<CountryEntry>(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  } catch {
    // The library knows only one way to say that it cannot read something.
    return { wrong: 'is not in the MaxMind DB format', remedy };
  }
  const { databaseType, ipVersion, searchTreeSize } = reader.metadata;
  if (searchTreeSize >= bytes.byteLength) return { wrong: 'is cut short', remedy };
  if (!/country|city|enterprise/i.test(databaseType)) {
    return { wrong: `names no countries: its type is "${databaseType}"`, remedy };
  }
  return {
    of: address => {
      const bare = withoutMapping(address);
      if (isIP(bare) === 0 || isNowhere(bare) || (isIPv6(bare) && ipVersion === 4)) return undefined;
      return countryIn(reader, bare);
    },
  };
}

function countryIn(reader: Reader<CountryEntry>, address: string): string | undefined {
  try {
    const entry = reader.get(address);
    const code: unknown = entry?.country?.iso_code ?? entry?.country_code;
    return typeof code === 'string' && /^[A-Z]{2}$/.test(code) ? code : undefined;
  } catch {
    // A damaged record: of this address nothing is known, and of the others it says nothing.
    return undefined;
  }
}

/** Addresses that are used in many places, and those of IPv6 tunnels, whose other end may be anywhere. */
const nowhere = new BlockList();
for (const network of [
  ...['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10', '169.254.0.0/16', '127.0.0.0/8'],
  ...['::1/128', 'fe80::/10', 'fc00::/7', '2001::/32', '2002::/16', '64:ff9b::/96'],
]) {
  const [address = '', bits] = network.split('/');
  nowhere.addSubnet(address, Number(bits), isIPv6(address) ? 'ipv6' : 'ipv4');
}

function isNowhere(address: string): boolean {
  return nowhere.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
}

function withoutMapping(address: string): string {
  return /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1] ?? address;
}
