// The worker of `policy-parsing.ts`: reads the directories, parses what is not known, and ends.

import { parentPort, workerData } from 'node:worker_threads';
import { parseYaml } from '../documents/yaml-tree.ts';
import { readPolicyFiles } from './policy-files.ts';
import { parsedKey, type ParsingJob, type WorkedOn } from './policy-parsing.ts';

const { directories, known } = workerData as ParsingJob;
const worked = directories.flatMap((directory): readonly WorkedOn[] => {
  const read = readPolicyFiles(directory);
  // What is wrong with the directory itself is told where it is read next.
  const files = 'files' in read ? read.files : [];
  return files.map(file => {
    const key = parsedKey(file);
    return known.has(key) ? { key } : { key, parsed: parseYaml(file.text, file.path) };
  });
});
parentPort?.postMessage(worked);
