// The agent's own list of what it may do to a laptop. The gateway names an action; what runs, with which rights, and what
// counts as success is written here and nowhere else.

import type { CheckFacts, CheckType } from '../gateway/contract/check-facts.ts';
import type { Texts } from '../gateway/contract/language.ts';
import type { ReportCheck } from '../gateway/contract/report.ts';
import type { CommandId } from './commands.ts';
import type { Platform } from './laptop.ts';

export interface Remedy {
  /** What the person reads: what is done, or what to do by hand where nothing may run by itself. */
  readonly title: Texts;
  /** Commands in order; a platform that is not here has only the explanation. */
  readonly steps: Partial<Readonly<Record<Platform, readonly CommandId[]>>>;
  readonly needsElevation: boolean;
  /** The check that is measured again afterwards: exit code 0 proves nothing. */
  readonly check: CheckType;
  readonly succeeded: (before: readonly ReportCheck[], after: readonly ReportCheck[], now: number) => boolean;
  /** A restart may be due when it is done. */
  readonly mayNeedReboot: boolean;
}

const dayMs = 86_400_000;

export const remedies: Readonly<Record<string, Remedy>> = {
  'antimalware.update-signatures': {
    title: {
      nl: 'De virusdefinities bijwerken',
      fr: "Mettre à jour les définitions de l'antivirus",
      de: 'Die Virendefinitionen aktualisieren',
      en: 'Update the virus definitions',
    },
    steps: { linux: ['linux.freshclam'], windows: ['windows.update-signatures'] },
    needsElevation: true,
    check: 'antimalware',
    succeeded: (before, after, now) => {
      const newest = signaturesAt(after);
      // Newer than before, or from today: a mirror may simply have nothing newer.
      return newest > signaturesAt(before) || newest > now - dayMs;
    },
    mayNeedReboot: false,
  },
  'os.install-updates': {
    title: {
      nl: 'De updates van het besturingssysteem installeren',
      fr: "Installer les mises à jour du système d'exploitation",
      de: 'Die Updates des Betriebssystems installieren',
      en: 'Install the updates of the operating system',
    },
    steps: { linux: ['linux.apt-update', 'linux.apt-upgrade'] },
    needsElevation: true,
    check: 'os-updates',
    succeeded: (_before, after) => {
      const facts = measuredFacts<'os-updates'>(after);
      return facts.length > 0 && facts.every(({ pendingSecurity }) => pendingSecurity === 0);
    },
    mayNeedReboot: true,
  },
  'firewall.enable': {
    title: {
      nl: 'De firewall inschakelen',
      fr: 'Activer le pare-feu',
      de: 'Die Firewall einschalten',
      en: 'Switch the firewall on',
    },
    // Not on Linux: which ports must stay open is the administrator's knowledge, and a mistake cuts the laptop off.
    steps: { windows: ['windows.enable-firewall'], macos: ['macos.enable-alf'] },
    needsElevation: true,
    check: 'firewall',
    succeeded: (_before, after) => {
      const facts = measuredFacts<'firewall'>(after);
      return facts.length > 0 && facts.every(({ effective }) => effective === true);
    },
    mayNeedReboot: false,
  },
  'disk-encryption.enable': {
    title: {
      nl: 'De schijf versleutelen',
      fr: 'Chiffrer le disque',
      de: 'Die Festplatte verschlüsseln',
      en: 'Encrypt the disk',
    },
    // Never by itself: encryption without the person who keeps the recovery key is how data is lost.
    steps: {},
    needsElevation: true,
    check: 'disk-encryption',
    succeeded: (_before, after) => {
      const facts = measuredFacts<'disk-encryption'>(after);
      return facts.length > 0 && facts.every(({ protectionOn }) => protectionOn === true);
    },
    mayNeedReboot: false,
  },
};

export function remedyFor(actionId: string): Remedy | undefined {
  return Object.hasOwn(remedies, actionId) ? remedies[actionId] : undefined;
}

/** Collected by this agent a moment ago, so the facts have the shape of their type. */
function measuredFacts<T extends CheckType>(checks: readonly ReportCheck[]): readonly CheckFacts<T>[] {
  return checks
    .filter(({ state }) => state === 'ok' || state === 'partial')
    .map(({ facts }) => facts as unknown as CheckFacts<T>);
}

function signaturesAt(checks: readonly ReportCheck[]): number {
  const times = measuredFacts<'antimalware'>(checks).map(({ signatureUpdatedAt }) =>
    Date.parse(signatureUpdatedAt ?? ''),
  );
  return Math.max(0, ...times.filter(time => !Number.isNaN(time)));
}
