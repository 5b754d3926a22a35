// What was seen of concentrators since the gateway started, and who asked without being one. For operators who may read.

import type { SightingView, StrangerView } from './operator-api-schema.ts';
import * as shape from './operator-api-schema.ts';
import type { OperatorApp, Surroundings } from './operator-api-views.ts';

export interface ConcentratorViews {
  readonly seen: (tenant: string) => readonly SightingView[];
  /** Of no tenant: nobody knows whose they are. */
  readonly strangers: () => readonly StrangerView[];
}

export function serveConcentrators(app: OperatorApp, views: ConcentratorViews, around: Surroundings): void {
  const { callerOf, refuse, security } = around;
  app.addHook('onRequest', async (request, reply) => {
    if (!callerOf(request).operator.rights.includes('read')) return refuse(request, reply, 'right-missing');
  });

  app.get(
    '/nas',
    { schema: { security, response: { 200: shape.sightingList, ...shape.refusals } } },
    async request => ({ nas: [...views.seen(callerOf(request).tenant)] }),
  );

  app.get(
    '/nas-strangers',
    { schema: { security, response: { 200: shape.strangerList, ...shape.refusals } } },
    async () => ({
      strangers: [...views.strangers()],
    }),
  );
}
