// A look at JSON text before anything is built from it: how deep it nests and how long its strings are.
// Linear, allocates nothing, and judges no grammar: what is malformed is left to the parser.

export interface JsonExtent {
  /** Brackets and braces open at the same time, at most. */
  readonly depth: number;
  /** Characters of the longest string, an escape counting for one. */
  readonly longestString: number;
}

const quote = 0x22;
const backslash = 0x5c;

export function jsonExtent(text: string): JsonExtent {
  let open = 0;
  let depth = 0;
  let longestString = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === quote) {
      let length = 0;
      for (at++; at < text.length; at++) {
        const inside = text.charCodeAt(at);
        if (inside === quote) break;
        if (inside === backslash) at += text[at + 1] === 'u' ? 5 : 1;
        length++;
      }
      if (length > longestString) longestString = length;
    } else if (code === 0x7b || code === 0x5b) {
      open++;
      if (open > depth) depth = open;
    } else if (code === 0x7d || code === 0x5d) open--;
  }
  return { depth, longestString };
}
