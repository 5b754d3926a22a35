// Applications that the gateway asks about: nothing else that runs or is installed on a laptop ever leaves it.

import { type Static, Type } from 'typebox';

/** Of one question: words, and names of one word on one system. */
export const watchLimits = { words: 200, names: 20 } as const;

const names = Type.Array(Type.String({ maxLength: 101 }), { maxItems: watchLimits.names });

export const watchedApplicationSchema = Type.Object({
  word: Type.String({ pattern: '^[a-z0-9][a-z0-9.-]{0,62}$' }),
  /** What it is called there; with a star at the end, how it begins. */
  windows: names,
  macos: names,
  linux: names,
});
export type WatchedApplication = Static<typeof watchedApplicationSchema>;
