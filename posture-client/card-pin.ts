// Asking for the PIN: in the terminal without echo, else in a window of the desktop. The PIN is bytes from the first key to
// the last copy, never text: texts cannot be wiped. It stands in no argument, no environment, no log.

import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { ReadStream } from 'node:tty';
import type { Language } from '../gateway/contract/language.ts';
import type { PinPrompt } from './card.ts';
import { CardFailure, triesText } from './card-fault.ts';
import { longestPinBytes } from './card-messages.ts';

const questions: Readonly<Record<Language, string>> = {
  nl: 'Pincode van uw identiteitskaart',
  fr: "Code PIN de votre carte d'identité",
  de: 'PIN Ihres Personalausweises',
  en: 'PIN of your identity card',
};

/** Prints the PIN and a line end; any other exit code than 0 means "no". */
export interface PinDialog {
  readonly program: string;
  readonly args: (question: string) => readonly string[];
}

/** The first that is installed is asked. */
export const dialogs: Readonly<Partial<Record<NodeJS.Platform, readonly PinDialog[]>>> = {
  linux: [
    { program: '/usr/bin/zenity', args: question => ['--entry', '--hide-text', '--title=Sluis', `--text=${question}`] },
    { program: '/usr/bin/kdialog', args: question => ['--title', 'Sluis', '--password', question] },
  ],
  darwin: [
    {
      program: '/usr/bin/osascript',
      args: question => [
        ...['-e', 'on run argv'],
        ...['-e', 'display dialog (item 1 of argv) default answer "" with hidden answer with title "Sluis"'],
        ...['-e', 'return text returned of result', '-e', 'end run', question],
      ],
    },
  ],
  win32: [
    {
      program: 'C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe',
      args: question => [
        ...['-NoLogo', '-NoProfile', '-STA', '-ExecutionPolicy', 'RemoteSigned', '-File'],
        ...[fileURLToPath(new URL('./pin-dialog.ps1', import.meta.url)), question],
      ],
    },
  ],
};

/** The terminal when there is one, else the desktop. */
export function pinPrompt(language: Language): PinPrompt {
  return async tries => {
    const warning = triesText(tries, language);
    const question = warning === undefined ? questions[language] : `${questions[language]}. ${warning}`;
    if (process.stdin.isTTY) return terminalPin(question, process.stdin);
    const dialog = dialogs[process.platform]?.find(({ program }) => hasDesktop() && existsSync(program));
    if (dialog === undefined) throw new CardFailure('pin-unasked');
    return dialogPin(dialog, question);
  };
}

function hasDesktop(): boolean {
  if (process.platform !== 'linux') return true;
  return process.env['DISPLAY'] !== undefined || process.env['WAYLAND_DISPLAY'] !== undefined;
}

const keys = { end: [0x0d, 0x0a], cancel: [0x03, 0x04, 0x1b], erase: [0x08, 0x7f] } as const;

/** Reads one line of at most 32 octets without echo. */
export function terminalPin(question: string, input: ReadStream): Promise<Uint8Array | undefined> {
  const typed = Buffer.alloc(longestPinBytes);
  let length = 0;
  return new Promise(resolve => {
    const finish = (answer: Uint8Array | undefined): void => {
      input.off('data', take);
      input.setRawMode(false);
      input.pause();
      if (answer === undefined) typed.fill(0);
      process.stderr.write('\n');
      resolve(answer);
    };
    const take = (chunk: Buffer): void => {
      for (const key of chunk) {
        if ((keys.end as readonly number[]).includes(key)) finish(length === 0 ? undefined : typed.subarray(0, length));
        else if ((keys.cancel as readonly number[]).includes(key)) finish(undefined);
        else if ((keys.erase as readonly number[]).includes(key)) length = Math.max(0, length - 1);
        else if (length < typed.byteLength) typed[length++] = key;
        else continue;
        if (!input.isRaw) break;
      }
      chunk.fill(0);
    };
    // Before the question: what is typed early must not be shown either.
    input.setRawMode(true);
    process.stderr.write(`${question}: `);
    input.on('data', take);
    input.resume();
  });
}

/** What the program prints up to its line end. */
export function dialogPin({ program, args }: PinDialog, question: string): Promise<Uint8Array | undefined> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args(question), { stdio: ['ignore', 'pipe', 'ignore'], windowsHide: true });
    const printed = Buffer.alloc(longestPinBytes + 2);
    let length = 0;
    child.stdout.on('data', (chunk: Buffer) => {
      const room = Math.min(chunk.byteLength, printed.byteLength - length);
      chunk.copy(printed, length, 0, room);
      length += room;
      chunk.fill(0);
    });
    child.once('error', error => reject(new CardFailure('pin-unasked', error.message)));
    child.once('close', code => {
      const lineEnd = printed.subarray(0, length).findIndex(byte => byte === 0x0a || byte === 0x0d);
      const end = lineEnd === -1 ? length : lineEnd;
      if (code === 0 && end > 0 && end <= longestPinBytes) return resolve(printed.subarray(0, end));
      printed.fill(0);
      resolve(undefined);
    });
  });
}
