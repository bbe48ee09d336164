/** Code points, not columns: close enough for text that is read in a terminal or a code block. */
function lengthOf(text: string): number {
  let length = 0;
  for (const _ of text) length += 1;
  return length;
}

function pieces(word: string, size: number): readonly string[] {
  const points = [...word];
  if (points.length <= size) return [word];
  const parts: string[] = [];
  for (let at = 0; at < points.length; at += size) parts.push(points.slice(at, at + size).join(""));
  return parts;
}

/**
 * Breaks a line at spaces so that no part is longer than `width` code points; continuation lines get `indent`.
 * Words that are too long are broken as well: nothing may hide to the right of what a reader sees.
 */
export function wrapLine(text: string, width: number, indent = ""): readonly string[] {
  if (lengthOf(text) <= width) return [text];
  const lines: string[] = [];
  let line: string | undefined;
  let length = 0;
  for (const word of text.split(" ").flatMap((each) => pieces(each, width - indent.length))) {
    const size = lengthOf(word);
    if (line === undefined) {
      line = word;
      length = size;
    } else if (length + 1 + size > width) {
      lines.push(line);
      line = indent + word;
      length = indent.length + size;
    } else {
      line += ` ${word}`;
      length += 1 + size;
    }
  }
  return line === undefined ? lines : [...lines, line];
}
