// Whether a password is as strong as the rules of the trade ask: twelve characters of four classes, without the user's own name.
// What is missing is told by class; nothing of the password itself leaves this file.

const leastCharacters = 12;
/** A shorter name is in too many words by chance. */
const leastNameCharacters = 3;

const classes = {
  lower: /\p{Ll}/u,
  upper: /\p{Lu}/u,
  digit: /\p{Nd}/u,
  other: /[\p{P}\p{S}\p{Zs}]/u,
} as const;

type Missing = 'length' | keyof typeof classes | 'contains-user-name';

export function passwordStrength(
  password: string,
  userName: string,
): { readonly strong: boolean; readonly missing: readonly Missing[] } {
  // Composed, so that an accent is a part of its letter however the keyboard sent it.
  const composed = password.normalize('NFC');
  const missing: Missing[] = [];
  if (Array.from(composed).length < leastCharacters) missing.push('length');
  for (const name of ['lower', 'upper', 'digit', 'other'] as const) {
    if (!classes[name].test(composed)) missing.push(name);
  }
  if (containsName(composed, userName)) missing.push('contains-user-name');
  return { strong: missing.length === 0, missing };
}

function containsName(password: string, userName: string): boolean {
  // `DOMAIN\name` and `name@realm` are both that name.
  const name = userName
    .normalize('NFC')
    .replace(/^[^\\]*\\/, '')
    .replace(/@.*$/, '')
    .toLowerCase();
  return Array.from(name).length >= leastNameCharacters && password.toLowerCase().includes(name);
}
