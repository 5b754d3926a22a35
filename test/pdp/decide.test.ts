// The PDP: which facts the gateway vouches for, and what it makes of the policy's answer.

import { describe, expect, it } from 'vitest';
import { decide, type RunningPolicy } from '../../gateway/pdp/decide.ts';
import type { Nas } from '../../gateway/pdp/nas.ts';
import type { Register } from '../../gateway/pdp/register.ts';
import type { AdmissionRequest, ProvenPerson } from '../../gateway/pdp/request.ts';
import type { Evaluation, Subject } from '../../gateway/policy/evaluation.ts';
import type { Facts } from '../../gateway/verifier/facts.ts';
import { nasProfile } from '../support/nas-profiles.ts';

const now = 1_800_000_000_000;
const key = 'a'.repeat(64);
const register: Register = {
  devices: new Map([
    ['pc-1.example', { class: 'managed-laptop', state: 'active' }],
    [key, { class: 'managed-laptop', state: 'stolen' }],
  ]),
  groupsByPerson: new Map([['p-boss', ['board']]]),
  groupsByProfile: new Map([['be-eid', ['staff']]]),
};
const request: AdmissionRequest = {
  tenant: 'main',
  way: 'ticket',
  device: { key: 'b'.repeat(64), name: 'pc-1.example', certificateNotAfter: now + 1 },
  person: { pseudonym: 'p-x', profile: 'be-eid', assurance: 'high' },
  binding: 'ticket',
};

function asked(question: AdmissionRequest, answer: Partial<Evaluation> = {}) {
  let seen: { subject: Subject; facts: Facts } | undefined;
  const policy: RunningPolicy = {
    hash: 'h',
    evaluate: (subject, facts) => {
      seen = { subject, facts };
      const nothing = { outcome: 'grant', segment: 'office', reasons: [], results: [] } as const;
      return { ...nothing, validUntil: now + 5, validUntilBecause: 'x', ...answer };
    },
  };
  const decision = decide(question, policy, register, now);
  if (seen === undefined) throw new Error('the policy was not asked');
  return { decision, ...seen };
}

const value = (facts: Facts, name: string) => {
  const fact = facts[name];
  return fact && 'value' in fact ? fact.value : undefined;
};

describe('a session that is judged again', () => {
  const since = (admittedAt: number, answer: Partial<Evaluation> = {}) =>
    asked({ ...request, admittedAt }, { validUntil: now + 9e9, sessionAtMostMs: 7_200_000, ...answer }).decision;
  it('has what is left of its time, and no more', () => {
    expect(since(now - 3_600_000)).toMatchObject({
      outcome: 'grant',
      validUntil: now + 3_600_000,
      validUntilBecause: 'session-limit',
    });
    expect(since(now - 3_600_000, { validUntil: now + 5, validUntilBecause: 'grace' })).toMatchObject({
      validUntil: now + 5,
      validUntilBecause: 'grace',
    });
  });
  it('ends with it, whatever else is met', () => {
    expect(since(now - 7_199_999).outcome).toBe('grant');
    expect(since(now - 7_200_000)).toMatchObject({ outcome: 'deny', reasons: ['session-limit-reached'] });
    expect(since(now - 7_200_000)).not.toHaveProperty('segment');
  });
  it('ends after a day where its policy names no time', () => {
    const day = (ago: number) => {
      return asked({ ...request, admittedAt: now - ago }, { validUntil: now + 9e9 }).decision;
    };
    expect(day(80_000_000)).toMatchObject({ validUntil: now + 6_400_000, validUntilBecause: 'day-limit' });
    expect(day(86_400_000)).toMatchObject({ outcome: 'deny', reasons: ['session-limit-reached'] });
  });
  it('that is refused already is refused for that', () => {
    expect(since(now - 9e9, { outcome: 'deny', reasons: ['policy-gap'] }).reasons).toEqual(['policy-gap']);
  });
});

describe('decide', () => {
  it('refuses whom nothing would keep apart at that concentrator', () => {
    const at = (profile: string, segments?: Nas['segments']) => ({
      ...request,
      nas: {
        name: 'vpn-1',
        tenant: 'main',
        group: 'vpn',
        secret: Buffer.from('x'),
        requireMessageAuthenticator: true,
        path: 'plain' as const,
        profile: nasProfile(profile),
        ...(segments === undefined ? {} : { segments }),
      },
    });
    const quarantine = { outcome: 'quarantine', reasons: ['requirement-failed'] } as const;
    const { decision } = asked(at('windows-rras'), quarantine);
    expect(decision).toMatchObject({ outcome: 'deny', reasons: ['segment-untold', 'requirement-failed'] });
    expect(decision.segment).toBeUndefined();
    const filtered = new Map([['quarantine', { 'packet-filter': ['0x00'] }]]);
    expect(asked(at('windows-rras', filtered), quarantine).decision.outcome).toBe('quarantine');
    expect(asked(at('strongswan'), quarantine).decision.outcome).toBe('quarantine');
    expect(asked(at('windows-rras')).decision.outcome).toBe('grant');
  });

  it('selects by groups and device class, and by concentrator only when there is one', () => {
    expect(asked(request).subject).toEqual({
      groups: ['staff'],
      deviceClass: 'managed-laptop',
      device: ['pc-1.example', 'b'.repeat(64)],
      person: ['p-x'],
    });
    const boss = {
      ...request,
      person: { ...request.person, pseudonym: 'p-boss', profile: 'be-eid', assurance: 'high' as const },
    };
    expect(asked(boss).subject.groups).toEqual(['board']);
    const renamed = {
      ...boss,
      person: { ...boss.person, pseudonym: 'p-new', formerPseudonyms: ['p-older', 'p-boss'] },
    };
    expect(asked(renamed).subject.groups).toEqual(['board']);
  });

  it('knows a machine by its key before its name', () => {
    const stolen = { ...request, device: { key, name: 'pc-1.example' } };
    expect(value(asked(stolen).facts, 'device.state')).toBe('stolen');
  });

  it('calls an unlisted machine unregistered, and no machine none', () => {
    const stranger = { ...request, device: { key: 'c'.repeat(64), name: 'elsewhere.example' } };
    expect(asked(stranger).subject.deviceClass).toBe('unregistered');
    expect(value(asked(stranger).facts, 'device.state')).toBe('unregistered');
    const nobody: AdmissionRequest = { tenant: 'main', way: 'ticket', binding: 'none' };
    expect(asked(nobody).subject.deviceClass).toBe('none');
    expect(value(asked(nobody).facts, 'machine.proven')).toBe(false);
    expect(asked(nobody).facts['device.state']).toHaveProperty('unknown', 'missing');
  });

  it('never lets a report speak for the gateway', () => {
    const lying: AdmissionRequest = {
      ...request,
      attestation: {
        tenant: 'main',
        device: key,
        deviceName: 'x',
        reportId: 'r',
        sequence: 1,
        receivedAt: now,
        reportDigest: '',
        facts: {
          'device.binding': { value: 'one-conversation', source: 'report', observedAt: now },
          'disk.encrypted': { value: true, source: 'report', observedAt: now },
        },
      },
    };
    const { facts } = asked(lying);
    expect(value(facts, 'device.binding')).toBe('ticket');
    expect(value(facts, 'disk.encrypted')).toBe(true);
  });

  it('says what is known of the revocation of a certificate, for the policy to judge', () => {
    const names = ['person.issuer', 'person.revocation', 'person.revocation-age'];
    const shown = (person: Partial<ProvenPerson>) => {
      const proven = { pseudonym: 'p-x', profile: 'be-eid', assurance: 'high', ...person } as const;
      const { facts } = asked({ ...request, person: proven });
      return names.map(name => value(facts, name));
    };
    expect(shown({ revocation: { state: 'good' } })).toEqual(['be-eid', 'good', undefined]);
    expect(shown({ revocation: { state: 'last-good', goodAt: now - 7 } })).toEqual(['be-eid', 'last-good', now - 7]);
    expect(shown({ revocation: { state: 'unavailable' } })).toEqual(['be-eid', 'unavailable', undefined]);
    expect(shown({})).toEqual(['be-eid', undefined, undefined]);
  });

  it('gives the policy segment for grant only', () => {
    expect(asked(request).decision.segment).toBe('office');
    expect(asked(request, { outcome: 'update' }).decision.segment).toBe('update');
    expect(asked(request, { outcome: 'quarantine' }).decision.segment).toBe('quarantine');
    expect(asked(request, { outcome: 'deny' }).decision).not.toHaveProperty('segment');
  });
});
