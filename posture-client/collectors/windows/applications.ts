// Applications on Windows: what the registry can uninstall, and the names of processes.

import { applicationsFinding, type Seen } from '../applications.ts';
import { commandFailure, type Collector, type Unmeasured } from '../finding.ts';
import { field, listOf, textOrNull } from '../json-value.ts';
import { readBlob } from './blob.ts';

export function parseApplications(output: string): Seen | { readonly failure: Unmeasured } {
  const blob = readBlob(output);
  if ('failure' in blob) return blob;
  const namesOf = (name: string): readonly string[] | null => {
    const names = listOf(field(blob.data, name)).flatMap(each => textOrNull(each) ?? []);
    // Every Windows has some of both.
    return names.length === 0 ? null : names;
  };
  return { installed: namesOf('installed'), running: namesOf('running') };
}

export const applications: Collector<'applications'> = {
  source: { kind: 'registry', name: 'Uninstall, Get-Process' },
  async collect(laptop) {
    const result = await laptop.run('windows.applications');
    const failure = commandFailure(result);
    if (failure !== undefined) return [failure];
    const seen = parseApplications(result.stdout);
    return ['failure' in seen ? seen.failure : applicationsFinding(seen, laptop.watched, 'windows')];
  },
};
