import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  findInvisible,
  isPlainLine,
  nameCodePoint,
  spellOutInvisible,
  spellOutLine,
} from "../../src/governance/visible.ts";
import { EMOJI } from "./builders.ts";

describe("nameCodePoint", () => {
  test.each([
    ["\t", "U+0009"],
    ["A", "U+0041"],
    ["\u{200B}", "U+200B"],
    ["\u{E0041}", "U+E0041"],
    ["\u{10FFFF}", "U+10FFFF"],
  ])("names %j with at least four upper-case digits", (character, name) => {
    expect(nameCodePoint(character)).toBe(name);
  });
});

describe("findInvisible", () => {
  test("gives each character once, in order, with its count and the line of its first occurrence", () => {
    expect(findInvisible("ok\na\u{200B}\u{200B}\n\u{AD}\n\u{200B}")).toEqual([
      { codePoint: "U+200B", count: 3, line: 2 },
      { codePoint: "U+00AD", count: 1, line: 3 },
    ]);
  });

  test("sees nothing in white space, letters of many scripts, emoji and unassigned code points", () => {
    expect(
      findInvisible(`a b\t\n\u{A0}\u{3000}é日本 العربية עברית हिन्दी \u{0378} ${Object.values(EMOJI).join("")}`),
    ).toEqual([]);
  });

  test.each([
    ["a control", "\u{7}", "U+0007"],
    ["a C1 control", "\u{85}", "U+0085"],
    ["a carriage return", "\r", "U+000D"],
    ["a private-use character", "\u{E000}", "U+E000"],
    ["a lone surrogate", "\uD800", "U+D800"],
    ["a line separator", "\u{2028}", "U+2028"],
    ["a paragraph separator", "\u{2029}", "U+2029"],
    ["a noncharacter", "\u{FDD0}", "U+FDD0"],
    ["the blank Braille pattern", "\u{2800}", "U+2800"],
    ["a Hangul filler", "\u{3164}", "U+3164"],
    ["a format character that is not default-ignorable", "\u{600}", "U+0600"],
    ["a default-ignorable mark that is no format character", "\u{34F}", "U+034F"],
    ["a reserved default-ignorable code point", "\u{E0FFF}", "U+E0FFF"],
  ])("finds %s", (_, character, codePoint) => {
    expect(findInvisible(`a${character}b`)).toEqual([{ codePoint, count: 1, line: 1 }]);
  });

  test("finds a joiner that joins no emoji, beside one that does", () => {
    expect(findInvisible(`${EMOJI.astronaut} a\u{200D}b`)).toEqual([{ codePoint: "U+200D", count: 1, line: 1 }]);
  });
});

test("two halves of a surrogate pair are found even when only an emoji keeps them apart", () => {
  expect(findInvisible(`\uD83D${EMOJI.heart}\uDE00`).map(({ codePoint }) => codePoint)).toEqual(["U+D83D", "U+DE00"]);
});

describe("spellOutInvisible", () => {
  test("spells out what is hidden before, between and after emoji, and keeps the emoji", () => {
    expect(spellOutInvisible(`\u{200B}${EMOJI.family}\u{200D}${EMOJI.heart}x\u{202E}y`)).toBe(
      `<U+200B>${EMOJI.family}<U+200D>${EMOJI.heart}x<U+202E>y`,
    );
  });

  test("leaves a text without hidden characters as it is", () => {
    const text = `a b\nc\té ${EMOJI.rainbowFlag}`;
    expect(spellOutInvisible(text)).toBe(text);
  });

  test("leaves nothing to be found, whatever the text", () => {
    const part = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.constantFrom(...Object.values(EMOJI), "\u{200D}", "\u{FE0F}", "\u{E0067}"),
    );
    fc.assert(
      fc.property(fc.array(part), (parts) => {
        expect(findInvisible(spellOutInvisible(parts.join("")))).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });
});

describe("one line of a log", () => {
  test.each([
    ["a\nb\tc\r\u{1b}[2J", "a<U+000A>b<U+0009>c<U+000D><U+001B>[2J"],
    ["::add-mask::x", ": :add-mask::x"],
    ["    ::error::x", "    : :error::x"],
    ["a ::b ##[error]c##[d]", "a ::b ## [error]c## [d]"],
    ["a b", "a b"],
  ])("is made of %j", (text, line) => {
    expect(spellOutLine(text)).toBe(line);
  });
});

describe("a plain line", () => {
  test.each(["npm test", "é", "#incidents, then 12:00", ""])("is %j", (text) => {
    expect(isPlainLine(text)).toBe(true);
  });

  test.each([" a", "a ", "a  b", "a\tb", "a\nb", "a\u{200B}", "a\u{A0}b", "e\u{301}"])("is not %j", (text) => {
    expect(isPlainLine(text)).toBe(false);
  });
});
