// Thread that verifies the chains of one store file and ends. An error ends it too, and reaches its parent as `error`.

import { parentPort, workerData } from 'node:worker_threads';
import { verifyStoreFile } from './embedded-store-verify.ts';

if (parentPort !== null && typeof workerData === 'string') parentPort.postMessage(verifyStoreFile(workerData));
