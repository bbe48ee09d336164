import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { digestOf } from "../../src/governance/digest.ts";
import { freezePrompt, isCommand, MAX_COMMENT_LENGTH } from "../../src/governance/prompt.ts";
import { SHOWN_PROMPT_MOST } from "../../src/governance/shown-prompt.ts";
import { findInvisible } from "../../src/governance/visible.ts";
import { EMOJI } from "./builders.ts";

const freeze = (body: string) => freezePrompt(body, "/codex");
const frozen = (text: string) => ({ status: "frozen", prompt: { text, digest: digestOf(text) } });

describe("isCommand", () => {
  test.each(["/codex", "/codex do it", "/codex\tdo it", "/codex\ndo it", "/codex\r\ndo it", "/codex\u{A0}x"])(
    "is true for %j",
    (body) => {
      expect(isCommand(body, "/codex")).toBe(true);
    },
  );

  test.each([
    "",
    "/code",
    "/codexfoo",
    "/codex-gate x",
    "/codex\u{200B} x",
    " /codex x",
    "\n/codex x",
    "/Codex x",
    "x /codex x",
  ])("is false for %j", (body) => {
    expect(isCommand(body, "/codex")).toBe(false);
    expect(freeze(body)).toEqual({ status: "not_command" });
  });

  test("goes by the command of the policy", () => {
    expect(isCommand("/fix it", "/fix")).toBe(true);
    expect(isCommand("/codex it", "/fix")).toBe(false);
  });
});

describe("freezing", () => {
  test.each([
    ["takes what follows the command", "/codex add a test", "add a test"],
    ["takes the lines after the command", "/codex\nadd\na test", "add\na test"],
    ["makes CRLF one line feed", "/codex a\r\nb\r\n\r\nc", "a\nb\n\nc"],
    ["makes a lone CR a line feed", "/codex a\rb\r\rc", "a\nb\n\nc"],
    ["cuts blanks, tabs and wide spaces at line ends", "/codex a \t\n\u{A0}b\u{3000}\u{A0} \nc  ", "a\n b\nc"],
    ["keeps indentation and blanks inside", "/codex a\n  b \t c", "a\n  b \t c"],
    ["cuts empty lines at both ends", "/codex \t\n \n\n  a\n\n \n", "a"],
    ["keeps empty lines inside, without their blanks", "/codex a\n  \n\nb", "a\n\n\nb"],
    ["composes to NFC", "/codex cafe\u{301}", "caf\u{E9}"],
    ["keeps a second command as text", "/codex /codex x", "/codex x"],
    ["keeps the words of an arrow", "/codex a -> b --> c <- d", "a -> b --> c <- d"],
  ])("%s", (_, body, text) => {
    expect(freeze(body)).toEqual(frozen(text));
  });

  test("gives one digest for every way to write the same text", () => {
    const bodies = ["/codex a\nb", "/codex  a\r\nb", "/codex\na \nb\n", "/codex\ta\rb\r\n\r\n"];
    expect(new Set(bodies.map((body) => JSON.stringify(freeze(body)))).size).toBe(1);
  });

  test.each(["/codex", "/codex ", "/codex\n\n", "/codex \t\r\n "])("refuses %j as empty", (body) => {
    expect(freeze(body)).toEqual({ status: "refused", reasonCode: "prompt_empty", findings: [] });
  });

  test("accepts a prompt of exactly the length that is shown whole and refuses one unit more", () => {
    // 282 whole lines of 84 columns, each with its line end, and a rest.
    const longest = "x".repeat(SHOWN_PROMPT_MOST - 282);
    expect(freeze(`/codex ${longest}`)).toEqual(frozen(longest));
    expect(freeze(`/codex ${longest}x`)).toEqual({
      status: "refused",
      reasonCode: "prompt_too_long",
      findings: [
        {
          code: "prompt_not_shown_whole",
          message: "The plan's comment shows the prompt whole, wrapped, and has no room for this one.",
          expected: "at most 24000 characters",
          got: "24001 characters",
        },
      ],
    });
  });

  test("makes every blank a plain one, each for one, and keeps tabs", () => {
    const blanks = "\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000";
    expect(freeze(`/codex a${blanks}b`)).toEqual(frozen(`a${" ".repeat(16)}b`));
    expect(freeze("/codex Corrige\u202f: «\u00a0x\u00a0»\u3000日本語")).toEqual(frozen("Corrige : « x » 日本語"));
    expect(freeze("/codex a\n\tb\tc")).toEqual(frozen("a\n\tb\tc"));
  });

  test.each(["\u000b", "\u000c", "\u0085", "\u2028", "\u2029"])("refuses the odd line end %j", (character) => {
    expect(freeze(`/codex a${character}b`)).toMatchObject({ status: "refused", reasonCode: "prompt_invisible" });
  });

  test("refuses a comment that is longer than GitHub's limit", () => {
    const longest = `/codex ${"x".repeat(MAX_COMMENT_LENGTH - 7)}`;
    expect(MAX_COMMENT_LENGTH).toBe(65_536);
    expect(freeze(longest)).toMatchObject({ findings: [{ code: "prompt_not_shown_whole" }] });
    expect(freeze(`${longest}x`)).toEqual({
      status: "refused",
      reasonCode: "prompt_too_long",
      findings: [
        {
          code: "prompt_too_long",
          message: "The comment is too long; a character such as an emoji counts twice or more.",
          expected: "at most 65536 UTF-16 units",
          got: "65537",
        },
      ],
    });
  });

  test("takes runs of blanks that fill a comment, and a comment of nothing but different hidden characters (T21)", () => {
    const rest = MAX_COMMENT_LENGTH - 9;
    expect(freeze(`/codex a${" ".repeat(rest)}b`)).toEqual(frozen(`a${" ".repeat(rest)}b`));
    expect(freeze(`/codex a${"\n".repeat(rest)}b`)).toEqual(frozen(`a${"\n".repeat(rest)}b`));
    const hidden = Array.from({ length: 20_000 }, (_, index) => `${String.fromCodePoint(0xf0000 + index)}\n`).join("");
    const result = freeze(`/codex ${hidden}`);
    expect(result).toMatchObject({ status: "refused", reasonCode: "prompt_invisible" });
    expect(result.status === "refused" && result.findings.at(-1)).toEqual({
      code: "invisible_character",
      message: "U+F4E1F occurs 1 time, first on line 20000 of the prompt.",
      got: "U+F4E1F",
    });
  });
});

describe("a character that a reader cannot see (T13)", () => {
  test("is refused with its code point, for every default-ignorable or format character that Unicode has", () => {
    const isHidden = /[\p{Default_Ignorable_Code_Point}\p{Cf}]/u;
    let count = 0;
    const accepted: string[] = [];
    for (let value = 0; value <= 0x10ffff; value += 1) {
      const character = String.fromCodePoint(value);
      if (!isHidden.test(character)) continue;
      count += 1;
      const name = `U+${value.toString(16).toUpperCase().padStart(4, "0")}`;
      for (const body of [
        `/codex a${character}b`,
        `/codex ${character}a`,
        `/codex a${character}`,
        `/codex a${character}\nb`,
      ]) {
        const result = freeze(body);
        const isRefused = result.status === "refused" && result.reasonCode === "prompt_invisible";
        if (!isRefused || result.findings[0]?.got !== name) accepted.push(name);
      }
    }
    expect(accepted).toEqual([]);
    // Unicode 16: 4,174 default-ignorable code points and 31 more format characters. Newer versions only add.
    expect(count).toBeGreaterThanOrEqual(4_200);
  });

  test("is listed once with its count and first line", () => {
    expect(freeze("/codex a\u{202E}b\n\u{202E}\u{E0041}")).toEqual({
      status: "refused",
      reasonCode: "prompt_invisible",
      findings: [
        {
          code: "invisible_character",
          message: "U+202E occurs 2 times, first on line 1 of the prompt.",
          got: "U+202E",
        },
        {
          code: "invisible_character",
          message: "U+E0041 occurs 1 time, first on line 2 of the prompt.",
          got: "U+E0041",
        },
      ],
    });
  });

  test.each([
    ["a byte order mark at the end", "/codex a\u{FEFF}", "U+FEFF"],
    ["a byte order mark right after the command", "/codex\u{FEFF}a", "U+FEFF"],
    ["a line separator at a line's end", "/codex a\u{2028}\nb", "U+2028"],
    ["a form feed at a line's end", "/codex a\f\nb", "U+000C"],
    ["a control at the start", "/codex \u{1B}[8m a", "U+001B"],
  ])("is refused, not cut off: %s", (_, body, got) => {
    expect(freeze(body)).toMatchObject({ status: "refused", reasonCode: "prompt_invisible", findings: [{ got }] });
  });

  test("is told before hidden markup and before emptiness", () => {
    expect(freeze("/codex \u{200B}")).toMatchObject({ reasonCode: "prompt_invisible" });
    expect(freeze("/codex <!-- \u{200B}")).toMatchObject({ reasonCode: "prompt_invisible" });
  });

  test.each(Object.entries(EMOJI))("is no part of an emoji: %s", (_, emoji) => {
    expect(freeze(`/codex use ${emoji} here`)).toEqual(frozen(`use ${emoji} here`));
  });

  test.each([
    ["the joiners of a family that is none", "\u{1F468}\u{200D}x", "U+200D"],
    ["a variation selector on a letter", "a\u{FE0F}", "U+FE0F"],
    ["the text variation selector on an emoji", "\u{2764}\u{FE0E}", "U+FE0E"],
    ["tags after a flag that no region has", "\u{1F3F4}\u{E0068}\u{E0069}\u{E007F}", "U+E0068"],
  ])("is refused in what looks like an emoji sequence: %s", (_, text, got) => {
    const result = freeze(`/codex ${text}`);
    expect(result).toMatchObject({ status: "refused", reasonCode: "prompt_invisible" });
    expect(result.status === "refused" && result.findings[0]?.got).toBe(got);
  });
});

describe("hidden markup (T13)", () => {
  const comment = { code: "html_comment", message: "An HTML comment starts (`<!--`); GitHub does not show it." };

  test.each([
    ["closed", "/codex a <!-- b --> c"],
    ["not closed", "/codex a\n<!-- b"],
    ["at the very start", "/codex <!--"],
    ["with a named reference", "/codex a &lt;!-- b"],
    ["with a named reference in capitals and no semicolon", "/codex a &LT!-- b"],
    ["with a decimal reference", "/codex a &#60;!-- b"],
    ["with a hexadecimal reference", "/codex a &#x3C;!-- b"],
    ["with a hexadecimal reference without semicolon", "/codex a &#X3c!-- b"],
    ["with all of it encoded", "/codex a &#60;&#33;&#45;&#x2d; b"],
  ])("is refused as an HTML comment: %s", (_, body) => {
    expect(freeze(body)).toEqual({ status: "refused", reasonCode: "prompt_hidden_markup", findings: [comment] });
  });

  test.each([
    "&#8203;",
    "&#x200B;",
    "&#X200b;",
    "&#0008203;",
    "&#xAD;",
    "&#xE0041;",
    "&#x202e;",
    "&#0;",
    "&#xD800;",
    "&zwj;",
    "&zwnj;",
    "&lrm;",
    "&rlm;",
    "&shy;",
    "&NoBreak;",
    "&ZeroWidthSpace;",
    "&InvisibleTimes;",
    "&InvisibleComma;",
    "&ApplyFunction;",
    "&af;",
    "&ic;",
    "&it;",
    "&NegativeVeryThinSpace;",
    "&NegativeThinSpace;",
    "&NegativeMediumSpace;",
    "&NegativeThickSpace;",
  ])("is refused as the reference %s", (reference) => {
    expect(freeze(`/codex a${reference}b`)).toEqual({
      status: "refused",
      reasonCode: "prompt_hidden_markup",
      findings: [
        {
          code: "invisible_entity",
          message: `The character reference &amp;${reference.slice(1)} shows nothing.`,
          got: reference,
        },
      ],
    });
  });

  test("lists everything that is hidden", () => {
    const result = freeze("/codex <!-- &shy; &lt; &#8203;");
    expect(result.status === "refused" && result.findings.map(({ code, got }) => got ?? code)).toEqual([
      "html_comment",
      "&shy;",
      "&#8203;",
    ]);
  });

  test.each([
    ["references of what is seen", "&amp; &lt; &gt; &quot; &nbsp; &eacute; &#65; &#x41; &#10; &lt;!- &lt!"],
    ["words that only contain such a name", "&shyness; &xzwj; &zwjx; &itx; &xit;"],
    ["no reference for want of a semicolon or an ampersand", "&zwj zwj; &#8203 #8203; &#x; &#;"],
    ["numbers beyond Unicode", "&#1114112; &#x110000; &#99999999999;"],
    ["markup that is no comment", "<b>bold</b> <!-x <! -- --> a<!b"],
  ])("is not %s", (_, text) => {
    expect(freeze(`/codex ${text}`)).toEqual(frozen(text));
  });

  test("is refused for the last code point of Unicode, a noncharacter", () => {
    expect(freeze("/codex &#x10FFFF;")).toMatchObject({ findings: [{ got: "&#x10FFFF;" }] });
  });
});

describe("every prompt", () => {
  const part = fc.oneof(
    fc.string({ unit: "binary", maxLength: 4 }),
    fc.string({ maxLength: 8 }),
    fc.constantFrom(
      " ",
      "\t",
      "\r\n",
      "\r",
      "\n",
      "\u{A0}",
      "\u{3000}",
      "e\u{301}",
      "\u{1100}\u{1161}",
      ...Object.values(EMOJI),
    ),
  );
  const bodies = fc.array(part, { maxLength: 12 }).map((parts) => `/codex ${parts.join("")}`);

  test("is frozen for good: freezing what was frozen gives the same digest", () => {
    fc.assert(
      fc.property(bodies, (body) => {
        const result = freeze(body);
        if (result.status === "frozen") expect(freeze(`/codex ${result.prompt.text}`)).toEqual(result);
      }),
      { numRuns: 1_000 },
    );
  });

  test("has no invisible character, no carriage return and no blank at an end once it is frozen", () => {
    fc.assert(
      fc.property(bodies, (body) => {
        const result = freeze(body);
        if (result.status !== "frozen") return;
        const { text } = result.prompt;
        expect(findInvisible(text)).toEqual([]);
        expect(text).toBe(text.normalize("NFC").trim());
        expect(text).not.toMatch(/[^\S\n]$|\r/m);
      }),
      { numRuns: 1_000 },
    );
  });
});
