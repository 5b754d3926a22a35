// `npm run check`: every check that needs no running gateway, all failures in one go.

import { allChecks, runChecks } from './checks.ts';

const results = await runChecks(allChecks);
const failed = results.filter(result => !result.passed).map(result => result.check.name);
console.log(failed.length === 0 ? `\nall ${results.length} checks passed` : `\nfailed: ${failed.join(', ')}`);
process.exitCode = failed.length === 0 ? 0 : 1;
