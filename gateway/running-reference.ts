// Reference data and the country file as they run: what the world tells, and is replaced while the gateway runs. A part of the
// composition root.

import type { Config } from './config.ts';
import type { Rules } from './io/configuration.ts';
import { startCountryFile } from './io/country-file.ts';
import { startReferenceData } from './io/reference-data.ts';
import { referencePlace } from './io/reference-store.ts';
import type { Clock, Countries, Log, Meter } from './ports.ts';
import { type AntivirusProducts, noAntivirusProducts } from './verifier/antivirus-products.ts';

export interface RunningReference {
  /** The rules with what the reference data adds to them. */
  readonly applied: (rules: Rules) => Rules;
  readonly antivirusProducts: () => AntivirusProducts;
  /** The file of the configuration goes before that of the reference data; absent: neither is configured. */
  readonly countries?: Countries;
  readonly close: () => Promise<void>;
}

export interface ReferenceParts {
  readonly config: Config;
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: Meter;
  /** `applied` would make something else of these rules, the last that it was given. */
  readonly changed: (rules: Rules) => void;
}

export function openReference({ config, clock, log, meter, changed }: ReferenceParts): RunningReference {
  let given: Rules | undefined;
  const place = referencePlace(config);
  const data =
    place &&
    startReferenceData({ place, clock, log, meter, changed: () => (given === undefined ? undefined : changed(given)) });
  const file = config.countries && startCountryFile({ file: config.countries, log });
  const countries = file ?? data?.countries;
  return {
    applied: rules => {
      given = rules;
      return data === undefined ? rules : data.applied(rules);
    },
    antivirusProducts: data?.antivirusProducts ?? (() => noAntivirusProducts),
    ...(countries === undefined ? {} : { countries }),
    close: async () => {
      await data?.close();
      await file?.close();
    },
  };
}
