// How far a new version of the policies has come, and where it differs from what decides. For operators who may read.

import { Type } from 'typebox';
import type { Rollout } from '../contract/rollout.ts';
import type { OperatorApp, Surroundings } from './operator-api-views.ts';
import * as shape from './operator-api-schema.ts';

export function serveRollout(app: OperatorApp, state: () => Rollout, around: Surroundings): void {
  const { callerOf, refuse, security } = around;
  const rollout = Type.Unsafe<Rollout>({ $ref: 'Rollout#' });
  app.get(
    '/policy-rollout',
    { schema: { security, response: { 200: rollout, ...shape.refusals } } },
    async (request, reply) =>
      callerOf(request).operator.rights.includes('read') ? state() : refuse(request, reply, 'right-missing'),
  );
}
