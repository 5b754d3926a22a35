// The Belgian national register number (NRN) and its sister for people outside the register (BIS number): YYMMDD SSS CC,
// CC = 97 - (the first nine digits mod 97), with a 2 in front of the nine for births from 2000 on. Because 2,000,000,000
// is no multiple of 97, one number never passes both ways: the check also tells the century.

export interface BirthDate {
  /** Each is absent when the number does not tell it. */
  readonly year?: number;
  readonly month?: number;
  readonly day?: number;
}

export interface NationalNumber {
  readonly kind: 'nrn' | 'bis';
  readonly birth: BirthDate;
}

/** Reads eleven bare digits. */
export function readNationalNumber(digits: string): NationalNumber | undefined {
  if (!/^\d{11}$/.test(digits)) return undefined;
  const nine = Number(digits.slice(0, 9));
  const check = Number(digits.slice(9));
  const century = check === 97 - (nine % 97) ? 1900 : check === 97 - ((2_000_000_000 + nine) % 97) ? 2000 : undefined;
  const sequence = Number(digits.slice(6, 9));
  if (century === undefined || sequence < 1 || sequence > 998) return undefined;

  const monthField = Number(digits.slice(2, 4));
  // BIS numbers add 20 (sex unknown when issued) or 40 (known) to the month.
  const kind = monthField <= 12 ? 'nrn' : 'bis';
  const month = monthField % 20;
  if (month > 12 || monthField > 52) return undefined;
  // 000001 (for BIS numbers also with 20 or 40 as month): nothing was known about the birth.
  if (/^00[024]001/.test(digits)) return { kind, birth: {} };
  const year = century + Number(digits.slice(0, 2));
  const day = Number(digits.slice(4, 6));
  if (month === 0) return { kind, birth: { year } };
  // Once the counter of a day was exhausted, days were used that no month has.
  if (day === 0 || day > daysIn(year, month)) return { kind, birth: { year, month } };
  return { kind, birth: { year, month, day } };
}

/** The age that the person has at least reached; `undefined` when not even the year is known. */
export function ageAtLeast(birth: BirthDate, now: number): number | undefined {
  if (birth.year === undefined) return undefined;
  // Unknown parts count as late as they can be: who might be too young is too young.
  const month = birth.month ?? 12;
  const day = birth.day ?? daysIn(birth.year, month);
  const today = new Date(now);
  const beforeBirthday =
    today.getUTCMonth() + 1 < month || (today.getUTCMonth() + 1 === month && today.getUTCDate() < day);
  return today.getUTCFullYear() - birth.year - (beforeBirthday ? 1 : 0);
}

function daysIn(year: number, month: number): number {
  return new Date(Date.UTC(year, month, 0)).getUTCDate();
}
