// A small file in the MaxMind DB format (specification version 2.0): a tree of networks, each with its country. Records of 24 bits;
// of the data types only maps, strings and 32-bit numbers.

/** Networks in CIDR notation, with the country of each. */
export type Networks = Readonly<Record<string, string>>;

type Data = string | number | { readonly [key: string]: Data };

/** A node has two places, each of which is free, another node, or the country of a network. */
type Node = [Branch, Branch];
type Branch = Node | string | undefined;

export interface MmdbOptions {
  readonly type?: string;
  /** 4: a file that knows no IPv6. */
  readonly ipVersion?: 4 | 6;
  /** What stands in it for a country. */
  readonly entry?: (country: string) => Data;
}

export function mmdb(
  networks: Networks,
  { type = 'Test-Country', ipVersion = 6, entry = country => ({ country: { iso_code: country } }) }: MmdbOptions = {},
): Buffer {
  const root: Node = [undefined, undefined];
  for (const [network, country] of Object.entries(networks))
    insert(root, bitsOf(network).slice(ipVersion === 4 ? 96 : 0), country);
  const nodes: Node[] = [];
  number(root, nodes);
  const offsets = new Map<string, number>();
  const data: Buffer[] = [];
  for (const country of new Set(Object.values(networks))) {
    offsets.set(
      country,
      data.reduce((sum, each) => sum + each.length, 0),
    );
    data.push(encoded(entry(country)));
  }
  const separator = 16;
  const record = (branch: Branch): number => {
    if (branch === undefined) return nodes.length;
    if (typeof branch === 'object') return nodes.indexOf(branch);
    return nodes.length + separator + (offsets.get(branch) ?? 0);
  };
  const tree = Buffer.alloc(nodes.length * 6);
  nodes.forEach(([left, right], index) => {
    tree.writeUIntBE(record(left), index * 6, 3);
    tree.writeUIntBE(record(right), index * 6 + 3, 3);
  });
  const metadata = encoded({
    binary_format_major_version: 2,
    binary_format_minor_version: 0,
    build_epoch: 1_800_000_000,
    database_type: type,
    ip_version: ipVersion,
    node_count: nodes.length,
    record_size: 24,
  });
  return Buffer.concat([
    tree,
    Buffer.alloc(separator),
    ...data,
    Buffer.from('\xab\xcd\xefMaxMind.com', 'latin1'),
    metadata,
  ]);
}

function insert(root: Node, bits: readonly (0 | 1)[], country: string): void {
  let node = root;
  for (const bit of bits.slice(0, -1)) {
    const next = node[bit];
    if (typeof next === 'string') throw new Error('networks overlap');
    node = next ?? (node[bit] = [undefined, undefined]);
  }
  node[bits.at(-1) ?? 0] = country;
}

function number(node: Node, nodes: Node[]): void {
  nodes.push(node);
  for (const branch of node) if (typeof branch === 'object') number(branch, nodes);
}

/** IPv4 stands below ::/96. */
function bitsOf(network: string): readonly (0 | 1)[] {
  const [address = '', length] = network.split('/');
  const isV4 = address.includes('.');
  const groups = isV4 ? address.split('.').map(Number) : hextets(address);
  const bits = groups.map(group => group.toString(2).padStart(isV4 ? 8 : 16, '0')).join('');
  const all = isV4 ? '0'.repeat(96) + bits : bits;
  const wanted = all.slice(0, Number(length) + (isV4 ? 96 : 0));
  return Array.from(wanted, bit => (bit === '1' ? 1 : 0));
}

function hextets(address: string): readonly number[] {
  const [front = [], back = []] = address.split('::').map(part => part.split(':').filter(group => group !== ''));
  const middle = Array<string>(8 - front.length - back.length).fill('0');
  return [...front, ...middle, ...back].map(group => Number.parseInt(group, 16));
}

function encoded(value: Data): Buffer {
  if (typeof value === 'string') return Buffer.concat([control(2, Buffer.byteLength(value)), Buffer.from(value)]);
  if (typeof value === 'number') {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(value);
    return Buffer.concat([control(6, 4), bytes]);
  }
  const entries = Object.entries(value).flatMap(([key, of]) => [encoded(key), encoded(of)]);
  return Buffer.concat([control(7, Object.keys(value).length), ...entries]);
}

/** Type in three bits, size in five; nothing here is longer than 28. */
function control(type: number, size: number): Buffer {
  if (size > 28) throw new Error('a value is too long for one control byte');
  return Buffer.from([(type << 5) | size]);
}
