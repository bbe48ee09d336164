import { describe, expect, it } from "vitest";
import { findPathFaults } from "../../src/governance/path.ts";
import { parsePlan } from "../../src/governance/plan.ts";
import { freezePrompt } from "../../src/governance/prompt.ts";
import { nameCodePoint } from "../../src/governance/visible.ts";
import { renderCheckSummary } from "../../src/report/check.ts";
import { renderComment } from "../../src/report/comment.ts";
import { renderConsole } from "../../src/report/console.ts";
import { fencedBlock, inlineCode, pathCode, plainText, tableCode } from "../../src/report/markdown.ts";
import { renderSummary } from "../../src/report/summary.ts";
import { HIDDEN, listEmoji } from "./emoji.ts";
import { SLOTS } from "./slots.ts";
import { drifted } from "./views.ts";

const isHidden = /[\p{Default_Ignorable_Code_Point}\p{Cf}]/u;
/** Joiners and selectors of emoji are seen as one picture; the reports have such emoji of their own. */
const withoutEmoji = (text: string): string => text.replace(/\p{RGI_Emoji}/gv, "");

const rawPlan = (text: string): string =>
  JSON.stringify({
    summary: text,
    steps: [{ title: text, rationale: text, files: [] }],
    files: [{ path: "a", operation: "create", from: null, reason: text }],
    verification: [text],
    risks: [text],
    rollback: text,
  });

describe("each of the code points that are default-ignorable or format characters", () => {
  it("is known: 4,206 of them in Unicode 17", () => {
    expect(process.versions.unicode).toBe("17.0");
    expect(HIDDEN).toHaveLength(4_206);
  });

  it("is refused in a prompt, wherever it stands, and named", () => {
    const accepted = HIDDEN.filter((one) =>
      [`${one}a`, `a${one}`, `a${one}b`, `a ${one} b`, `a\n${one}\nb`, `👩${one}x`, `x${one}👩`].some((text) => {
        const result = freezePrompt(`/codex ${text}`, "/codex");
        const isRefused = result.status === "refused" && result.reasonCode === "prompt_invisible";
        return !(isRefused && result.findings.some(({ got }) => got === nameCodePoint(one)));
      }),
    );
    expect(accepted.map(nameCodePoint)).toEqual([]);
  });

  it("is refused between two emoji unless the three are one emoji that Unicode recommends", () => {
    const wrong = HIDDEN.filter((one) => {
      const text = `👩${one}🚀`;
      const isAccepted = freezePrompt(`/codex ${text}`, "/codex").status === "frozen";
      return isAccepted !== /^\p{RGI_Emoji}+$/v.test(text);
    });
    expect(wrong.map(nameCodePoint)).toEqual([]);
    expect(freezePrompt("/codex 👩\u200d🚀", "/codex").status).toBe("frozen");
  });

  it("is refused in a planned path, wherever it stands", () => {
    const accepted = HIDDEN.filter((one) =>
      [`${one}a`, `a${one}`, `src/a${one}b.ts`, `src${one}/a`, `src/${one}`, one].some(
        (path) => !findPathFaults(path).some(({ code }) => code === "path_invisible"),
      ),
    );
    expect(accepted.map(nameCodePoint)).toEqual([]);
  });

  it("is spelled out in every text of a plan", () => {
    const kept = HIDDEN.filter((one) => {
      const result = parsePlan(rawPlan(`a${one}b`));
      if (result.status === "invalid") return true;
      const { summary, steps, files, verification, risks, rollback } = result.plan;
      const texts = [summary, rollback, ...verification, ...risks, files[0]?.reason];
      const all = [...texts, ...steps.flatMap(({ title, rationale }) => [title, rationale])];
      // JavaScript counts the byte order mark among white space, which a plan's texts fold to one blank.
      const shown = one === "\ufeff" ? "a b" : `a<${nameCodePoint(one)}>b`;
      return all.some((text) => text !== shown);
    });
    expect(kept.map(nameCodePoint)).toEqual([]);
  });

  it.each([
    ["a code span", inlineCode],
    ["a cell of code", tableCode],
    ["a path", pathCode],
    ["a block", (text: string) => fencedBlock(text, "text")],
  ])("is shown by its name in %s", (_name, render) => {
    const kept = HIDDEN.filter((one) => {
      const shown = render(`a${one}b`);
      return isHidden.test(shown) || !shown.includes(`a<${nameCodePoint(one)}>b`);
    });
    expect(kept.map(nameCodePoint)).toEqual([]);
  });

  it("is shown by its name in prose", () => {
    const kept = HIDDEN.filter((one) => !plainText(`a${one}b`).includes(nameCodePoint(one)));
    expect(kept.map(nameCodePoint)).toEqual([]);
  });
});

describe("hidden characters in every place that others can fill", () => {
  it.each(Object.entries(SLOTS))("reach no reader unseen: %s", (_slot, fill) => {
    for (let from = 0; from < HIDDEN.length; from += 300) {
      const view = fill(drifted, HIDDEN.slice(from, from + 300).join("x"));
      const pages = [
        renderComment(view),
        renderCheckSummary(view),
        renderSummary(view),
        ...renderConsole(view, "token"),
      ];
      for (const page of pages) expect(isHidden.exec(withoutEmoji(page))?.[0]).toBeUndefined();
    }
  });
});

describe("emoji", () => {
  const emoji = listEmoji();

  it("are found in every kind of sequence", () => {
    const amount = (form: RegExp): number => emoji.filter((one) => form.test(one)).length;
    expect(emoji.length).toBeGreaterThan(3_900);
    expect(amount(/\u200d/)).toBeGreaterThan(1_500);
    expect(amount(/^\p{Regional_Indicator}{2}$/u)).toBeGreaterThanOrEqual(258);
    expect(amount(/\u20e3$/)).toBe(12);
    expect(amount(/\u{e007f}$/u)).toBe(3);
    expect(amount(/\p{Emoji_Modifier}/u)).toBeGreaterThan(2_000);
  });

  it("are allowed in a prompt, each alone, beside another one and in a sentence", () => {
    const refused = emoji.filter((one) =>
      [one, `${one}${one}`, `use ${one}, please`].some((text) => {
        const result = freezePrompt(`/codex ${text}`, "/codex");
        return result.status !== "frozen" || result.prompt.text !== text;
      }),
    );
    expect(refused).toEqual([]);
  });

  it("stay whole where they are shown", () => {
    expect(
      emoji.filter((one) => inlineCode(one) !== `\`${one}\`` || plainText(`a ${one}`) !== `a ${escaped(one)}`),
    ).toEqual([]);
  });
});

/** Two keycaps are made of characters that mean something to markdown. */
function escaped(emoji: string): string {
  return emoji.replace(/[*#]/, (found) => `&#${found.charCodeAt(0)};`);
}
