// How long a plane needs at least, and what follows from it: borders that people cross daily, flights with known distances, and
// properties that hold for every pair of countries.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { countryCircles } from '../../gateway/pdp/country-circles.ts';
import { isCountry, longestFlightMs, planeTimeMs, tooFarFrom } from '../../gateway/pdp/travel.ts';

const hourMs = 3_600_000;
const hours = (from: string, to: string) => planeTimeMs(from, to) / hourMs;
const country = fc.constantFrom(...Object.keys(countryCircles));

/** Land borders that are crossed to work, and some that are no shorter than the countries are large. */
const neighbours: readonly string[] = [
  ...['BE NL', 'BE FR', 'BE LU', 'BE DE', 'LU FR', 'LU DE', 'NL DE', 'FR DE', 'FR CH', 'CH DE', 'CH AT', 'DE DK'],
  ...['ES PT', 'IE GB', 'IT VA', 'IT SM', 'FR MC', 'ES GI', 'SE FI', 'EE LV', 'PL LT', 'UA PL', 'RS XK', 'HK CN'],
  ...['US CA', 'US MX', 'RU FI', 'RU NO', 'RU PL', 'CN RU', 'CN IN', 'BR GF', 'CL AR', 'FR GB', 'MY SG', 'SN GM'],
];

describe('the time that a plane needs', () => {
  it.each(neighbours)('is none across the border: %s', pair => {
    const [from = '', to = ''] = pair.split(' ');
    expect(hours(from, to)).toBe(0);
  });

  it('is none from Belgium to where people commute to, and to whoever is next door to those', () => {
    for (const to of ['BE', 'NL', 'FR', 'LU', 'DE', 'GB', 'CH']) expect(hours('BE', to), to).toBe(0);
  });

  // Great circles between the airports, at 1000 km in an hour.
  it.each([
    ['BE', 'SG', 10.5],
    ['BE', 'JP', 9.5],
    ['BE', 'ZA', 9.1],
    ['BE', 'TH', 9.2],
    ['BE', 'NG', 4.8],
    ['BE', 'US', 5.5],
    ['GB', 'AU', 14.5],
    ['FR', 'RE', 9.4],
    ['NZ', 'FJ', 2.2],
  ])('%s to %s: some, and no more than %d hours', (from, to, flight) => {
    expect(hours(from, to)).toBeLessThanOrEqual(flight);
    if (from !== 'NZ') expect(hours(from, to)).toBeGreaterThan(flight / 2);
  });

  it('is the same both ways, none within a country, and never more than half-way round the earth', () => {
    fc.assert(
      fc.property(country, country, (a, b) => {
        expect(planeTimeMs(a, b)).toBe(planeTimeMs(b, a));
        expect(planeTimeMs(a, a)).toBe(0);
        expect(planeTimeMs(a, b)).toBeGreaterThanOrEqual(0);
        expect(planeTimeMs(a, b)).toBeLessThan(longestFlightMs);
      }),
      { numRuns: 2000 },
    );
  });

  it('is none, or that of 400 kilometres: nobody is accused of less', () => {
    fc.assert(
      fc.property(country, country, (a, b) => {
        const ms = planeTimeMs(a, b);
        expect(ms === 0 || ms >= 0.4 * hourMs).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  it('is asked only about countries', () => {
    expect(() => planeTimeMs('BE', 'EU')).toThrow('EU');
    for (const code of ['EU', 'A1', 'be', '', 'toString', '__proto__']) expect(isCountry(code), code).toBe(false);
  });
});

describe('the map', () => {
  it('has the circle of every country, on the earth', () => {
    expect(Object.keys(countryCircles)).toHaveLength(250);
    for (const [code, [latitude, longitude, radiusKm]] of Object.entries(countryCircles)) {
      expect(code).toMatch(/^[A-Z]{2}$/);
      expect(Math.abs(latitude)).toBeLessThanOrEqual(90);
      expect(Math.abs(longitude)).toBeLessThanOrEqual(180);
      expect(radiusKm).toBeGreaterThanOrEqual(20);
      expect(radiusKm).toBeLessThan(6100);
    }
  });

  it('has whatever country this computer has a name for, old ones aside', () => {
    const names = new Intl.DisplayNames('en', { type: 'region', fallback: 'none' });
    for (const code of Object.keys(countryCircles)) expect(names.of(code), code).toBeDefined();
  });
});

describe('a place that is too far away', () => {
  const now = 1_800_000_000_000;
  const ago = (code: string, ms: number) => ({ country: code, at: now - ms });

  it('is one from which a plane would not be here yet', () => {
    const needsMs = planeTimeMs('BE', 'SG');
    expect(tooFarFrom('SG', now, [ago('BE', needsMs - 1)])).toEqual(ago('BE', needsMs - 1));
    expect(tooFarFrom('SG', now, [ago('BE', needsMs)])).toBeUndefined();
    expect(tooFarFrom('SG', now, [])).toBeUndefined();
  });

  it('is found among others, and however wrong the clock of another gateway is', () => {
    expect(tooFarFrom('BE', now, [ago('NL', 0), ago('SG', 20 * 60_000)])?.country).toBe('SG');
    expect(tooFarFrom('BE', now, [ago('SG', -60_000)])?.country).toBe('SG');
  });

  it('is as far from here as here is from there', () => {
    fc.assert(
      fc.property(country, country, fc.integer({ min: 0, max: longestFlightMs }), (a, b, ms) => {
        expect(tooFarFrom(a, now, [ago(b, ms)]) === undefined).toBe(tooFarFrom(b, now, [ago(a, ms)]) === undefined);
      }),
    );
  });
});
