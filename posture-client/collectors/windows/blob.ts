// What one PowerShell script printed: a single line of JSON with `data`, or with the error it met. The scripts report raw
// values; everything that needs judgement happens here, where it is tested.

import type { CheckType } from '../../../gateway/contract/check-facts.ts';
import type { CommandId } from '../../commands.ts';
import type { CommandResult } from '../../laptop.ts';
import {
  commandFailure,
  unmeasured,
  unreadable,
  type Collector,
  type Finding,
  type Source,
  type Unmeasured,
} from '../finding.ts';
import { field, numberOrNull, parseJson, textOrNull } from '../json-value.ts';

export type Blob = { readonly data: unknown } | { readonly failure: Unmeasured };

/** HRESULTs that say which kind of failure it was: COM, WMI and Win32 each have their own. */
const denied = [0x80070005, 0x80041003, 0x80240044];
const absent = [0x8004100e, 0x80041010, 0x80040154, 0x80070002, 0x80131500];

export function readBlob(output: string): Blob {
  // Anything before the JSON is noise of a profile or a module; the script's own line is the last.
  const line = output.split(/\r?\n/).findLast(text => text.trim() !== '') ?? '';
  const value = parseJson(line);
  const data = field(value, 'data');
  if (data !== undefined && data !== null) return { data };
  const error = field(value, 'error');
  if (error === undefined) return { failure: unreadable('script', output) };
  const code = (numberOrNull(field(error, 'hresult')) ?? 0) >>> 0;
  const id = textOrNull(field(error, 'id')) ?? 'unknown';
  if (denied.includes(code)) return { failure: unmeasured('denied', 'not-permitted', id) };
  // In constrained language mode COM is refused: the laptop cannot say, which is no fault of its settings.
  const constrained = textOrNull(field(value, 'languageMode')) === 'ConstrainedLanguage';
  if (constrained || absent.includes(code)) return { failure: unmeasured('unsupported', 'not-offered-here', id) };
  return { failure: unmeasured('error', 'script-failed', id) };
}

/** A collector that runs one script and reads its line. */
export function scripted<T extends CheckType>(
  command: CommandId,
  source: Source,
  parse: (output: string) => readonly Finding<T>[],
): Collector<T> {
  return {
    source,
    async collect(laptop) {
      const result: CommandResult = await laptop.run(command);
      const failure = commandFailure(result);
      return failure === undefined ? parse(result.stdout) : [failure];
    },
  };
}
