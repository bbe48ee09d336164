import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { SHOWN_PROMPT_MOST, SHOWN_WIDTH, showPrompt } from "../../src/governance/shown-prompt.ts";
import { displayWidth, wrapLine } from "../../src/governance/wrapping.ts";

describe("the width of a text", () => {
  test.each([
    ["abc", 3],
    ["", 0],
    ["日本語", 6],
    ["ｆｕｌｌ", 8],
    ["e\u0301", 1],
    ["\u0e01\u0e33\u0e34", 2],
    ["🎉", 2],
    ["\u2764\ufe0f", 2],
    ["→", 1],
    ["한글", 4],
  ])("of %j is %i columns", (text, width) => {
    expect(displayWidth(text)).toBe(width);
  });
});

describe("a line", () => {
  test("that fits is left as it is, to the column", () => {
    expect(wrapLine("日本語 abc", 10)).toEqual(["日本語 abc"]);
    expect(wrapLine("日本語 abc", 9)).toEqual(["日本語", "abc"]);
  });

  test("is broken at blanks, and its continuation is indented", () => {
    expect(wrapLine("one two three", 8, "  ")).toEqual(["one two", "  three"]);
    expect(wrapLine("one two th", 8, "  ")).toEqual(["one two", "  th"]);
    expect(wrapLine("aaaa bb cc", 7, "  ")).toEqual(["aaaa bb", "  cc"]);
  });

  test("is broken inside a word that is too long, between graphemes", () => {
    expect(wrapLine("abcdefgh", 3)).toEqual(["abc", "def", "gh"]);
    expect(wrapLine("日本語x", 3)).toEqual(["日", "本", "語x"]);
    expect(wrapLine("ab👩\u200d💻cd", 6)).toEqual(["ab👩\u200d💻", "cd"]);
    expect(wrapLine("e\u0301".repeat(4), 2)).toEqual(["e\u0301e\u0301", "e\u0301e\u0301"]);
  });

  test("is broken inside a grapheme that is too wide itself", () => {
    expect(wrapLine("\u1100".repeat(6), 6)).toEqual(["\u1100".repeat(3), "\u1100".repeat(3)]);
  });
});

describe("a shown prompt", () => {
  test.each([
    ["a text", "a text"],
    ["a\n\n\n\nb", "a\n\n\n\nb"],
    ["a\n\n\n\n\nb", "a\n⟨4 empty lines⟩\nb"],
    [`a${" ".repeat(32)}b`, `a${" ".repeat(32)}b`],
    [`a${" ".repeat(33)}b`, "a⟨33 blanks⟩b"],
    ["\tx", "→   x"],
    ["ab\tx\ty", "ab→ x→  y"],
    ["abcd\tx", "abcd→   x"],
    ["日本\tx", "日本→   x"],
    [`a${"\t".repeat(8)}b`, `a→  ${"→   ".repeat(7)}b`],
    [`a${"\t".repeat(9)}b`, "a⟨9 tabs⟩b"],
    ["a\u200bb", "a<U+200B>b"],
    ["x".repeat(85), `${"x".repeat(84)}\nx`],
  ])("of %j is %j", (text, shown) => {
    expect(showPrompt(text)).toBe(shown);
  });

  test("has room for a long one", () => {
    expect([SHOWN_WIDTH, SHOWN_PROMPT_MOST]).toEqual([84, 24_000]);
  });

  test("is never wider than a comment shows, and loses nothing but blanks", () => {
    const piece = fc.oneof(
      fc.constantFrom(
        "日本語",
        "e\u0301",
        "👩\u200d💻",
        "🎉",
        "a\tb",
        "\t".repeat(20),
        " ".repeat(50),
        "`".repeat(99),
        "x".repeat(200),
      ),
      fc.string({ unit: "grapheme" }),
      fc.constantFrom(" ", "\n", "\n\n\n\n\n\n"),
    );
    const bare = (text: string): string => text.replace(/⟨\d+ (?:tabs|blanks|empty lines)⟩|[\s→]/g, "");
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        const text = pieces.join("");
        const shown = showPrompt(text);
        for (const line of shown.split("\n")) expect(displayWidth(line)).toBeLessThanOrEqual(SHOWN_WIDTH);
        fc.pre(!/[⟨→]|<U\+/.test(text + shown.replaceAll("→", "").replace(/⟨\d+ (?:tabs|blanks|empty lines)⟩/g, "")));
        expect(bare(shown)).toBe(bare(text));
      }),
    );
  });
});
