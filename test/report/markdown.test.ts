import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  capCodePoints,
  capMiddle,
  count,
  fencedBlock,
  inlineCode,
  link,
  oneLine,
  pathCode,
  plainText,
  tableCell,
  tableCode,
  visibleText,
} from "../../src/report/markdown.ts";
import { RENDERERS, readHtml } from "./gfm.ts";
import { hostileText } from "./hostile.ts";

const exact = (text: string): string => visibleText(text).replaceAll("\n", "<U+000A>").replaceAll("\t", "<U+0009>");

/** What GitHub would turn into a link, a mention, an emoji or a formula when it stands outside code. */
const MAGIC = /@\w|\w#\d|(?:^|\s)#\d|\bGH-\d|\b[0-9a-f]{7,40}\b|:\/\/|www\.|:[a-z_]+:|\$/i;

describe.each(RENDERERS)("rendered by %s", (_name, render) => {
  it("keeps any text in exactly one fenced block, unchanged but for hidden characters", () => {
    fc.assert(
      fc.property(hostileText, hostileText, (text, before) => {
        const html = readHtml(render(`${plainText(before)}\n\n${fencedBlock(text, "text")}\n\nafter\n`));
        expect(html.blocks).toEqual([`${visibleText(text).replace(/\n+$/, "")}\n`]);
        expect(html.prose).toContain("after");
      }),
    );
  });

  it("keeps any text in exactly one code span, unchanged but for hidden characters", () => {
    fc.assert(
      fc.property(hostileText, (text) => {
        const html = readHtml(render(`x ${inlineCode(text, 10_000)} y\n`));
        expect(html.tags).toEqual(["p", "code"]);
        expect(html.spans).toEqual([text === "" ? " " : exact(text)]);
      }),
    );
  });

  it("keeps any text in one table cell", () => {
    fc.assert(
      fc.property(hostileText, hostileText, (path, reason) => {
        const html = readHtml(
          render(`| a | b | c |\n| --- | --- | --- |\n| ${tableCode(path, 10_000)} | ${tableCell(reason)} | end |\n`),
        );
        expect(html.rows).toHaveLength(2);
        const shown = exact(path);
        const spelled = shown.includes("\\|") ? shown.replaceAll("|", "<U+007C>") : shown;
        expect(html.rows[1]?.[0]?.trim()).toBe(spelled.trim());
        expect(html.rows[1]?.[1]).toBe(reason.trim() === "" ? "–" : oneLine(reason));
        expect(html.rows[1]?.[2]).toBe("end");
        expect(html.links).toEqual([]);
      }),
    );
  });

  it("shows any prose as one paragraph of inert text that reads as it was written", () => {
    fc.assert(
      fc.property(hostileText, (text) => {
        fc.pre(oneLine(text) !== "");
        const html = readHtml(render(`${plainText(text, 10_000)}\n`));
        expect(html.tags.filter((tag) => tag !== "code")).toEqual(["p"]);
        expect(html.links).toEqual([]);
        expect(html.prose).not.toMatch(MAGIC);
        const whole = readHtml(render(`| a |\n| --- |\n| ${plainText(text, 10_000)} |\n`)).rows[1]?.[0];
        expect(whole).toBe(oneLine(text));
      }),
    );
  });

  it("links only to the address that was meant", () => {
    const html = readHtml(
      render(`${link("x", "https://a.example/(b)_c_ d|e*f[g]\\h`i<j>k")} ${link("y", "javascript:x")}`),
    );
    expect(html.links).toHaveLength(1);
    expect(decodeURI(html.links[0] ?? "")).toMatch(/^https:\/\/a\.example\/\(b\)_c_ d\|e\*f\[g\]/);
    expect(html.tags).toEqual(["p", "a"]);
  });
});

describe("inline text", () => {
  it.each([
    ["a mention", "thanks @octocat again", "thanks `@octocat` again"],
    ["an issue", "fixes #12", "fixes `#12`"],
    ["an address", "see https://evil.example/a.", "see `https://evil.example/a`."],
    ["an emoji code", "nice :tada:", "nice `:tada:`"],
    ["a formula", "costs $5", "costs `$5`"],
    ["a commit id", "since 4b825dc", "since `4b825dc`"],
  ])("puts %s into code", (_, text, expected) => {
    expect(plainText(text)).toBe(expected);
  });

  it("leaves ordinary prose readable in its source", () => {
    expect(plainText("Retries on 5xx answers (at 09:04:12), not on time-outs.")).toBe(
      "Retries on 5xx answers (at 09:04:12), not on time-outs.",
    );
  });

  it("refuses links that are not http, carry a user name, or are too long", () => {
    expect(link("x", "ftp://a.example")).toBe("x");
    expect(link("x", "https://user@a.example")).toBe("x");
    expect(link("x", `https://a.example/${"y".repeat(2000)}`)).toBe("x");
    expect(link("x", "nonsense")).toBe("x");
    expect(link("x", undefined)).toBe("x");
  });

  it("keeps both ends of a long path", () => {
    const code = pathCode(`src/${"a/".repeat(500)}secret.key`);
    expect(code.length).toBeLessThanOrEqual(210);
    expect(code).toMatch(/^`src\/.*….*\/secret\.key`$/);
  });

  it("spells out what a reader cannot see, but keeps emoji whole", () => {
    expect(inlineCode("a\u202eb\u00adc\r\nd")).toBe("`a<U+202E>b<U+00AD>c<U+000A>d`");
    expect(inlineCode("👩‍👩‍👧 ⚠️")).toBe("`👩‍👩‍👧 ⚠️`");
  });

  it("counts in English", () => {
    expect([count(1, "file"), count(10_000, "file"), count(0, "entry", "entries")]).toEqual([
      "1 file",
      "10,000 files",
      "0 entries",
    ]);
  });
});

describe("caps", () => {
  it("never exceed the maximum, split a surrogate pair, or touch what fits", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 200 }), fc.integer({ min: 0, max: 220 }), (text, max) => {
        for (const cap of [capCodePoints, capMiddle]) {
          const capped = cap(text, max);
          expect(capped.length).toBeLessThanOrEqual(max);
          expect(capped.isWellFormed()).toBe(true);
          if (text.length <= max) expect(capped).toBe(text);
        }
      }),
    );
  });

  it("cut a family between two families, not inside one", () => {
    const family = "👩‍👩‍👧‍👦";
    expect(capCodePoints(family.repeat(3), family.length * 2)).toBe(`${family}…`);
  });

  it("announce the cut in the last line of a fenced block and keep its size", () => {
    fc.assert(
      fc.property(hostileText, fc.integer({ min: 0, max: 2000 }), (text, max) => {
        const block = fencedBlock(text.repeat(50), "diff", max);
        expect(block.length).toBeLessThanOrEqual(max);
      }),
    );
    const block = fencedBlock("x".repeat(5000), "text", 200);
    expect(block.split("\n").at(-2)).toBe("[cut here: the evidence artifact has the rest]");
    expect(fencedBlock("x".repeat(5000), "text", 20)).toBe("");
  });
});
