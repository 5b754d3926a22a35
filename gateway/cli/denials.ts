// `sluis denials list | show`: who was refused, why, and what would have to change. A case code opens exactly one case.

import type { RecordLine, RecordView } from '../io/operator-api-schema.ts';
import {
  CommandStopped,
  connect,
  connectionOptions,
  connectionUsage,
  exitCodeOf,
  readArguments,
  readJson,
  readList,
  type Surroundings,
} from './read-client.ts';
import { block, explanation, short, table, time } from './read-view.ts';

const usage = `sluis denials list [--limit N] ${connectionUsage}
       sluis denials show ID-OR-CASE-CODE ${connectionUsage}`;

const options = { ...connectionOptions, limit: { type: 'string' } } as const;

export async function run(args: readonly string[], around: Surroundings = {}): Promise<number> {
  const write = around.write ?? (text => process.stdout.write(text));
  return exitCodeOf(around, async () => {
    const { values, positionals } = readArguments(args, options, usage);
    const [command, id, ...more] = positionals;
    if (command === 'list' && id === undefined) {
      const query = values.limit === undefined ? '' : `?${new URLSearchParams({ limit: values.limit }).toString()}`;
      const denials = await readList<RecordLine>(
        await connect(values, around, usage),
        `/v1/denials${query}`,
        'denials',
      );
      write(values.json === true ? `${JSON.stringify(denials, null, 2)}\n` : denialTable(denials));
      return 0;
    }
    if (command === 'show' && id !== undefined && more.length === 0) {
      const found = await readJson(await connect(values, around, usage), `/v1/denials/${encodeURIComponent(id)}`);
      if (found === undefined) {
        throw new CommandStopped(1, `There is no denial ${id}: \`sluis denials list\` shows the ids and case codes`);
      }
      write(values.json === true ? `${JSON.stringify(found, null, 2)}\n` : denialBlock(found as RecordView));
      return 0;
    }
    throw new CommandStopped(2, `Usage: ${usage}`);
  });
}

function denialTable(denials: readonly RecordLine[]): string {
  if (denials.length === 0) return 'No denials.\n';
  return table(
    ['TIME', 'CASE', 'OUTCOME', 'PERSON', 'DEVICE', 'NAS', 'REASONS', 'FAILED'],
    denials.map(denial => [
      time(denial.at),
      denial.caseCode,
      denial.outcome,
      short(denial.person),
      denial.deviceName ?? short(denial.device),
      denial.nas ?? '-',
      denial.reasons.join(', '),
      denial.failures.map(({ check }) => check).join(', '),
    ]),
  );
}

function denialBlock(denial: RecordView): string {
  const { decision } = denial;
  const pairs = block([
    ['case code', denial.caseCode],
    ['decision', denial.id],
    ['kind', denial.kind],
    ['time', time(denial.at)],
    ['outcome', denial.outcome],
    ['reasons', denial.reasons.join(', ')],
    ['detail', denial.detail],
    ['failed', denial.failures.map(({ check, result }) => `${check} (${result})`).join(', ')],
    ['policy', decision?.policy],
    ['person', denial.person],
    ['device', denial.deviceName],
    ['device key', denial.device],
    ['NAS', denial.nas],
    ['session', denial.sessionId],
    ['trace', denial.traceId],
    ['policy hash', denial.policyHash],
    ['facts hash', denial.factsHash],
    ['record', `${denial.sequence} of writer ${denial.writer}, epoch ${denial.epoch}`],
    ['chain hash', denial.chainHash],
  ]);
  return decision === undefined ? pairs : pairs + explanation(decision);
}
