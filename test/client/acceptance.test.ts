// The agent and a person who accepts: against the gateway's own agent API, by words typed at a terminal.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { languages, type Language } from '../../gateway/contract/language.ts';
import {
  acceptanceWords,
  acceptTexts,
  openTexts,
  terminalQuestions,
  textToRead,
} from '../../posture-client/acceptance.ts';
import type { AgentConfig } from '../../posture-client/config.ts';
import { serveForTests } from '../io/agent-api-server.ts';
import { acceptanceFiles } from '../support/acceptance-files.ts';
import { tenant } from '../support/agent-world.ts';

const served = serveForTests(acceptanceFiles);
const recorded = new URL('../../posture-client/recorded/linux-healthy/', import.meta.url).pathname;
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluis-accept-'));
  writeFileSync(join(folder, 'ca.pem'), served.pki.machineRoot);
});
afterEach(() => rmSync(folder, { recursive: true }));

function config(): AgentConfig {
  const { laptop, person } = served.pki;
  return {
    ...{ gateway: `https://localhost:${served.api.port}`, trust: join(folder, 'ca.pem'), sessionKey: false },
    machine: { key: laptop.credential.keyFile, certificate: laptop.credential.chainFile },
    identity: { key: person.credential.keyFile, certificate: person.credential.chainFile },
    ...{ state: join(folder, 'state.json'), recorded, remediation: { programs: {} } },
  };
}

async function typed(words: string, language: Language) {
  const output = new PassThrough();
  const shown = text(output);
  const { ask, close } = terminalQuestions(language, { input: Readable.from([words]), output });
  const result = await acceptTexts({ config: config(), language, ask });
  close();
  output.end();
  return { ...result, shown: await shown };
}

it('shows each text in the language of the person, who is proven first, and accepts on their word alone', async () => {
  const { accepted, declined, shown } = await typed('misschien\nja\nnee\n', 'nl');
  expect({ accepted, declined }).toEqual({ accepted: ['security-policy'], declined: ['telework-charter'] });
  expect(shown).toContain('Eerste regel.\nTweede regel.');
  expect(shown.split(acceptanceWords.nl.question)).toHaveLength(4);
  const records = await served.world.store.decisions({ tenant, limit: 10 });
  expect(records.filter(({ kind }) => kind === 'acceptance')).toMatchObject([
    { accepted: { name: 'security-policy', language: 'nl' } },
  ]);
  expect((await openTexts({ config: config() })).map(({ name }) => name)).toEqual(['telework-charter']);
});

it('takes the end of the input, and an empty line, for no', async () => {
  expect(await typed('', 'fr')).toMatchObject({ accepted: [], declined: ['security-policy', 'telework-charter'] });
  expect(await typed('\n', 'de')).toMatchObject({ accepted: [] });
});

it('asks in every language, and takes the words of that language', async () => {
  for (const language of languages) {
    const { yes, no, question } = acceptanceWords[language];
    expect(yes).not.toBe(no);
    expect(question).toContain(yes);
    expect(question).toContain(no);
  }
  expect(await typed('yes\noui\noui\n', 'fr')).toMatchObject({ accepted: ['security-policy', 'telework-charter'] });
});

it('lets no text command the terminal', () => {
  const texts = { nl: 'a\u001b[2Jb', fr: '', de: '', en: '' };
  const shown = textToRead({ name: 'x', hash: '', title: texts, text: texts, by: 'b', date: '2027-01-15' }, 'nl');
  expect(shown).not.toContain('\u001b');
});

it('is a command that ends with what the person said', async () => {
  const { laptop, person } = served.pki;
  const files = ({ keyFile, chainFile }: { readonly keyFile: string; readonly chainFile: string }) =>
    `{ key: ${keyFile}, certificate: ${chainFile} }`;
  writeFileSync(
    join(folder, 'agent.yaml'),
    `gateway: https://localhost:${served.api.port}\ntrust: ca.pem\nstate: state.json\nlanguage: en\nrecorded: ${recorded}\n` +
      `machine: ${files(laptop.credential)}\nidentity: ${files(person.credential)}\n`,
  );
  const launcher = new URL('../../posture-client/sluis-agent.mjs', import.meta.url).pathname;
  const run = async (words: string, ...args: readonly string[]) => {
    const child = spawn(process.execPath, [launcher, 'accept', '--config', 'agent.yaml', ...args], {
      cwd: folder,
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    child.stdin.end(words);
    const [shown] = await Promise.all([text(child.stdout), once(child, 'close')]);
    return { shown, code: child.exitCode };
  };
  const open = await run('', '--json');
  expect(JSON.parse(open.shown)).toMatchObject({ texts: [{ name: 'security-policy' }, { name: 'telework-charter' }] });
  const declined = await run('yes\nno\n');
  expect(declined).toMatchObject({ code: 14 });
  expect(declined.shown).toContain('Rules of security-policy');
  expect(declined.shown).toContain(acceptanceWords.en.declined);
  expect(await run('yes\n')).toMatchObject({ code: 0 });
  expect(await run('')).toEqual({ code: 0, shown: `${acceptanceWords.en.nothing}\n` });
}, 30_000);
