import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { findLookAlikes } from "../../src/governance/look-alike.ts";

const LABEL = "approved-plan";
const got = (...names: string[]) => findLookAlikes(LABEL, names).map((finding) => finding.got);

describe("a label looks like the approval label", () => {
  test.each([
    ["a Cyrillic letter", "\u{430}pproved-plan", "<U+0430>pproved-plan"],
    ["a Greek letter", "appr\u{3BF}ved-plan", "appr<U+03BF>ved-plan"],
    ["several scripts", "\u{430}\u{440}\u{440}r\u{43E}v\u{435}d-\u{440}l\u{430}n", expect.any(String)],
    ["wide letters", "\u{FF41}pproved-plan", "<U+FF41>pproved-plan"],
    ["mathematical letters", "\u{1D41A}pproved-plan", "<U+1D41A>pproved-plan"],
    ["another hyphen", "approved\u{2010}plan", "approved<U+2010>plan"],
    ["a low line", "approved_plan", "approved_plan"],
    ["no hyphen", "approvedplan", "approvedplan"],
    ["an invisible character", "approved\u{200B}-plan", "approved<U+200B>-plan"],
    ["a tag character", "approved-plan\u{E0061}", "approved-plan<U+E0061>"],
    ["a blank at the end", "approved-plan ", "approved-plan<U+0020>"],
    ["a blank at the start", " approved-plan", "<U+0020>approved-plan"],
    ["two blanks", "approved  plan", "approved<U+0020> plan"],
    ["a digit for a letter", "appr0ved-p1an", "appr0ved-p1an"],
    ["a dotless letter and a mark", "approved-pla\u{300}n", "approved-pla<U+0300>n"],
    ["upper-case twins", "\u{410}PPROVED-PLAN", "<U+0410>PPROVED-PLAN"],
  ])("by %s", (_, name, shown) => {
    expect(got("bug", name)).toEqual([shown]);
  });

  test("also when the policy's label is composed and the other is not, or is of another script", () => {
    expect(findLookAlikes("caf\u{E9}", ["cafe\u{301}", "tea"])).toHaveLength(1);
    expect(findLookAlikes("\u{441}ор", ["cop"])).toHaveLength(1);
  });
});

describe("a label does not look like it", () => {
  test.each([
    "bug",
    "approved",
    "approved-plan-2",
    "not-approved-plan",
    "planned",
    LABEL,
    "Approved-PLAN",
    "",
    "---",
    "\u{200B}",
  ])("%j", (name) => {
    expect(got(name)).toEqual([]);
  });

  test("when the policy's label has no letter at all, whatever else has none", () => {
    expect(findLookAlikes("\u{2705}", ["\u{1F44D}", "--", ""])).toEqual([]);
  });
});

test("what is shown of a name is plain ASCII", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", maxLength: 20 }), (name) => {
      for (const { got: shown } of findLookAlikes(LABEL, [name, `${LABEL}${name}`, `\u{430}pproved-plan`])) {
        expect(shown).toMatch(/^[\x20-\x7e]+$/);
      }
    }),
  );
});
