// Starts the load client and gives it one job at a time.

import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Job, JobAnswer, Sent } from './load-job.ts';

export interface LoadDriver {
  /** Rejects when the job failed or the client ended. */
  run(job: Job): Promise<Sent>;
  stop(): Promise<void>;
}

const client = fileURLToPath(new URL('./load-client.ts', import.meta.url));

export function startLoadClient(): LoadDriver {
  const child = fork(client, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const ended = new Promise<void>(resolve => {
    child.once('exit', () => resolve());
  });
  return {
    run: async job => {
      const answer = new Promise<JobAnswer>(resolve => {
        child.once('message', (message: JobAnswer) => resolve(message));
      });
      child.send(job);
      const result = await Promise.race([answer, ended.then(() => ({ failed: 'the load client ended' }))]);
      if ('failed' in result) throw new Error(`${job.do}: ${result.failed}`);
      return result.done;
    },
    stop: async () => {
      if (child.connected) child.disconnect();
      await ended;
    },
  };
}
