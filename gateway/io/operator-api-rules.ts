// Which policy runs, what is wrong with its files now, and how far new rules have reached. For operators who may read.

import type { RulesState } from '../contract/rules-state.ts';
import type { OperatorApp, Surroundings } from './operator-api-views.ts';
import * as shape from './operator-api-schema.ts';

export function serveRules(app: OperatorApp, state: () => RulesState, around: Surroundings): void {
  const { callerOf, refuse, security } = around;
  app.get(
    '/policy',
    { schema: { security, response: { 200: shape.rulesState, ...shape.refusals } } },
    async (request, reply) =>
      callerOf(request).operator.rights.includes('read') ? state() : refuse(request, reply, 'right-missing'),
  );
}
