// `sluis nas profiles`: what kinds of concentrators are known, and all that is known of one.

import type { NasProfile } from '../pdp/nas-profile.ts';
import { block, table } from './read-view.ts';

export function profileTable(all: readonly NasProfile[]): string {
  const rows = all.map(each => [each.name, each.product, each.change, words(each).join(', ')]);
  return table(['PROFILE', 'PRODUCT', 'LIVE CHANGE', 'SEGMENTS BY'], rows);
}

export function profileText(profile: NasProfile): string {
  const { evidence, reply, neverSent, clientClaims, settings } = profile;
  const facts = block([
    ['profile', profile.name],
    ['product', profile.product],
    ['live change', profile.change],
    ['a CoA changes', profile.coaChanges.join(', ') || undefined],
    ['named by', profile.identifiedBy.map(set => set.join(' + ')).join('; ') || undefined],
    ['joined by', profile.joinedBy.join(', ')],
    ['waits', `${profile.retransmitsAfterMs / 1000} s, ${profile.givesUpAfterMs / 1000} s in all`],
    ['shortest session', `${profile.sessionTimeoutFloorS} s`],
    ['Message-Authenticator', profile.messageAuthenticator],
    ['password said again', spoken(profile.repeatsPassword)],
  ]);
  const parts = [
    part(
      'It is told',
      reply.map(({ word, sends }) => `${word}: ${sends.map(sent).join(', ')}`),
    ),
    part(
      'Never told',
      neverSent.map(each => `${each.attribute}: ${each.because}`),
    ),
    part(
      'It claims of the client, which proves nothing',
      clientClaims.map(
        ({ claim, attribute, after }) => `${claim}: ${attribute}${after === undefined ? '' : ` ${after}`}`,
      ),
    ),
    part(
      'Set on it',
      settings.map(each => `${each.setting}: ${each.value} – ${each.because}`),
    ),
    part(
      'How this is known',
      evidence.map(({ by, says }) => `${by}: ${says}`),
    ),
  ];
  return `${facts}${parts.join('')}`;
}

function words({ reply }: NasProfile): readonly string[] {
  const others = ['session', 'session-timeout', 'interim', 'idle-timeout'];
  return reply.flatMap(({ word }) => (others.includes(word) ? [] : [word]));
}

function sent({ attribute, value }: { readonly attribute: string; readonly value: string }): string {
  return `${attribute} = ${value}`;
}

function spoken(said: boolean | 'unknown'): string {
  return said === 'unknown' ? said : said ? 'yes' : 'no';
}

function part(head: string, lines: readonly string[]): string {
  return lines.length === 0 ? '' : `\n${head}:\n${lines.map(line => `  ${line}\n`).join('')}`;
}
