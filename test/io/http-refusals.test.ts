// The HTTP status of each reason, and the body that carries it.

import { describe, expect, it } from 'vitest';
import { type Reason, type ReasonStage, reasonWords } from '../../gateway/contract/reason.ts';
import { refusalBody, statusOf } from '../../gateway/io/http-refusals.ts';

const all = (Object.keys(reasonWords) as ReasonStage[]).flatMap(stage => reasonWords[stage] as readonly Reason[]);

describe('the status of a reason', () => {
  it.each<[Reason, number]>([
    ['report-malformed', 400],
    ['report-too-deep', 400],
    ['report-schema-wrong', 400],
    ['proof-malformed', 400],
    ['certificate-missing', 401],
    ['certificate-revoked', 401],
    ['session-key-unproven', 401],
    ['session-key-expired', 401],
    ['report-signature-wrong', 403],
    ['proof-signature-wrong', 403],
    ['report-device-mismatch', 403],
    ['channel-binding-wrong', 403],
    ['nonce-unknown', 409],
    ['nonce-used', 409],
    ['nonce-expired', 409],
    ['report-sequence-old', 409],
    ['report-too-large', 413],
    ['too-many-requests', 429],
    ['try-again', 503],
    ['store-unavailable', 503],
    ['revocation-unknown', 503],
    ['token-wrong', 401],
    ['right-missing', 403],
    ['reason-missing', 400],
    ['session-unknown', 404],
    ['person-unknown', 404],
    ['session-ended', 409],
    ['directory-unavailable', 503],
  ])('%s is %i', (reason, status) => {
    expect(statusOf(reason)).toBe(status);
  });

  it('is an error for every word, and of the server for every word that is held against nobody', () => {
    for (const reason of all) {
      expect([400, 401, 403, 404, 409, 413, 429, 503]).toContain(statusOf(reason));
    }
    const ours = reasonWords.gateway.filter(word => word !== 'version-conflict');
    expect(ours.map(statusOf)).toEqual(ours.map(() => 503));
  });
});

describe('the body of a refusal', () => {
  it('has the word, its sentence in four languages, and the trace id', () => {
    for (const reason of all) {
      const { refused, text, traceId } = refusalBody(reason, 'abcdef0123456789');
      expect([refused, traceId]).toEqual([reason, 'abcdef0123456789']);
      for (const sentence of [text.nl, text.fr, text.de, text.en]) expect(sentence.length).toBeGreaterThan(10);
    }
  });
});
