/** How often small letters, capitals, digits and other signs take turns. */
export const transitionsOf = (text: string): number => {
  let count = 0;
  for (let index = 1; index < text.length; index += 1) {
    if (classOf(text.charCodeAt(index)) !== classOf(text.charCodeAt(index - 1))) count += 1;
  }
  return count;
};

const classOf = (code: number): number => (code >= 97 ? 0 : code >= 65 ? 1 : code >= 48 && code <= 57 ? 2 : 3);

/** Drawn, not thought of: small letters, capitals and digits take turns more often than in any name. */
export function looksDrawn(text: string): boolean {
  const transitions = transitionsOf(text);
  return transitions >= 2 && transitions * 4 >= text.length && (/[0-9]/.test(text) || transitions >= 4);
}

/** Not the `xxxxxxxx` of an example, nor a word of one kind of letters. */
export const isVaried = (text: string): boolean => new Set(text.slice(0, 200)).size >= 8 && /[0-9A-Z]/.test(text);
