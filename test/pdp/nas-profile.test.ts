// NAS profiles as files: those that ship are whole, and what is wrong with one is told by line and remedy.

import { describe, expect, it } from 'vitest';
import { classIsGroup, evidenceKinds, takesChanges } from '../../gateway/pdp/nas-profile.ts';
import { readNasProfile } from '../../gateway/pdp/nas-profile-document.ts';
import { replyKind } from '../../gateway/radius/authorization-attributes.ts';
import { nasProfile, nasProfiles } from '../support/nas-profiles.ts';

const good = `product: Example VPN
evidence: [{ by: recalled, says: an example }]
reply:
  group: { Filter-Id: '{value}' }
  vlan: { Tunnel-Type: '13', Tunnel-Private-Group-ID: '{value}' }
  session: { Class: '{value}' }
smallest-session-timeout: 1 minute
retransmits-after: 3 seconds
gives-up-after: 9 seconds
message-authenticator: always
repeats-password: unknown
change: coa
coa-changes: [group]
identified-by: [[user-name, nas]]
joined-by: [class]
own-configuration: server {gateway}
`;
const read = (text: string) => readNasProfile(text, 'x.yaml', 'x', replyKind);
const problems = (text: string) => {
  const found = read(text);
  return 'problems' in found ? found.problems.map(({ line, message }) => `${line}: ${message}`) : [];
};

describe('those that ship', () => {
  it('are these', () => {
    expect(nasProfiles.map(({ name }) => name)).toEqual([
      'check-point',
      'cisco-asa',
      'fortigate',
      'generic',
      'ivanti',
      'mikrotik',
      'ocserv',
      'openvpn',
      'opnsense',
      'palo-alto-globalprotect',
      'pfsense',
      'strongswan',
      'windows-rras',
    ]);
  });

  it.each(nasProfiles.map(profile => ({ name: profile.name, profile })))(
    '$name says how it is known',
    ({ profile }) => {
      expect(profile.evidence.length).toBeGreaterThan(0);
      for (const { by } of profile.evidence) expect(evidenceKinds).toContain(by);
      expect(profile.givesUpAfterMs).toBeGreaterThanOrEqual(profile.retransmitsAfterMs);
      expect(profile.settings.length).toBeGreaterThan(0);
      expect(profile.ownConfiguration).toContain('{gateway}');
      expect(profile.ownConfiguration).toContain('{secret}');
    },
  );

  it('have our id of a session in Class, unless the group is there', () => {
    for (const profile of nasProfiles) {
      const told = profile.reply.some(({ word }) => word === 'session');
      expect(told && classIsGroup(profile)).toBe(false);
    }
    expect(nasProfiles.filter(classIsGroup).map(({ name }) => name)).toEqual(['check-point', 'cisco-asa', 'ocserv']);
  });

  it('take live changes by RADIUS or not', () => {
    const taking = nasProfiles.filter(takesChanges).map(({ name, change }) => `${name} ${change}`);
    expect(taking).toEqual([
      'cisco-asa coa',
      'fortigate disconnect',
      'generic coa',
      'mikrotik coa',
      'opnsense disconnect-user',
      'strongswan disconnect-user',
    ]);
  });

  it('strongSwan retransmits as its own defaults add up: 2 × (1 + 1.4 + 1.4² + 1.4³) seconds', () => {
    const sumMs = [0, 1, 2, 3].reduce((sum, power) => sum + 2000 * 1.4 ** power, 0);
    const { retransmitsAfterMs, givesUpAfterMs } = nasProfile('strongswan');
    expect(retransmitsAfterMs).toBe(2000);
    expect(Math.abs(givesUpAfterMs - sumMs)).toBeLessThan(500);
  });
});

describe('a file', () => {
  it('is read', () => {
    expect(read(good)).toMatchObject({ profile: { name: 'x', change: 'coa', coaReplaces: false, neverSent: [] } });
  });

  it.each([
    ['Filter-Id', 'Filter-Ids', '4: Filter-Ids: "{value}" stands for an attribute that Sluis cannot write'],
    ['Filter-Id', 'User-Password', '4: User-Password: "{value}" stands for an attribute that Sluis cannot write'],
    ["Filter-Id: '{value}'", "Session-Timeout: '{value}'", '4: Session-Timeout: "{value}" is no whole number'],
    ["Filter-Id: '{value}'", "MS-Primary-DNS-Server: '{first}'", '4: MS-Primary-DNS-Server: "{first}" is no address'],
    ["Tunnel-Type: '13'", "Tunnel-Type: 'vlan'", '5: Tunnel-Type: "vlan" is no whole number'],
    ["Filter-Id: '{value}'", 'Filter-Id: staff', '4: nothing of "group" is said'],
    ['  group:', '  grupp:', '4: "grupp" is not one of'],
    ['identified-by: [[user-name, nas]]\n', '', 'change: coa needs what names a session'],
    ['change: coa', 'change: none', 'change: none names no session'],
    ['coa-changes: [group]\n', '', 'change: coa changes nothing'],
    ['coa-changes: [group]', 'coa-changes: [filter]', 'coa-changes: "filter" is no word of "reply"'],
    ["  session: { Class: '{value}' }\n", '', 'joined-by: class needs "session" in "reply"'],
    ['[[user-name, nas]]', '[user-name]', 'expected a list of what is sent together'],
    [
      'joined-by',
      'never-sends: [{ attribute: Filter-Id, because: x }]\njoined-by',
      'Filter-Id is never sent, and "reply" sends it',
    ],
    ['9 seconds', '9', 'is not a duration'],
  ])('with %j as %j is refused', (part, other, message) => {
    expect(problems(good.replace(part, other)).join('\n')).toContain(message);
  });
});
