// VPN profiles of NetworkManager and strongSwan, and whether they send everything through the tunnel.

import type { Laptop } from '../../laptop.ts';
import { textOf } from '../../laptop.ts';
import { measured, unmeasured, type Collector, type Finding } from '../finding.ts';

const connections = '/etc/NetworkManager/system-connections';
const swanctl = '/etc/swanctl/conf.d';

/** A keyfile of NetworkManager; `undefined` when it is no VPN. */
export function parseKeyfile(text: string): Finding<'vpn-client'> | undefined {
  const sections = new Map<string, Map<string, string>>();
  let section = new Map<string, string>();
  for (const line of text.split('\n')) {
    const header = /^\[([^\]]+)\]\s*$/.exec(line)?.[1];
    if (header !== undefined) {
      section = new Map();
      sections.set(header, section);
    }
    const pair = /^([\w-]+)\s*=\s*(.*)$/.exec(line);
    if (pair?.[1] !== undefined) section.set(pair[1], (pair[2] ?? '').trim());
  }
  const kind = sections.get('connection')?.get('type');
  if (kind !== 'vpn' && kind !== 'wireguard') return undefined;
  const service = sections.get('vpn')?.get('service-type')?.split('.').at(-1) ?? kind;
  const stays = (family: string): boolean => sections.get(family)?.get('never-default') === 'true';
  return measured<'vpn-client'>(
    { product: `NetworkManager ${service}`.slice(0, 200), splitTunnel: stays('ipv4') },
    { instance: (sections.get('connection')?.get('id') ?? service).slice(0, 200) },
  );
}

/** A connection of swanctl.conf: the tunnel takes everything when its remote selector is 0.0.0.0/0. */
export function parseSwanctl(text: string, name: string): Finding<'vpn-client'> | undefined {
  if (!/^\s*connections\s*\{/m.test(text)) return undefined;
  const selectors = [...text.matchAll(/^\s*remote_ts\s*=\s*(.+)$/gm)].map(match => (match[1] ?? '').trim());
  const everything = selectors.some(selector => selector.split(/[,\s]+/).includes('0.0.0.0/0'));
  return measured<'vpn-client'>({ product: 'strongSwan', splitTunnel: !everything }, { instance: name.slice(0, 200) });
}

export const vpnClient: Collector<'vpn-client'> = {
  source: { kind: 'file', name: 'NetworkManager, swanctl' },
  async collect(laptop) {
    const [keyfiles, profiles] = await Promise.all([
      folder(laptop, connections, parseKeyfile),
      folder(laptop, swanctl, parseSwanctl),
    ]);
    const found = [...keyfiles.findings, ...profiles.findings];
    if (found.length > 0) return found;
    if (keyfiles.denied || profiles.denied) return [unmeasured('denied', 'profiles-unreadable')];
    return [unmeasured('unsupported', 'no-known-vpn-client')];
  },
};

async function folder(
  laptop: Laptop,
  path: string,
  parse: (text: string, name: string) => Finding<'vpn-client'> | undefined,
): Promise<{ readonly findings: readonly Finding<'vpn-client'>[]; readonly denied: boolean }> {
  const listing = await laptop.list(path);
  if ('failed' in listing) return { findings: [], denied: listing.failed === 'denied' };
  let denied = false;
  const findings: Finding<'vpn-client'>[] = [];
  for (const { name } of listing.entries.slice(0, 20)) {
    const file = await laptop.read(`${path}/${name}`);
    if ('failed' in file && file.failed === 'denied') denied = true;
    const finding = parse(textOf(file) ?? '', name);
    if (finding !== undefined) findings.push(finding);
  }
  return { findings, denied };
}
