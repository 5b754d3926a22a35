// The agent's own sentences, in the four languages. What a requirement says comes from the policy, through the verdict.

import type { EnrolmentState } from '../gateway/contract/challenge.ts';
import type { Language } from '../gateway/contract/language.ts';
import type { Outcome } from '../gateway/contract/outcome.ts';
import type { ActionState } from '../gateway/contract/report.ts';

export interface Phrases {
  readonly outcome: Readonly<Record<Outcome, string>>;
  readonly found: string;
  readonly required: string;
  readonly toDo: string;
  readonly askHelp: string;
  readonly unknown: string;
  /** Before what is not met and changes nothing yet. */
  readonly told: string;
  readonly before: string;
  /** In front of that, once the policy wants it said with more weight. */
  readonly reminder: string;
  readonly weDo: string;
  readonly checkAgain: string;
  readonly validUntil: string;
  readonly caseCode: string;
  readonly refused: string;
  readonly unreachable: string;
  readonly tryAgain: string;
  readonly confirmed: string;
  readonly notConfirmed: string;
  readonly enrolment: Readonly<Record<EnrolmentState, string>>;
  readonly deviceKey: string;
  readonly action: Readonly<Record<ActionState, string>>;
}

export const phrases: Readonly<Record<Language, Phrases>> = {
  nl: {
    outcome: {
      grant: 'Deze laptop mag op het netwerk.',
      update: 'Beperkt netwerk: eerst moeten de updates worden geïnstalleerd.',
      quarantine: 'Beperkt netwerk: alleen hulppagina’s en updates, tot het onderstaande is opgelost.',
      deny: 'Geen toegang tot het netwerk.',
    },
    found: 'Gevonden',
    required: 'Vereist',
    toDo: 'Wat te doen',
    askHelp: 'vraag hulp aan de helpdesk en geef de code hieronder door',
    unknown: 'Het volgende kon niet worden gemeten:',
    told: 'Dit is nog niet in orde, maar houdt u nu niet tegen:',
    before: 'In orde te brengen voor',
    reminder: 'Herinnering',
    weDo: 'De agent lost op wat hij zelf mag oplossen en controleert daarna opnieuw.',
    checkAgain: 'De agent controleert vanzelf opnieuw zodra dit is opgelost.',
    validUntil: 'Geldig tot',
    caseCode: 'Code voor de helpdesk',
    refused: 'De gateway heeft deze aanvraag geweigerd',
    unreachable: 'De gateway is niet bereikbaar',
    tryAgain: 'De gateway kan nu niet beslissen. Er is niets mis vastgesteld; probeer het straks opnieuw.',
    confirmed: 'Deze sessie hoort bij deze computer.',
    notConfirmed: 'De gateway kent geen open VPN-sessie met dit adres; verbind eerst de VPN.',
    enrolment: {
      waiting:
        'De aanvraag wacht op goedkeuring. Geef de helpdesk de code hieronder en voer dit commando later opnieuw uit.',
      active: 'Deze computer is toegelaten.',
      refused: 'De aanvraag is geweigerd; vraag het de helpdesk.',
    },
    deviceKey: 'Sleutel van deze computer',
    action: {
      offered: 'aangeboden',
      deferred: 'uitgesteld',
      queued: 'in de wachtrij',
      running: 'bezig',
      succeeded: 'gelukt',
      failed: 'mislukt',
      cancelled: 'afgebroken',
      'needs-user': 'vraagt uw hulp of beheerdersrechten',
      'needs-reboot': 'gelukt, herstart nodig',
      unsupported: 'kan op deze laptop niet',
      'blocked-by-policy': 'mag niet op deze laptop',
    },
  },
  fr: {
    outcome: {
      grant: 'Cet ordinateur a accès au réseau.',
      update: 'Réseau limité : les mises à jour doivent d’abord être installées.',
      quarantine: 'Réseau limité : pages d’aide et mises à jour seulement, jusqu’à ce que ce qui suit soit résolu.',
      deny: 'Pas d’accès au réseau.',
    },
    found: 'Constaté',
    required: 'Exigé',
    toDo: 'Que faire',
    askHelp: 'demandez de l’aide au service d’assistance en donnant le code ci-dessous',
    unknown: 'Ce qui suit n’a pas pu être mesuré :',
    told: 'Ceci n’est pas encore en ordre, mais ne vous bloque pas pour l’instant :',
    before: 'À mettre en ordre avant',
    reminder: 'Rappel',
    weDo: 'L’agent corrige ce qu’il peut corriger lui-même, puis contrôle à nouveau.',
    checkAgain: 'L’agent contrôle de lui-même à nouveau dès que ceci est résolu.',
    validUntil: 'Valable jusqu’au',
    caseCode: 'Code pour l’assistance',
    refused: 'La passerelle a refusé cette demande',
    unreachable: 'La passerelle est injoignable',
    tryAgain:
      'La passerelle ne peut pas décider maintenant. Rien n’est reproché à cet ordinateur ; réessayez plus tard.',
    confirmed: 'Cette session appartient à cet ordinateur.',
    notConfirmed: 'La passerelle ne connaît aucune session VPN ouverte avec cette adresse ; connectez d’abord le VPN.',
    enrolment: {
      waiting:
        'La demande attend une approbation. Donnez le code ci-dessous au service d’assistance et relancez cette commande plus tard.',
      active: 'Cet ordinateur est admis.',
      refused: 'La demande est refusée ; adressez-vous au service d’assistance.',
    },
    deviceKey: 'Clé de cet ordinateur',
    action: {
      offered: 'proposé',
      deferred: 'reporté',
      queued: 'en attente',
      running: 'en cours',
      succeeded: 'réussi',
      failed: 'échoué',
      cancelled: 'interrompu',
      'needs-user': 'demande votre aide ou des droits d’administrateur',
      'needs-reboot': 'réussi, redémarrage nécessaire',
      unsupported: 'impossible sur cet ordinateur',
      'blocked-by-policy': 'pas autorisé sur cet ordinateur',
    },
  },
  de: {
    outcome: {
      grant: 'Dieser Laptop darf ins Netz.',
      update: 'Eingeschränktes Netz: zuerst müssen die Updates installiert werden.',
      quarantine: 'Eingeschränktes Netz: nur Hilfeseiten und Updates, bis das Folgende behoben ist.',
      deny: 'Kein Zugang zum Netz.',
    },
    found: 'Festgestellt',
    required: 'Verlangt',
    toDo: 'Was zu tun ist',
    askHelp: 'bitten Sie den Helpdesk um Hilfe und nennen Sie den Code unten',
    unknown: 'Das Folgende konnte nicht gemessen werden:',
    told: 'Das Folgende ist noch nicht in Ordnung, hält Sie aber vorerst nicht auf:',
    before: 'In Ordnung zu bringen bis',
    reminder: 'Erinnerung',
    weDo: 'Der Agent behebt, was er selbst beheben darf, und prüft danach erneut.',
    checkAgain: 'Der Agent prüft von selbst erneut, sobald dies behoben ist.',
    validUntil: 'Gültig bis',
    caseCode: 'Code für den Helpdesk',
    refused: 'Das Gateway hat diese Anfrage abgelehnt',
    unreachable: 'Das Gateway ist nicht erreichbar',
    tryAgain:
      'Das Gateway kann jetzt nicht entscheiden. Es liegt nichts gegen Sie vor; versuchen Sie es später erneut.',
    confirmed: 'Diese Sitzung gehört zu diesem Computer.',
    notConfirmed: 'Das Gateway kennt keine offene VPN-Sitzung mit dieser Adresse; verbinden Sie zuerst das VPN.',
    enrolment: {
      waiting:
        'Der Antrag wartet auf Genehmigung. Nennen Sie dem Helpdesk den Code unten, und führen Sie diesen Befehl später erneut aus.',
      active: 'Dieser Computer ist zugelassen.',
      refused: 'Der Antrag wurde abgelehnt; wenden Sie sich an den Helpdesk.',
    },
    deviceKey: 'Schlüssel dieses Computers',
    action: {
      offered: 'angeboten',
      deferred: 'verschoben',
      queued: 'in der Warteschlange',
      running: 'läuft',
      succeeded: 'gelungen',
      failed: 'fehlgeschlagen',
      cancelled: 'abgebrochen',
      'needs-user': 'braucht Ihre Hilfe oder Administratorrechte',
      'needs-reboot': 'gelungen, Neustart nötig',
      unsupported: 'auf diesem Laptop nicht möglich',
      'blocked-by-policy': 'auf diesem Laptop nicht erlaubt',
    },
  },
  en: {
    outcome: {
      grant: 'This laptop may use the network.',
      update: 'Limited network: updates must be installed first.',
      quarantine: 'Limited network: help pages and updates only, until the following is solved.',
      deny: 'No access to the network.',
    },
    found: 'Found',
    required: 'Required',
    toDo: 'What to do',
    askHelp: 'ask the help desk, and give them the code below',
    unknown: 'The following could not be measured:',
    told: 'The following is not in order yet, but does not stop you for now:',
    before: 'To be mended before',
    reminder: 'Reminder',
    weDo: 'The agent mends what it may mend by itself, and then checks again.',
    checkAgain: 'The agent checks again by itself once this is solved.',
    validUntil: 'Valid until',
    caseCode: 'Code for the help desk',
    refused: 'The gateway refused this request',
    unreachable: 'The gateway cannot be reached',
    tryAgain: 'The gateway cannot decide now. Nothing is held against you; try again later.',
    confirmed: 'This session belongs to this computer.',
    notConfirmed: 'The gateway knows no open VPN session with this address; connect the VPN first.',
    enrolment: {
      waiting:
        'The request waits for approval. Give the code below to the help desk, and run this command again later.',
      active: 'This computer is admitted.',
      refused: 'The request was refused; ask the help desk.',
    },
    deviceKey: 'Key of this computer',
    action: {
      offered: 'offered',
      deferred: 'deferred',
      queued: 'queued',
      running: 'running',
      succeeded: 'succeeded',
      failed: 'failed',
      cancelled: 'cancelled',
      'needs-user': 'needs your help or administrator rights',
      'needs-reboot': 'succeeded, restart needed',
      unsupported: 'not possible on this laptop',
      'blocked-by-policy': 'not allowed on this laptop',
    },
  },
};
