import type { Finding } from "./outcome.ts";
import { nameCodePoint } from "./visible.ts";

/** Letters of other scripts that most fonts draw like these. What no form of Unicode folds; the rest is folded. */
const TWINS: readonly (readonly [plain: string, twins: string])[] = [
  ["a", "аɑαᴀ"],
  ["b", "ЬьƄʙв"],
  ["c", "сϲᴄ"],
  ["d", "ԁᴅɗ"],
  ["e", "еєҽᴇε"],
  ["f", "ғƒ"],
  ["g", "ɡցɢ"],
  ["h", "һհʜн"],
  ["i", "іıɩɪι"],
  ["j", "јϳᴊ"],
  ["k", "кᴋκ"],
  ["l", "ӏ|1ⅼʟ"],
  ["m", "мᴍ"],
  ["n", "ոռɴη"],
  ["o", "оοօ0ᴏσ"],
  ["p", "рρᴘ"],
  ["q", "ԛգ"],
  ["r", "гʀᴦ"],
  ["s", "ѕꜱ"],
  ["t", "тᴛτ"],
  ["u", "սᴜυ"],
  ["v", "ѵνᴠ"],
  ["w", "ԝωᴡ"],
  ["x", "хχ"],
  ["y", "уүʏγ"],
  ["z", "ᴢζ"],
];

const PLAIN: ReadonlyMap<string, string> = new Map(
  TWINS.flatMap(([plain, twins]) => [...twins].map((twin) => [twin.toLowerCase(), plain] as const)),
);

/** What stands between words, or is not seen at all, does not tell two labels apart. */
const UNSEEN = /[\p{Default_Ignorable_Code_Point}\p{C}\p{Z}\p{M}\p{P}\p{S}]/gu;

/** Two names with one outline look alike. */
function outlineOf(name: string): string {
  const folded = name.normalize("NFKD").toLowerCase();
  return [...folded]
    .map((character) => PLAIN.get(character) ?? character)
    .join("")
    .replace(UNSEEN, "");
}

/** Labels that a reader may take for the one that counts, a finding each. */
export function findLookAlikes(label: string, present: readonly string[]): readonly Finding[] {
  const outline = outlineOf(label);
  return present
    .filter((name) => name.toLowerCase() !== label.toLowerCase())
    .filter((name) => outline !== "" && outlineOf(name) === outline)
    .map((name) => ({
      code: "label_look_alike",
      message: `The label \`${spellOut(name)}\` looks like \`${label}\` but is a different label.`,
      expected: label,
      got: spellOut(name),
    }));
}

/** Every character that is not on a plain keyboard by its code point, and blanks where they are not seen. */
function spellOut(name: string): string {
  return name.replace(/[^\x21-\x7e ]|^ | $| (?= )/gu, (character) => `<${nameCodePoint(character)}>`);
}
