// The firewall of a Linux laptop: who manages it (ufw, firewalld, plain nftables), and whether it really filters. Only root
// may list the rules; for anyone else the answer is `denied`, because a configuration file proves nothing about them.

import { textOf, type FileRead } from '../../laptop.ts';
import { commandFailure, measured, unreadable, type Collector, type Finding } from '../finding.ts';
import { parseNftRuleset } from './nft-ruleset.ts';

export interface FirewallOutputs {
  readonly ruleset: string;
  readonly ufwConf: string | undefined;
  readonly firewalldState: string;
  readonly ipv6Off: boolean;
}

export function parseFirewall(outputs: FirewallOutputs): Finding<'firewall'> {
  const filtering = parseNftRuleset(outputs.ruleset);
  if (filtering === undefined) return unreadable('nft', outputs.ruleset);
  const ufw = /^\s*ENABLED\s*=\s*yes\b/im.test(outputs.ufwConf ?? '');
  const firewalld = outputs.firewalldState.trim() === 'running';
  const effective = filtering.ipv4 && (filtering.ipv6 || outputs.ipv6Off);
  const provider = ufw ? 'ufw' : firewalld ? 'firewalld' : filtering.anything ? 'nftables' : 'none';
  return measured<'firewall'>(
    {
      provider,
      profile: 'all',
      enabled: ufw || firewalld || effective,
      effective,
      defaultInbound: effective ? 'block' : 'allow',
    },
    {
      instance: provider,
      evidence: [
        { key: 'input-drop-ipv4', value: filtering.ipv4 },
        { key: 'input-drop-ipv6', value: outputs.ipv6Off ? 'ipv6 is off' : filtering.ipv6 },
      ],
    },
  );
}

export const firewall: Collector<'firewall'> = {
  source: { kind: 'command', name: 'nft list ruleset' },
  async collect(laptop) {
    const [ruleset, firewalld, ufwConf, ipv6] = await Promise.all([
      laptop.run('linux.nft-ruleset'),
      laptop.run('linux.firewalld-state'),
      laptop.read('/etc/ufw/ufw.conf'),
      laptop.read('/proc/sys/net/ipv6/conf/all/disable_ipv6'),
    ]);
    const failure = commandFailure(ruleset);
    if (failure !== undefined) return [failure];
    return [
      parseFirewall({
        ruleset: ruleset.stdout,
        ufwConf: textOf(ufwConf),
        firewalldState: firewalld.stdout,
        ipv6Off: isOff(ipv6),
      }),
    ];
  },
};

/** A kernel without IPv6 has no such file. */
function isOff(file: FileRead): boolean {
  return 'text' in file ? file.text.trim() === '1' : file.failed === 'missing';
}
