import { describe, expect, it } from 'vitest';
import { afterRefusal, errorCauses, errorCauseWord } from '../../gateway/radius/error-cause.ts';
import { valueName } from '../../gateway/radius/value-names.ts';

const named = Array.from({ length: 1000 }, (_, number) => number).filter(
  number => valueName('Error-Cause', number) !== undefined,
);

describe('[RFC5176-3.5] Error-Cause', () => {
  it('every number with a name has a row, and no other', () => {
    expect([...errorCauses.keys()]).toEqual(named);
    expect(named.length).toBe(17);
  });
  it.each([
    [201, 'Residual-Session-Context-Removed', 'give-up', 'give-up'],
    [202, 'Invalid-EAP-Packet', 'give-up', 'give-up'],
    [401, 'Unsupported-Attribute', 'fall-back-to-disconnect', 'configuration'],
    [402, 'Missing-Attribute', 'fall-back-to-disconnect', 'configuration'],
    [403, 'NAS-Identification-Mismatch', 'configuration', 'configuration'],
    [404, 'Invalid-Request', 'configuration', 'configuration'],
    [405, 'Unsupported-Service', 'fall-back-to-disconnect', 'configuration'],
    [406, 'Unsupported-Extension', 'fall-back-to-disconnect', 'configuration'],
    [407, 'Invalid-Attribute-Value', 'configuration', 'configuration'],
    [501, 'Administratively-Prohibited', 'configuration', 'configuration'],
    [502, 'Request-Not-Routable', 'configuration', 'configuration'],
    [503, 'Session-Context-Not-Found', 'session-gone', 'session-gone'],
    [504, 'Session-Context-Not-Removable', 'retry-later', 'retry-later'],
    [505, 'Other-Proxy-Processing-Error', 'retry-later', 'retry-later'],
    [506, 'Resources-Unavailable', 'retry-later', 'retry-later'],
    [507, 'Request-Initiated', 'give-up', 'give-up'],
    [508, 'Multiple-Session-Selection-Unsupported', 'configuration', 'configuration'],
    [0, 'Error-Cause-0', 'give-up', 'give-up'],
    [4_294_967_295, 'Error-Cause-4294967295', 'give-up', 'give-up'],
  ])('%i %s: %s after a CoA-Request, %s after a Disconnect-Request', (number, word, coa, disconnect) => {
    expect(errorCauseWord(number)).toBe(word);
    expect(afterRefusal(number, 'coa')).toBe(coa);
    expect(afterRefusal(number, 'disconnect')).toBe(disconnect);
  });
  it('a Disconnect-Request is never followed by itself', () => {
    for (const number of named) expect(afterRefusal(number, 'disconnect')).not.toBe('fall-back-to-disconnect');
  });
});
