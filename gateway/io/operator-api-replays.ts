// Replays of a draft of the policies: begun with its files, and asked for until they are done. Counts only; names are an act.

import { Type } from 'typebox';
import { replayLimits, replayStateSchema } from '../contract/replay.ts';
import { isRefused } from '../contract/reason.ts';
import type { OperatorApp, Surroundings } from './operator-api-views.ts';
import * as shape from './operator-api-schema.ts';
import type { PolicyReplays } from './policy-replays.ts';

const asked = Type.Object(
  {
    files: Type.Array(
      Type.Object(
        { path: Type.String({ minLength: 1, maxLength: 255 }), text: Type.String() },
        { additionalProperties: false },
      ),
      { minItems: 1, maxItems: 2_000 },
    ),
    sinceMs: Type.Integer({ minimum: 60_000, maximum: replayLimits.sinceMs }),
  },
  { additionalProperties: false },
);

export function serveReplays(
  app: OperatorApp,
  replays: Pick<PolicyReplays, 'begin' | 'state'>,
  { callerOf, refuse, security }: Surroundings,
): void {
  app.addHook('onRequest', async (request, reply) => {
    if (!callerOf(request).operator.rights.includes('policy')) return refuse(request, reply, 'right-missing');
  });

  app.post(
    '/policy-replays',
    {
      bodyLimit: replayLimits.bytes,
      schema: {
        security,
        description: 'Needs the right "policy". One at a time; the result is kept for an hour.',
        body: asked,
        response: { 200: Type.Object({ replay: Type.String() }), ...shape.refusals },
      },
    },
    async (request, reply) => {
      const { files, sinceMs } = request.body;
      const begun = replays.begin(callerOf(request).tenant, files, sinceMs);
      return isRefused(begun) ? refuse(request, reply, begun.refused) : { replay: begun };
    },
  );

  app.get(
    '/policy-replays/:id',
    {
      schema: {
        security,
        description: 'Needs the right "policy".',
        params: shape.idPath,
        response: { 200: replayStateSchema, ...shape.refusals },
      },
    },
    async (request, reply) => {
      const state = replays.state(callerOf(request).tenant, request.params.id);
      return state ?? refuse(request, reply, 'replay-unknown');
    },
  );
}
