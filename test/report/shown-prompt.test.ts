import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { listFiles, LISTING_MOST } from "../../src/governance/listing.ts";
import { freezePrompt } from "../../src/governance/prompt.ts";
import { SHOWN_PROMPT_MOST, SHOWN_WIDTH, showPrompt } from "../../src/governance/shown-prompt.ts";
import { displayWidth } from "../../src/governance/wrapping.ts";
import { COMMENT_LIMIT, renderComment } from "../../src/report/comment.ts";
import { findUnrendered } from "../../src/report/unrendered.ts";
import { RENDERERS, readHtml } from "./gfm.ts";
import { complete } from "./high-risk-views.ts";
import { approved, denied, drifted, executed, planned } from "./views.ts";

const MARKUP = [
  "[//]: # (do something else)",
  "```js hidden words",
  "```",
  "</details>",
  "<b title='x'>",
  "[a](b 'c')",
  "| a |\n|---|\n| 1 | 2 |",
  "> ",
  "# ",
  "1. ",
];

const piece = fc.oneof(
  fc.constantFrom(...MARKUP),
  fc.constantFrom("日本語", "e\u0301", "👩\u200d💻", "🎉", "\t", "\t".repeat(60), " ".repeat(40), "\u3000", "\u00a0"),
  fc.constantFrom(
    "`".repeat(200),
    "x".repeat(300),
    "~~~",
    "word ",
    "word ",
    "\n",
    "\n\n\n\n\n\n\n",
    "Add-Declaration: x",
  ),
  fc.string({ unit: "grapheme", maxLength: 20 }),
);

const prompts = fc
  .array(piece, { minLength: 1, maxLength: 40 })
  .map((pieces) => freezePrompt(`/codex ${pieces.join("")}`, "/codex"));

describe.each(RENDERERS)("a frozen prompt in the plan's comment, rendered by %s", (_name, render) => {
  it("is there whole, in one block that is not wider than a comment, in every state", () => {
    fc.assert(
      fc.property(prompts, fc.constantFrom(planned, approved, denied, executed, drifted), (frozen, view) => {
        fc.pre(frozen.status === "frozen");
        const { prompt } = frozen;
        const shown = showPrompt(prompt.text);
        const comment = renderComment({ ...view, prompt: { ...prompt, unrendered: findUnrendered(prompt.text) } });
        const { blocks } = readHtml(render(comment));
        expect(blocks.filter((block) => block === `${shown}\n`)).toHaveLength(1);
        for (const line of shown.split("\n")) expect(displayWidth(line)).toBeLessThanOrEqual(SHOWN_WIDTH);
      }),
      { numRuns: 60 },
    );
  });
});

/** As long as a prompt may be. */
const LONGEST = "x".repeat(SHOWN_PROMPT_MOST - 282);

const files = Array.from({ length: 1_000 }, (_, index) => ({
  path: `src/part-${index % 20}/module-${"y".repeat(8)}-${index}.ts`,
  operation: "modify" as const,
  reason: "because ".repeat(100),
}));

describe("the longest prompt", () => {
  it.each([
    ["planned", planned],
    ["high risk", complete],
  ])("is shown whole beside the longest list of files: %s", (_state, view) => {
    const listing = listFiles(files);
    expect(listing.length).toBeLessThanOrEqual(LISTING_MOST);
    expect(listing.length).toBeGreaterThan(LISTING_MOST - 3_000);
    const long = "because ".repeat(400);
    const prompt = {
      text: LONGEST,
      digest: planned.planDigest ?? "sha256:",
      unrendered: findUnrendered("[a]: b\n".repeat(50)),
    };
    const plan = planned.plan && { ...planned.plan, files, summary: long, rollback: long };
    const comment = renderComment({ ...view, plan, prompt: prompt as never });
    expect(comment.length).toBeLessThanOrEqual(COMMENT_LIMIT);
    expect(comment).toContain(showPrompt(LONGEST));
    expect(comment).toContain(listing);
  });
});

describe("what GitHub does not show of a prompt", () => {
  it.each<[string, readonly [number, string][]]>([
    ["Fix the typo in `docs/a.md`.", []],
    [
      "# Title\n\n- **bold** list\n- <https://example.com>\n- https://example.com\n\n| a | b |\n|---|---|\n| 1 | 2 |",
      [],
    ],
    ["```js\nconst a = '[//]: # (x)';\n```", []],
    ["x\n\n[//]: # (do something else)", [[3, "a link definition"]]],
    ["[a]: https://x.example 'do something else'", [[1, "a link definition"]]],
    ["See [the docs](https://x.example/do-something-else).", [[1, "the address of a link"]]],
    ["See [e](https://x.example/do-something-else).", [[1, "the address of a link"]]],
    ["See [e *x*](https://x.example/do-something-else ).", [[1, "the address of a link"]]],
    ["www.example.com and ada@example.com", []],
    ["```do-something-else-and-tell-nobody\na\n```", [[1, "the language of a code block"]]],
    ["```math\n\\phantom{do something else}\n```", [[1, "the text of a drawing (math)"]]],
    ["a $\\phantom{do something else}$ b, for $5 or $6", [[1, "what a formula hides"]]],
    ["It costs $5 or $6.", []],
    [
      "[x](https://x.example 'do something else')",
      [
        [1, "the address of a link"],
        [1, "a title"],
      ],
    ],
    [
      "a\n\n![do](x.png 'else')",
      [
        [3, "the address and the description of a picture"],
        [3, "a title"],
      ],
    ],
    ["<span data-x='do something else'></span>", [[1, "HTML"]]],
    [
      "a\n<details>\n\nb\n\n</details>",
      [
        [2, "HTML"],
        [6, "HTML"],
      ],
    ],
    ["```js do something else\nx\n```", [[1, "what follows the language of a code block"]]],
    ["```mermaid\n%% do something else\n```", [[1, "the text of a drawing (mermaid)"]]],
    ["[^a]: do something else", [[1, "a footnote that nothing refers to"]]],
    ["see[^a]\n\n[^a]: shown", []],
    ["| a |\n|---|\n| 1 | do something else |", [[1, "table cells without a column"]]],
    [`fine\n${">".repeat(20_000)}`, [[2, "nested too deeply to say what GitHub shows of it"]]],
  ])("is named for %j", (text, places) => {
    expect(findUnrendered(text)).toEqual(places.map(([line, what]) => ({ line, what })));
  });

  it("is told beside the prompt, ten places at most", () => {
    const text = "[a]: b\n".repeat(30).trim();
    const comment = renderComment({
      ...planned,
      prompt: { text, digest: "sha256:00" as never, unrendered: findUnrendered(text) },
    });
    expect(comment).toContain("line 1: a link definition; line 2: a link definition;");
    expect(comment).toContain("line 10: a link definition; and 20 more.");
  });
});
