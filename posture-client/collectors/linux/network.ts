// The web proxy, and whether the person is kept from going round it: a locked setting or a browser policy. A variable in
// /etc/environment can be undone in any shell, so on its own it leaves the question open.

import type { Laptop } from '../../laptop.ts';
import { textOf } from '../../laptop.ts';
import { measured, type Collector, type Finding } from '../finding.ts';
import { proxyAddress } from '../proxy-address.ts';
import { field, parseJson, textOrNull } from '../json-value.ts';

export interface ProxyOutputs {
  readonly environment: string;
  /** Settings files of the system-wide dconf databases, and the lists of locked keys beside them. */
  readonly dconf: string;
  readonly dconfLocks: string;
  readonly firefoxPolicies: string;
  readonly chromePolicies: readonly string[];
}

export function parseProxy(outputs: ProxyOutputs): Finding<'network'> {
  const variable = /^\s*(?:export\s+)?https?_proxy\s*=\s*["']?([^"'\s]+)/im.exec(outputs.environment)?.[1];
  const dconfHost = /^host\s*=\s*'([^']+)'/m.exec(section(outputs.dconf, 'system/proxy/http'))?.[1];
  const dconfUrl = /^autoconfig-url\s*=\s*'([^']+)'/m.exec(section(outputs.dconf, 'system/proxy'))?.[1];
  const locked = /^\/system\/proxy\/mode\s*$/m.test(outputs.dconfLocks) && (dconfHost ?? dconfUrl) !== undefined;
  const firefox = field(field(parseJson(outputs.firefoxPolicies), 'policies'), 'Proxy');
  const firefoxProxy = textOrNull(field(firefox, 'HTTPProxy')) ?? textOrNull(field(firefox, 'AutoConfigURL'));
  const chrome = outputs.chromePolicies.map(parseJson).map(policy => ({
    mode: textOrNull(field(policy, 'ProxyMode')),
    proxy: textOrNull(field(policy, 'ProxyServer')) ?? textOrNull(field(policy, 'ProxyPacUrl')),
  }));
  const chromePolicy = chrome.find(
    ({ mode, proxy }) => proxy !== null && (mode === 'fixed_servers' || mode === 'pac_script'),
  );
  const forced = locked || (firefoxProxy !== null && field(firefox, 'Locked') === true) || chromePolicy !== undefined;
  const proxy = dconfHost ?? dconfUrl ?? firefoxProxy ?? chromePolicy?.proxy ?? variable ?? null;
  if (proxy === null) return measured<'network'>({ proxy: 'none', proxyForced: false });
  return measured<'network'>({ proxy: proxyAddress(proxy), proxyForced: forced ? true : null });
}

function section(text: string, name: string): string {
  const start = text.indexOf(`[${name}]`);
  if (start < 0) return '';
  const body = text.slice(start + name.length + 2);
  const end = body.search(/^\[/m);
  return end < 0 ? body : body.slice(0, end);
}

export const network: Collector<'network'> = {
  source: { kind: 'file', name: '/etc/environment, dconf, browser policies' },
  async collect(laptop) {
    const environment = await laptop.read('/etc/environment');
    const firefox = await laptop.read('/etc/firefox/policies/policies.json');
    const chrome = await Promise.all(
      ['/etc/opt/chrome/policies/managed', '/etc/chromium/policies/managed'].map(path => texts(laptop, path)),
    );
    const databases = ['/etc/dconf/db/local.d', '/etc/dconf/db/site.d'];
    const settings = await Promise.all(databases.map(path => texts(laptop, path)));
    const locks = await Promise.all(databases.map(path => texts(laptop, `${path}/locks`)));
    return [
      parseProxy({
        environment: textOf(environment) ?? '',
        dconf: settings.flat().join('\n'),
        dconfLocks: locks.flat().join('\n'),
        firefoxPolicies: textOf(firefox) ?? '',
        chromePolicies: chrome.flat(),
      }),
    ];
  },
};

async function texts(laptop: Laptop, path: string): Promise<readonly string[]> {
  const listing = await laptop.list(path);
  const names = 'entries' in listing ? listing.entries.slice(0, 50) : [];
  return Promise.all(names.map(async ({ name }) => textOf(await laptop.read(`${path}/${name}`)) ?? ''));
}
