// The NAS profiles that come with the product, as the gateway reads them.

import { nasProfileFiles } from '../../gateway/io/nas-profile-files.ts';
import type { NasProfile } from '../../gateway/pdp/nas-profile.ts';
import { readNasProfile } from '../../gateway/pdp/nas-profile-document.ts';
import { replyKind } from '../../gateway/radius/authorization-attributes.ts';

const files = nasProfileFiles() ?? [];

export const nasProfiles: readonly NasProfile[] = files.map(({ text, path, name }) => {
  const read = readNasProfile(text, path, name, replyKind);
  if ('problems' in read) throw new Error(JSON.stringify(read.problems));
  return read.profile;
});

export function nasProfile(name: string): NasProfile {
  const found = nasProfiles.find(each => each.name === name);
  if (found === undefined) throw new Error(`there is no NAS profile ${name}`);
  return found;
}
