// Policy files parsed beside the main thread. Parsing is nine tenths of the time that a policy set takes to load, and a reload must not
// keep a login waiting: what has changed is parsed in a worker, and kept until the next reload finds it in its place.

import { Worker } from 'node:worker_threads';
import { type ParsedTree, parseYaml, type Problem } from '../documents/yaml-tree.ts';
import type { PolicyFile } from '../policy/policy-set.ts';

/** What the worker is given, and what it gives back. */
export interface ParsingJob {
  readonly directories: readonly string[];
  /** Keys of what is known. */
  readonly known: ReadonlySet<string>;
}

/** Without a tree: it is known. */
export interface WorkedOn {
  readonly key: string;
  readonly parsed?: ParsedTree;
}

export interface PolicyParsing {
  /** As `parseYaml`: what is known is only looked up. */
  readonly parse: typeof parseYaml;
  /** Parses what is new in these directories; the problem that kept it from that, if any. */
  readonly ahead: (directories: readonly string[]) => Promise<Problem | undefined>;
}

/** Far above what any set within the limits takes; beyond it, something is wrong with the files and not with the machine. */
const timeLimitMs = 60_000;
const memoryLimitMb = 512;

export function policyParsing(limits: { readonly timeMs?: number } = {}): PolicyParsing {
  const { timeMs = timeLimitMs } = limits;
  let known = new Map<string, ParsedTree>();
  return {
    parse: (text, file) => {
      const key = parsedKey({ path: file, text });
      const parsed = known.get(key) ?? parseYaml(text, file);
      known.set(key, parsed);
      return parsed;
    },
    ahead: async directories => {
      const [directory = ''] = directories;
      const found = await inWorker({ directories, known: new Set(known.keys()) }, timeMs);
      if (typeof found === 'string') {
        return { file: directory, line: 1, message: found, remedy: 'look for a file there that nobody wrote by hand' };
      }
      // What is in none of the directories any more is forgotten.
      known = new Map(
        found.flatMap(({ key, parsed = known.get(key) }) => (parsed === undefined ? [] : [[key, parsed] as const])),
      );
      return undefined;
    },
  };
}

export function parsedKey({ path, text }: PolicyFile): string {
  return `${path}\n${text}`;
}

/** What it parsed, or why it did not come to an end. */
function inWorker(job: ParsingJob, timeMs: number): Promise<readonly WorkedOn[] | string> {
  return new Promise(resolve => {
    const worker = new Worker(new URL('./policy-parsing-worker.ts', import.meta.url), {
      workerData: job,
      resourceLimits: { maxOldGenerationSizeMb: memoryLimitMb },
    });
    const timer = setTimeout(() => finish(`takes longer than ${timeMs / 1000} seconds to read`), timeMs);
    const finish = (result: readonly WorkedOn[] | string): void => {
      clearTimeout(timer);
      resolve(result);
      void worker.terminate();
    };
    worker.once('message', finish);
    worker.once('error', (error: unknown) => {
      const code = error instanceof Error && 'code' in error ? error.code : undefined;
      const because = error instanceof Error ? error.message : String(error);
      finish(
        code === 'ERR_WORKER_OUT_OF_MEMORY'
          ? `takes more than ${memoryLimitMb} MB of memory to read`
          : `cannot be read: ${because}`,
      );
    });
  });
}
