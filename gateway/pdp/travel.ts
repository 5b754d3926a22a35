// Whether a machine can have come from one country to another in the time between. Of a country nothing is known but the
// circle that it lies in: between two circles the way is never longer than the real one, and between neighbours there is none.

import type { DevicePlace } from '../kept.ts';
import { type Circle, countryCircles } from './country-circles.ts';

const earthKm = 6371;
/** More than an airliner with the wind behind it does, and nobody lives on a runway. */
const planeKmPerHour = 1000;
/** Nearer than this, a file may say the one country where it is the other, and a telephone may roam. */
const nextDoorKm = 400;
/** Half-way round the earth. */
export const longestFlightMs = flightMs(Math.PI * earthKm);

export function isCountry(code: string): boolean {
  return Object.hasOwn(countryCircles, code);
}

/** What the quickest way by air takes at least; 0 within a country and next door. */
export function planeTimeMs(from: string, to: string): number {
  if (from === to) return 0;
  const km = distanceKm(circleOf(from), circleOf(to));
  return km < nextDoorKm ? 0 : flightMs(km);
}

function flightMs(km: number): number {
  return Math.round((km / planeKmPerHour) * 3_600_000);
}

/** Of the places where a machine was, one from which it cannot be in `country` by now. */
export function tooFarFrom(country: string, now: number, places: readonly DevicePlace[]): DevicePlace | undefined {
  return places.find(place => Math.abs(now - place.at) < planeTimeMs(place.country, country));
}

function circleOf(code: string): Circle {
  const circle = countryCircles[code];
  if (circle === undefined) throw new Error(`no country has the code ${code}`);
  return circle;
}

/** From rim to rim on the sphere (haversine formula); negative where the circles overlap. */
function distanceKm([lat1, lon1, radius1]: Circle, [lat2, lon2, radius2]: Circle): number {
  const half = (degrees: number) => Math.sin((degrees * Math.PI) / 360) ** 2;
  const across = Math.cos((lat1 * Math.PI) / 180) * Math.cos((lat2 * Math.PI) / 180);
  const haversine = half(lat2 - lat1) + across * half(lon2 - lon1);
  return 2 * earthKm * Math.asin(Math.min(1, Math.sqrt(haversine))) - radius1 - radius2;
}
