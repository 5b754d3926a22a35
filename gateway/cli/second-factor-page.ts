// A second factor on a page to hand over: QR code, key and recovery codes, in every language of the people. The page holds
// all that it shows and asks nobody for more.

import { renderSVG } from 'uqr';
import { type Language, languages } from '../contract/language.ts';
import { keyOf, secondFactorWords, type TextOfFactor } from '../../posture-client/second-factor-text.ts';

const style = `body { font: 1rem/1.5 system-ui, sans-serif; max-width: 45rem; margin: 2rem auto; padding: 0 1rem }
svg { width: 16rem; height: 16rem }
code { font-size: 1.1rem; white-space: pre }
ul { columns: 2; list-style: none; padding: 0 }
h2 { font-size: 1.1rem; margin-bottom: 0 }
p { margin: 0.25rem 0 }`;

export function secondFactorPage({ uri, recoveryCodes }: TextOfFactor, account: string): string {
  const codes = recoveryCodes.map(code => `<li><code>${escaped(code)}</code></li>`).join('\n');
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="referrer" content="no-referrer">
<title>${escaped(account)}</title>
<style>
${style}
</style>
<h1>${escaped(account)}</h1>
${renderSVG(uri, { border: 4 })}
<p><code>${escaped(keyOf(uri))}</code></p>
<ul>
${codes}
</ul>
${languages.map(section).join('\n')}
</html>
`;
}

function section(language: Language): string {
  const { title, scan, byHand, codes, keep } = secondFactorWords[language];
  const lines = [scan, `${byHand}.`, codes, keep].map(line => `<p>${escaped(line)}</p>`);
  return `<section lang="${language}">\n<h2>${escaped(title)}</h2>\n${lines.join('\n')}\n</section>`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
