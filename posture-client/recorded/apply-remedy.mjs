// Stands for an update program on a recorded laptop: puts the files of `after/<action>/` over the recording, telling its
// progress as such programs do. usage: node apply-remedy.mjs FOLDER ACTION

import { cp, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const [folder = '', action = ''] = process.argv.slice(2);
if (!/^[a-z][a-z0-9.-]+$/.test(action)) throw new TypeError('usage: node apply-remedy.mjs FOLDER ACTION');
const laptop = resolve(folder);
// Only a recording has a manifest: nothing else is ever written to.
JSON.parse(await readFile(join(laptop, 'manifest.json'), 'utf8'));

for (const percent of [0, 35, 70, 100]) {
  process.stdout.write(`downloading: ${percent} %\n`);
  await delay(100);
}
await cp(join(laptop, 'after', action), laptop, { recursive: true });
process.stdout.write('installed\n');
