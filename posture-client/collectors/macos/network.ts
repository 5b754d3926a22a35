// The proxy of macOS: forced by a management profile, or a setting that the person can change.

import { commandFailure, measured, unreadable, type Collector, type Finding } from '../finding.ts';
import { proxyAddress } from '../proxy-address.ts';
import { entriesOf, field, numberOrNull, parseJson, textOrNull } from '../json-value.ts';

export interface ProxyOutputs {
  /** Global HTTP proxy payload of a management profile; absent when there is none. */
  readonly policy: string | undefined;
  readonly services: string;
}

export function parseProxy(outputs: ProxyOutputs): Finding<'network'> {
  const policy = parseJson(outputs.policy ?? '');
  const forced = textOrNull(field(policy, 'ProxyServer')) ?? textOrNull(field(policy, 'ProxyPACURL'));
  if (forced !== null) return measured<'network'>({ proxy: proxyAddress(forced), proxyForced: true });
  const services = field(parseJson(outputs.services), 'NetworkServices');
  if (services === undefined) return unreadable('network services', outputs.services);
  for (const [, service] of entriesOf(services)) {
    const proxies = field(service, 'Proxies');
    const on = numberOrNull(field(proxies, 'HTTPSEnable')) === 1 || numberOrNull(field(proxies, 'HTTPEnable')) === 1;
    const host = textOrNull(field(proxies, 'HTTPSProxy')) ?? textOrNull(field(proxies, 'HTTPProxy'));
    const pac =
      numberOrNull(field(proxies, 'ProxyAutoConfigEnable')) === 1 ? field(proxies, 'ProxyAutoConfigURLString') : null;
    const proxy = textOrNull(pac) ?? (on ? host : null);
    if (proxy !== null) return measured<'network'>({ proxy: proxyAddress(proxy), proxyForced: false });
  }
  return measured<'network'>({ proxy: 'none', proxyForced: false });
}

export const network: Collector<'network'> = {
  source: { kind: 'file', name: 'com.apple.proxy.http.global' },
  async collect(laptop) {
    const [policy, services] = await Promise.all([
      laptop.run('macos.proxy-policy'),
      laptop.run('macos.network-services'),
    ]);
    const failure = policy.exitCode === 0 ? undefined : commandFailure(services);
    return [
      failure ?? parseProxy({ policy: policy.exitCode === 0 ? policy.stdout : undefined, services: services.stdout }),
    ];
  },
};
