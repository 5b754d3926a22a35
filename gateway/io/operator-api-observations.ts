// Concentrators that are observed: how often their authority and this gateway answer alike, and where they do not.

import type { ObservedNas } from '../contract/observation.ts';
import type { OperatorApp, Surroundings } from './operator-api-views.ts';
import * as shape from './operator-api-schema.ts';

export type ObservationReport = (tenant: string) => readonly ObservedNas[];

export function serveObservations(app: OperatorApp, report: ObservationReport, around: Surroundings): void {
  const { callerOf, refuse, security } = around;
  app.get(
    '/observations',
    { schema: { security, response: { 200: shape.observationList, ...shape.refusals } } },
    async (request, reply) => {
      const { tenant, operator } = callerOf(request);
      if (!operator.rights.includes('read')) return refuse(request, reply, 'right-missing');
      return { nas: [...report(tenant)] };
    },
  );
}
