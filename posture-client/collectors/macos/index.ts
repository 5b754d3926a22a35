// Which collector answers which check on macOS.

import type { CollectorTable } from '../finding.ts';
import { smartCard } from '../smart-card.ts';
import { accounts } from './accounts.ts';
import { antimalware } from './antimalware.ts';
import { applications } from './applications.ts';
import { diskEncryption } from './disk-encryption.ts';
import { firewall } from './firewall.ts';
import { network } from './network.ts';
import { osUpdates } from './os-updates.ts';
import { reboot } from './reboot.ts';
import { removableStorage } from './removable-storage.ts';
import { vpnClient } from './vpn-client.ts';

export const macosCollectors: CollectorTable = {
  antimalware,
  firewall,
  'os-updates': osUpdates,
  reboot,
  'disk-encryption': diskEncryption,
  accounts,
  'removable-storage': removableStorage,
  'vpn-client': vpnClient,
  network,
  'smart-card': smartCard,
  applications,
};
