// The acts of the operator API: one route for each act that the gateway was given a flow for.

import { Type } from 'typebox';
import { type ActName, acts, type ArgsOf, type OperatorActs, reasonLength } from '../contract/acts.ts';
import { isRefused } from '../contract/reason.ts';
import type { OperatorApp, Surroundings } from './operator-api-views.ts';
import { refusals } from './operator-api-schema.ts';

/** Arguments are names and short words, never documents. */
const bodyBytes = 8 * 1024;

export function serveActs(app: OperatorApp, handlers: Partial<OperatorActs>, around: Surroundings): void {
  for (const name of Object.keys(acts) as ActName[]) serveAct(app, name, handlers[name], around);
}

function serveAct<N extends ActName>(
  app: OperatorApp,
  name: N,
  handler: OperatorActs[N] | undefined,
  { callerOf, refuse, security }: Surroundings,
): void {
  if (handler === undefined) return;
  const { args, answer, right } = acts[name];
  const body = Type.Object(
    // A reason that is too short has a word of its own, which says what is missing.
    { ...args.properties, reason: Type.String({ maxLength: reasonLength.most, default: '' }) },
    { additionalProperties: false },
  );
  const description = `Needs the right "${right}". The reason has at least ${reasonLength.least} characters.`;
  app.post(
    `/acts/${name}`,
    { bodyLimit: bodyBytes, schema: { security, description, body, response: { 200: answer, ...refusals } } },
    async (request, reply) => {
      const { reason, ...rest } = request.body;
      // Validated above by the schema that `ArgsOf` is the static type of.
      const given = rest as unknown as ArgsOf<N>;
      const result = await handler({ ...callerOf(request), traceId: request.id, reason, args: given });
      return isRefused(result) ? refuse(request, reply, result.refused) : result;
    },
  );
}
