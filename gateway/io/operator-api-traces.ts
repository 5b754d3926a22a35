// What a trace has seen since its operator last looked. It is begun by an act, which is recorded; this only reads.

import { Type } from 'typebox';
import type { TracePage } from '../contract/trace.ts';
import type { Clock } from '../ports.ts';
import type { OperatorApp, Surroundings } from './operator-api-views.ts';
import * as shape from './operator-api-schema.ts';

export interface TraceReader {
  readonly clock: Clock;
  /** Nothing of an operator is shown to another. */
  readonly read: (tenant: string, operator: string, id: string, after: number, now: number) => TracePage | undefined;
}

const afterQuery = Type.Object({ after: Type.Integer({ minimum: 0, default: 0 }) }, { additionalProperties: false });

export function serveTraces(app: OperatorApp, { clock, read }: TraceReader, around: Surroundings): void {
  const { callerOf, refuse, security } = around;
  app.get(
    '/traces/:id',
    {
      schema: {
        security,
        description: 'Needs the right "trace". A trace that nobody reads for ten seconds ends.',
        params: shape.idPath,
        querystring: afterQuery,
        response: { 200: shape.tracePage, ...shape.refusals },
      },
    },
    async (request, reply) => {
      const { tenant, operator } = callerOf(request);
      if (!operator.rights.includes('trace')) return refuse(request, reply, 'right-missing');
      const page = read(tenant, operator.name, request.params.id, request.query.after, clock.now());
      return page ?? refuse(request, reply, 'trace-unknown');
    },
  );
}
