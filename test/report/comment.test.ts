import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { digestOf } from "../../src/governance/digest.ts";
import { LISTING_MOST, listFiles } from "../../src/governance/listing.ts";
import { outcome, REASONS, type ReasonCode, remedyOf } from "../../src/governance/outcome.ts";
import { renderCheckSummary, renderCheckTitle } from "../../src/report/check.ts";
import { COMMENT_LIMIT, pointToNewer, renderComment } from "../../src/report/comment.ts";
import { parseMarker } from "../../src/report/marker.ts";
import { renderRefusal } from "../../src/report/refusal.ts";
import { renderSummary, SUMMARY_BYTES } from "../../src/report/summary.ts";
import type { RunView } from "../../src/report/view.ts";
import { findReferences, RENDERERS, readHtml } from "./gfm.ts";
import { EVERYTHING, hostileText } from "./hostile.ts";
import * as views from "./views.ts";

const { approved, denied, drifted, executed, planned, refused, STATES, verificationFailed } = views;

/** Puts the texts, in turn, into every field that somebody else than us can fill. */
function infest(view: RunView, texts: readonly string[]): RunView {
  let next = 0;
  const text = (): string => texts[next++ % texts.length] ?? "";
  const plan = view.plan && {
    summary: text(),
    steps: view.plan.steps.map(() => ({ title: text(), rationale: text(), files: [text(), text()] })),
    files: view.plan.files.map((file) => ({ ...file, path: text(), from: text(), reason: text() })),
    verification: [text()],
    suggestions: [text()],
    risks: [text()],
    rollback: text(),
  };
  const first = plan?.files[0]?.path ?? "";
  return {
    ...view,
    outcome: {
      ...view.outcome,
      findings: [{ code: "x", message: text(), path: text(), expected: text(), got: text() }],
    },
    requester: text(),
    approver: text(),
    label: text(),
    command: text(),
    prompt: { text: text(), digest: digestOf("x") },
    plan,
    baseRef: text(),
    codex: { version: "1", model: text(), effort: text() },
    instructionSources: [text()],
    owners: new Map([[first, [text(), text()]]]),
    files: [
      { path: first, approved: "create", asked: "create", verdict: "granted" },
      { path: text(), approved: undefined, asked: "modify", verdict: "declined" },
    ],
    escalations: [{ method: text(), detail: text() }],
    drift: { mode: "scope", classes: [text()], diff: text() },
    patch: text(),
    verification: [{ command: text(), exitCode: 1, timedOut: false, output: text() }],
    artifact: { name: text(), url: "https://github.com/acme/shop/actions/runs/1/artifacts/2" },
    timeline: [{ at: text(), what: text(), who: text(), decision: "info" }],
  };
}

const OUR_TAGS = new Set(
  "a br code details em h3 h4 input li p pre strong summary table tbody td th thead tr ul".split(" "),
);
OUR_TAGS.delete("input");

const hostileView = fc
  .tuple(fc.constantFrom(...Object.values(STATES)), fc.array(hostileText, { minLength: 1, maxLength: 40 }))
  .map(([view, texts]) => infest(view, texts));

describe.each(RENDERERS)("a hostile comment rendered by %s", (_name, render) => {
  it("has no element, attribute or link that is not ours, and as many tables, folds and blocks as headings say", () => {
    fc.assert(
      fc.property(hostileView, (view) => {
        for (const markdown of [renderComment(view), renderCheckSummary(view), renderSummary(view)]) {
          const html = readHtml(render(markdown));
          expect(html.tags.filter((tag) => !OUR_TAGS.has(tag))).toEqual([]);
          expect(html.attributes.filter((name) => name !== "details open" && name !== "a name")).toEqual([]);
          expect(html.links.filter((href) => !href.startsWith("https://github.com/"))).toEqual([]);
          expect(findReferences(html)).toEqual([]);
        }
      }),
      { numRuns: 60 },
    );
  });

  it("keeps the tables' shape: every row has as many cells as the head of its table", () => {
    const html = readHtml(render(renderComment(infest(planned, [EVERYTHING]))));
    expect(html.rows.map((row) => row.length)).not.toContain(0);
    const files = html.rows.filter(([operation]) => operation?.endsWith("create") || operation?.endsWith("modify"));
    expect(files.map((row) => row.length)).toEqual([5, 5, 5]);
  });

  it.each(Object.entries(STATES))("has no code block but the intended ones in state %s", (_state, view) => {
    const calm = readHtml(render(renderComment(view)));
    const prompt = `${EVERYTHING}\n`.repeat(3);
    const wild = readHtml(
      render(renderComment({ ...view, prompt: view.prompt && { text: prompt, digest: digestOf(prompt) } })),
    );
    expect(wild.blocks).toHaveLength(calm.blocks.length);
    expect(wild.tags).toEqual(calm.tags);
    expect(wild.prose.replace(/[\d,]+ characters/, "")).toBe(calm.prose.replace(/[\d,]+ characters/, ""));
  });
});

describe("the size of what is rendered", () => {
  const many = (amount: number, reason: string): RunView => ({
    ...denied,
    plan: denied.plan && {
      ...denied.plan,
      files: Array.from({ length: amount }, (_, index) => ({
        path: `src/generated/module-${index}/file.ts`,
        operation: index % 3 === 0 ? ("delete" as const) : ("modify" as const),
        reason,
      })),
    },
    files: Array.from({ length: amount }, (_, index) => ({
      path: `other/${index}.ts`,
      approved: undefined,
      asked: "create" as const,
      verdict: "unplanned change" as const,
    })),
  });
  const emoji = "😀".repeat(65_536);
  const huge: Readonly<Record<string, RunView>> = {
    "a prompt of 65,536 emoji": { ...planned, prompt: { text: emoji, digest: digestOf(emoji) } },
    "a plan of 10,000 files": many(10_000, "because"),
    "a prompt of invisible characters": { ...planned, prompt: { text: "\u200b".repeat(65_536), digest: digestOf("") } },
    "back-ticks everywhere": infest(many(300, "`".repeat(5000)), ["`".repeat(30_000)]),
    "everything huge": infest({ ...drifted, ...many(500, emoji) }, [
      emoji,
      "<".repeat(70_000),
      "\u0000".repeat(70_000),
    ]),
    "an output of 300,000 lines": { ...verificationFailed, patch: "+x\n".repeat(300_000) },
    "10,000 timeline entries": {
      ...executed,
      timeline: Array.from({ length: 10_000 }, () => views.published),
    },
  };

  it.each(Object.entries(huge))("stays inside every limit with %s, and digest and evidence still show", (_, view) => {
    const comment = renderComment(view);
    expect(comment.length).toBeLessThanOrEqual(COMMENT_LIMIT);
    expect(comment.isWellFormed()).toBe(true);
    expect(comment).toContain(view.planDigest);
    expect(comment).toContain(view.artifact?.url);
    expect(parseMarker(comment)).toMatchObject({ pullRequest: 42, headSha: view.headSha });
    expect(Buffer.byteLength(renderCheckSummary(view))).toBeLessThanOrEqual(65_535);
    expect(renderCheckTitle(view).length).toBeLessThanOrEqual(255);
    expect(Buffer.byteLength(renderSummary(view))).toBeLessThanOrEqual(SUMMARY_BYTES);
  });

  /** Up to as many files as may be planned, with names, reasons and company as long as they can be. */
  const crowded = (amount: number, name: (index: number) => string): RunView => {
    const files = Array.from({ length: amount }, (_, index) => ({
      path: name(index),
      operation: index % 3 === 0 ? ("create" as const) : ("modify" as const),
      reason: "`@everyone` ".repeat(300),
    }));
    const long = "because ".repeat(4_000);
    return {
      ...planned,
      plan: planned.plan && { ...planned.plan, files, summary: long, rollback: long, risks: Array(50).fill(long) },
      prompt: { text: emoji, digest: digestOf(emoji) },
      owners: new Map(files.map(({ path }) => [path, ["@org/team-a", "@org/team-b"]])),
      outcome: {
        ...planned.outcome,
        findings: files.map(({ path }) => ({ code: "plan_warning", message: long, path })),
      },
    };
  };

  it.each<[string, RunView, string]>([
    ["ten with long reasons: a table", crowded(10, (index) => `src/module-${index}.ts`), "| `src/module-9.ts` |"],
    ["a hundred with long reasons", crowded(100, (index) => `src/module-${index}.ts`), "\n    module-99.ts\n"],
    ["a thousand", crowded(1_000, (index) => `src/part-${index % 20}/module-${index}.ts`), "\n    module-999.ts\n"],
    ["names of 1,000 back-ticks", crowded(26, (index) => `${index}`.padEnd(1_000, "`")), `\n  25${"`".repeat(998)}\n`],
  ])("shows every file of a plan that waits for an approval: %s", (_, view, last) => {
    const listing = listFiles(view.plan?.files ?? []);
    expect(listing.length).toBeLessThanOrEqual(LISTING_MOST);
    const comment = renderComment(view);
    expect(comment).toContain(last);
    expect(comment.length).toBeLessThanOrEqual(COMMENT_LIMIT);
    if (last.startsWith("\n")) expect(comment).toContain(listing);
    else for (const { path } of view.plan?.files ?? []) expect(comment).toContain(`| \`${path}\` |`);
    expect(comment).toContain(view.planDigest);
  });

  it("tells two paths of 1,000 characters apart that differ in their middle", () => {
    const [a, b] = ["x", "y"].map((letter) => `src/${"a".repeat(500)}${letter}${"a".repeat(500)}`);
    const comment = renderComment(crowded(2, (index) => (index === 0 ? a : b) ?? ""));
    expect(comment).toContain(`\`${a}\``);
    expect(comment).toContain(`\`${b}\``);
  });

  it("says that something was left out", () => {
    expect(renderComment(many(10_000, "because"))).toMatch(/_… and [\d,]+ more, in the artifact\._/);
    expect(renderComment(huge["a prompt of 65,536 emoji"] ?? planned)).toContain("[cut here: ");
    expect(renderComment(huge["10,000 timeline entries"] ?? planned)).toMatch(/[\d,]+ older entries_? in the journal/);
  });

  it("folds a table of more than 100 files under its counts", () => {
    const view = many(101, "because");
    expect(renderComment(view)).toContain(
      "#### Files: 67 modify, 34 delete\n\n<details><summary>All 101 files</summary>",
    );
    expect(renderComment(many(100, "because"))).not.toContain("<summary>All");
  });

  it("holds for any view", () => {
    fc.assert(
      fc.property(hostileView, (view) => {
        expect(renderComment(view).length).toBeLessThanOrEqual(COMMENT_LIMIT);
        expect(renderCheckTitle(view)).not.toMatch(/[\n\r]/);
      }),
    );
  });
});

describe("the marker", () => {
  it("is the first line and reads back what was written", () => {
    fc.assert(
      fc.property(hostileView, fc.integer({ min: 1, max: 1e9 }), (view, pullRequest) => {
        const marker = parseMarker(renderComment({ ...view, pullRequest }));
        expect(marker).toEqual({
          planHex: view.planDigest?.slice(7),
          pullRequest,
          headSha: view.headSha,
          bindingHex: view.bindingDigest?.slice(7),
        });
      }),
    );
  });

  it.each([
    ["not on the first line", `\n${renderComment(planned)}`],
    ["quoted", `> ${renderComment(planned)}`],
    ["of another version", renderComment(planned).replace(" v1 ", " v2 ")],
    ["with a short digest", "<!-- codex-plan-governance v1 plan=abc pr=1 -->"],
    ["with something behind it", "<!-- codex-plan-governance v1 plan=none pr=1 --> hello"],
    ["without a number", "<!-- codex-plan-governance v1 plan=none pr= -->"],
    ["in foreign text", EVERYTHING],
  ])("is not read when %s", (_, body) => {
    expect(parseMarker(body)).toBeUndefined();
  });

  it("is read without a head and with CRLF", () => {
    expect(parseMarker("<!-- codex-plan-governance v1 plan=none pr=7 -->\r\nx")).toEqual({
      planHex: undefined,
      pullRequest: 7,
      headSha: undefined,
    });
  });
});

describe("the comment", () => {
  it.each(Object.keys(REASONS) as ReasonCode[])("tells title, code and remedy of %s", (code) => {
    const { title, decision } = REASONS[code];
    if (decision !== "deny") return;
    for (const stage of ["denied", "revoked", "refused"] as const) {
      const text = renderComment(views.endedWith(stage === "refused" ? refused : denied, code, stage));
      expect(text.toLowerCase()).toContain(title.toLowerCase());
      expect(text).toContain(`\`${code}\``);
      expect(text).toContain(`**What to do:** ${remedyOf(code, "/codex")}`);
    }
    expect(renderCheckTitle(views.endedWith(denied, code, "denied"))).toBe(`${title} (${code})`);
  });

  it("tells who may approve", () => {
    expect(renderComment(planned)).toContain(
      "somebody with write access other than [alice](https://github.com/alice) reads the plan and applies the label `approved-plan`",
    );
    expect(renderComment({ ...planned, fourEyes: false })).toContain("the policy lets the requester do it, too");
    expect(renderComment({ ...approved, approver: "alice" })).toContain(
      "[alice](https://github.com/alice) (own request)",
    );
  });

  it("says that nothing was committed only when that is known", () => {
    expect(renderComment(denied)).toContain("This run committed nothing. The label `approved-plan` is not set.");
    const after = renderComment({ ...denied, labelPresent: true, commit: executed.commit });
    expect(after).not.toContain("committed nothing");
    expect(after).toContain("stands on the branch. The label `approved-plan` is still set.");
    const lost = views.endedWith({ ...denied, mode: "execute" }, "github_unavailable", "denied");
    expect(renderComment(lost)).not.toContain("committed nothing");
    expect(renderComment(lost)).toContain("Whether a commit was made is not known");
  });

  it("shows each change outside the plan with what was approved and what was asked", () => {
    const text = renderComment(denied);
    expect(text).toContain("| `package.json` | not in the plan | modify |");
    expect(text).toContain("| `src/webhooks/worker.ts` | modify | delete |");
    expect(text).toContain("**Guard** ⛔ 3 changes outside the plan");
  });

  it("tells a finding once: in the table of changes, or among the findings", () => {
    expect(renderComment(denied)).not.toContain("#### Findings");
    const other = outcome("parity_failed", "denied", [{ code: "x", message: "Another thing", path: "elsewhere.ts" }]);
    expect(renderComment({ ...denied, outcome: other })).toContain("| Another thing | `elsewhere.ts` |");
  });

  it("shows both paths of a rename", () => {
    const file = { path: "b.ts", from: "a.ts", operation: "rename", reason: "Clearer" } as const;
    const plan = planned.plan && { ...planned.plan, files: [file] };
    expect(renderComment({ ...planned, plan })).toContain("| 🔵&nbsp;rename | `a.ts` → `b.ts` |");
  });

  it("counts owners beyond the fourth", () => {
    const owners = new Map([["src/webhooks/worker.ts", ["@a", "@b", "@c", "@d", "@e", "@f"]]]);
    expect(renderComment({ ...planned, owners })).toContain("`@a` `@b` `@c` `@d` and 2 more");
  });

  it("never mentions anybody: names are links or code", () => {
    const text = renderComment({ ...approved, requester: "some[bot]" });
    expect(text).toContain("**Requested by** `some[bot]`");
    expect(text.replace(/`[^`]*`/g, "")).not.toMatch(/@\w/);
  });
});

describe("the refusal", () => {
  it("explains the command to somebody who wrote it without a prompt", () => {
    expect(renderRefusal(views.emptyPrompt)).toContain("```text\n/codex Rename the config option");
    expect(renderRefusal(refused)).not.toContain("```text");
  });

  it("stays short with 1,000 findings", () => {
    const findings = Array.from({ length: 1000 }, () => ({
      code: "x",
      message: "m".repeat(500),
      got: "g".repeat(500),
    }));
    const text = renderRefusal({ ...refused, outcome: outcome("prompt_invisible", "refused", findings) });
    expect(text.length).toBeLessThanOrEqual(16_384);
    expect(text).toContain("No plan was made, nothing was changed.");
  });
});

describe("the comment of a plan that has a newer one", () => {
  const URL = "https://github.com/acme/shop/pull/7#issuecomment-9";
  const note = `**There is a newer plan: ${URL}. Labels and sign-offs are about that one.**`;

  it("says so on top, once, and keeps its marker", () => {
    const noted = pointToNewer("<!-- marker -->\n### Plan\n\nText", URL);
    expect(noted).toBe(`<!-- marker -->\n${note}\n\n### Plan\n\nText`);
    expect(pointToNewer(noted, "https://github.com/elsewhere")).toBe(noted);
  });

  it("gives up its text where both have no room", () => {
    const body = `<!-- marker -->\n${"x".repeat(COMMENT_LIMIT - 16)}`;
    expect(pointToNewer(body, URL)).toBe(`<!-- marker -->\n${note}\n`);
  });
});
