// The application firewall of macOS. Which tool may be asked by an ordinary user differs per release: where the first is
// refused, the system profiler answers.

import { commandFailure, measured, unmeasured, unreadable, type Collector, type Finding } from '../finding.ts';
import { field, listOf, parseJson, textOrNull } from '../json-value.ts';

/** `Firewall is enabled. (State = 1)`; 0 is off, 2 blocks everything that comes in. */
export function parseAlfState(output: string): Finding<'firewall'> {
  const state = /\(State = ([012])\)/.exec(output)?.[1];
  return state === undefined ? unreadable('socketfilterfw', output) : alf(state !== '0', state === '2');
}

/** `system_profiler -json SPFirewallDataType`. */
export function parseFirewallProfile(output: string): Finding<'firewall'> {
  const [row] = listOf(field(parseJson(output), 'SPFirewallDataType'));
  const state = textOrNull(field(row, 'spfirewall_globalstate')) ?? '';
  if (state.endsWith('limit_connections')) return alf(true, false);
  if (state.endsWith('block_all')) return alf(true, true);
  return state.endsWith('allow_all') ? alf(false, false) : unreadable('system_profiler', output);
}

function alf(on: boolean, strict: boolean): Finding<'firewall'> {
  return measured<'firewall'>(
    { provider: 'alf', profile: 'all', enabled: on, effective: on, defaultInbound: on ? 'block' : 'allow' },
    { instance: 'alf', evidence: [{ key: 'block-all', value: strict }] },
  );
}

export const firewall: Collector<'firewall'> = {
  source: { kind: 'command', name: 'socketfilterfw' },
  async collect(laptop) {
    const direct = await laptop.run('macos.alf-state');
    const first = commandFailure(direct) ?? parseAlfState(direct.stdout);
    if ('facts' in first) return [first];
    const profile = await laptop.run('macos.firewall-profile');
    if (profile.failed === 'missing') return [first];
    const failure = commandFailure(profile);
    if (failure !== undefined) return [failure];
    const second = parseFirewallProfile(profile.stdout);
    return ['facts' in second || first.state !== 'denied' ? second : unmeasured('denied', 'not-permitted')];
  },
};
