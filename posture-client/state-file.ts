// What the agent remembers across restarts: the sequence number of its reports, when each remedy was tried, and the mark of
// the card that proved the person.

import { open, readFile, rename, rm, stat } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { AgentFailure } from './failure.ts';
import { writePrivately } from './private-file.ts';

const stateSchema = Type.Object({
  version: Type.Literal(1),
  sequence: Type.Integer({ minimum: 0 }),
  /** Milliseconds since 1970 UTC, per action. */
  attempts: Type.Record(Type.String(), Type.Array(Type.Number())),
  /** The card that proved the person, by its mark, and until when that proof counts. */
  provenCard: Type.Optional(Type.Object({ mark: Type.String(), validUntil: Type.Number() })),
});
const stateCheck = Compile(stateSchema);

export interface AgentState {
  readonly version: 1;
  readonly sequence: number;
  readonly attempts: Readonly<Record<string, readonly number[]>>;
  readonly provenCard?: ProvenCard | undefined;
}

export interface ProvenCard {
  readonly mark: string;
  /** Milliseconds since 1970 UTC. */
  readonly validUntil: number;
}

export interface StateFile {
  read(): Promise<AgentState>;
  /** A number above every one given before. */
  nextSequence(now: number): Promise<number>;
  /** Notes a try before it starts; answers how many there were in the day before it. */
  noteAttempt(action: string, now: number): Promise<number>;
  /** The mark of the card that proved the person, as long as that proof counts. */
  provenCard(now: number): Promise<string | undefined>;
  /** Nothing for a proof by another key than that of a card. */
  noteProvenCard(card: ProvenCard | undefined): Promise<void>;
}

const dayMs = 86_400_000;
const lockPatienceMs = 5000;
/** A holder writes a few hundred bytes; one that still has the lock after this has crashed. */
const lockStaleMs = 10_000;

const empty: AgentState = { version: 1, sequence: 0, attempts: {} };

export function stateFile(path: string): StateFile {
  return {
    read,
    async nextSequence(now) {
      let sequence = 0;
      await change(state => {
        // Seconds since 1970 as a floor: a laptop that lost this file is not refused for counting from one again.
        sequence = Math.max(state.sequence + 1, Math.floor(now / 1000));
        return { ...state, sequence };
      });
      return sequence;
    },
    async noteAttempt(action, now) {
      let earlier = 0;
      await change(state => {
        const recent = (state.attempts[action] ?? []).filter(at => at > now - dayMs && at <= now);
        earlier = recent.length;
        return { ...state, attempts: { ...state.attempts, [action]: [...recent, now].slice(-50) } };
      });
      return earlier;
    },
    async provenCard(now) {
      const { provenCard } = await read();
      return provenCard !== undefined && provenCard.validUntil > now ? provenCard.mark : undefined;
    },
    async noteProvenCard(card) {
      // Left out of the file when it is undefined.
      await change(state => ({ ...state, provenCard: card }));
    },
  };

  async function read(): Promise<AgentState> {
    let text: string;
    try {
      text = await readFile(path, 'utf8');
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return empty;
      throw new AgentFailure('setup', `cannot read the state file ${path}`, undefined, error);
    }
    try {
      const value: unknown = JSON.parse(text);
      if (stateCheck.Check(value)) return value;
    } catch {
      // Not JSON: set aside below like any other shape that is not ours.
    }
    await rename(path, `${path}.unreadable`);
    return empty;
  }

  async function change(next: (state: AgentState) => AgentState): Promise<void> {
    const unlock = await lock();
    try {
      await writePrivately(path, `${JSON.stringify(next(await read()))}\n`);
    } finally {
      await unlock();
    }
  }

  /** One writer at a time: the resident agent and a run by hand share this file. */
  async function lock(): Promise<() => Promise<void>> {
    const lockPath = `${path}.lock`;
    const givenUpAt = Date.now() + lockPatienceMs + lockStaleMs;
    for (;;) {
      try {
        await (await open(lockPath, 'wx', 0o600)).close();
        return () => rm(lockPath, { force: true });
      } catch (error) {
        const code = codeOf(error);
        if (code !== 'EEXIST' || Date.now() > givenUpAt) {
          throw new AgentFailure('setup', `cannot write beside the state file ${path}: ${code}`, undefined, error);
        }
      }
      const age = await stat(lockPath).then(
        ({ mtimeMs }) => Date.now() - mtimeMs,
        // Gone again: the next round takes it.
        () => 0,
      );
      if (age > lockStaleMs) await rm(lockPath, { force: true });
      await delay(20);
    }
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'unknown';
}
