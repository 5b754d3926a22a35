// How prose looks: as plain text for a terminal or a mail, or as one page of HTML that needs nothing else.

import type { Language } from '../contract/language.ts';
import type { Block } from './prose.ts';

const width = 100;

export function asText(blocks: readonly Block[]): string {
  return blocks.map(textOf).join('\n');
}

function textOf(block: Block): string {
  if (block.kind === 'list') return block.items.map(each => wrapped(each, '- ', '  ')).join('');
  if (block.kind === 'paragraph') return wrapped(block.text, '', '');
  const line = block.level === 1 ? '=' : block.level === 2 ? '-' : '';
  return `${block.text}\n${line === '' ? '' : `${line.repeat(block.text.length)}\n`}`;
}

function wrapped(text: string, first: string, next: string): string {
  const lines: string[] = [];
  let line = first;
  for (const word of text.split(' ')) {
    if (line.length + word.length > width && line.trimEnd() !== first.trimEnd()) {
      lines.push(line.trimEnd());
      line = next;
    }
    line += `${word} `;
  }
  return [...lines, line.trimEnd()].map(each => `${each}\n`).join('');
}

export function asHtml(blocks: readonly Block[], language: Language): string {
  const title = blocks.find(({ kind }) => kind === 'heading');
  return [
    '<!doctype html>',
    `<html lang="${language}">`,
    '<head>',
    '<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<title>${title !== undefined && 'text' in title ? escaped(title.text) : ''}</title>`,
    '<style>body{font:1.1rem/1.5 system-ui,sans-serif;max-width:44rem;margin:2rem auto;padding:0 1rem}li{margin:.5rem 0}</style>',
    '</head>',
    '<body>',
    '<main>',
    ...blocks.map(htmlOf),
    '</main>',
    '</body>',
    '</html>',
    '',
  ].join('\n');
}

function htmlOf(block: Block): string {
  if (block.kind === 'list') return `<ul>\n${block.items.map(each => `<li>${escaped(each)}</li>\n`).join('')}</ul>`;
  const tag = block.kind === 'heading' ? `h${block.level}` : 'p';
  return `<${tag}>${escaped(block.text)}</${tag}>`;
}

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, char => entities[char] ?? char);
}
