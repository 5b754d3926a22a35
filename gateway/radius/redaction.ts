// Takes Belgian national numbers out of text before it is kept or shown. A certificate's subject, a User-Name or a station
// id may carry one; nothing behind the codec ever needs it.
// YYMMDD-SSS-CC: birth date, serial, and 97 less the remainder of the first nine digits by 97 – with a 2 before them for
// births since 2000. A BIS number has 20 or 40 added to the month; an unknown birth date has month 00.

export const nationalNumberMark = '[national-number]';

// People write 85.07.30-033.28, with blanks and dashes of all kinds between.
const between = String.raw`[.\-\u2010-\u2015/\s]{0,3}`;
const candidate = new RegExp(
  String.raw`(?<!\d)(\d{2})${between}(\d{2})${between}(\d{2})${between}(\d{3})${between}(\d{2})(?!\d)`,
  'y',
);

export function redactNationalNumber(text: string): string {
  if (!hasElevenDigits(text)) return text;
  let out = '';
  for (let at = 0; at < text.length; ) {
    candidate.lastIndex = at;
    const match = candidate.exec(text);
    if (match !== null && isNationalNumber(match.slice(1).join(''))) {
      out += nationalNumberMark;
      at += match[0].length;
    } else {
      out += text[at] ?? '';
      at++;
    }
  }
  return out;
}

/** Eleven digits without separators. */
export function isNationalNumber(digits: string): boolean {
  if (!/^\d{11}$/.test(digits)) return false;
  const month = Number(digits.slice(2, 4));
  if (month > 52 || month % 20 > 12) return false;
  // With an unknown month the day is a counter.
  if (month % 20 !== 0 && Number(digits.slice(4, 6)) > 31) return false;
  const body = digits.slice(0, 9);
  const check = Number(digits.slice(9));
  return check === 97 - (Number(body) % 97) || check === 97 - (Number(`2${body}`) % 97);
}

/** Cheap, for the usual text that has none. */
function hasElevenDigits(text: string): boolean {
  let digits = 0;
  for (let at = 0; at < text.length && digits < 11; at++) {
    const code = text.charCodeAt(at);
    if (code >= 0x30 && code <= 0x39) digits++;
  }
  return digits === 11;
}
