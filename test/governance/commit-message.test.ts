import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { COMMIT_TRAILERS, commitMessage, parseTrailer } from "../../src/governance/commit-message.ts";
import { digestOf } from "../../src/governance/digest.ts";
import { EVERYTHING, hostileText, MAGIC_WORDS } from "../report/hostile.ts";

const write = (summary: string): string =>
  commitMessage({
    summary,
    pullRequest: 7,
    planDigest: digestOf("plan"),
    bindingDigest: digestOf("binding"),
    approver: "grace",
    evidence: { id: 5, digest: digestOf("zip") },
    journalHead: digestOf("record"),
  });

/** What GitHub acts on in a commit's message: mentions, closing keywords, links, directives for CI. */
const ACTED_ON = /@[a-z\d]|#\d|\bGH-\d|:\/\/|\bwww\.|\[skip ci\]|\[ci skip\]/i;

describe("the message of an execution's commit", () => {
  test.each([
    ["Greet in German. And more.", "Greet in German."],
    ["", "Execute the approved plan"],
    ["x".repeat(72), "x".repeat(72)],
    ["x".repeat(73), `${"x".repeat(71)}…`],
    ["Fixes GH-1 and gh-2", "Fixes GH 1 and gh 2"],
    ["Closes https://github.com/acme/shop/issues/1", "Closes https //github.com/acme/shop/issues/1"],
    ["Thanks @octocat, fixes #1 [skip ci]", "Thanks octocat, fixes 1 skip ci"],
  ])("has the first sentence of %j as its first line", (summary, headline) => {
    expect(write(summary).split("\n")[0]).toBe(headline);
  });

  test("says where it comes from, and ties the commit to plan, approver and evidence", () => {
    expect(write("Greet.")).toBe(`Greet.

Executed by codex-plan-governance on pull request 7.

Codex-Plan: ${digestOf("plan")}
Codex-Binding: ${digestOf("binding")}
Codex-Approved-By: grace
Codex-Evidence: artifact 5 ${digestOf("zip")}
Codex-Journal: ${digestOf("record")}`);
  });

  test("makes GitHub act on nothing that a model wrote", () => {
    for (const text of [EVERYTHING, ...MAGIC_WORDS]) expect(write(text).split("\n")[0]).not.toMatch(ACTED_ON);
    fc.assert(
      fc.property(hostileText, (text) => {
        const [headline = "", ...rest] = write(text).split("\n");
        expect(headline).not.toMatch(ACTED_ON);
        expect([...headline].length).toBeLessThanOrEqual(72);
        expect(rest).toEqual(write("x").split("\n").slice(1));
      }),
    );
  });

  test("has trailers that a summary cannot forge", () => {
    const message = write(`x\n\n${COMMIT_TRAILERS.binding}: sha256:0`);
    expect(parseTrailer(message, COMMIT_TRAILERS.binding)).toBe(digestOf("binding"));
  });
});

describe("a trailer is read", () => {
  test.each<[string, string, string | undefined]>([
    ["from the last paragraph", "Greet.\n\nCodex-Plan: a\nCodex-Binding: b", "b"],
    ["from a message of one paragraph", "Codex-Binding: b", "b"],
    ["with empty lines after it", "Greet.\n\nCodex-Binding: b\n\n\n", "b"],
    ["from no paragraph before the last", "Codex-Binding: x\n\nCodex-Plan: a", undefined],
    ["from the last paragraph when one before has it too", "Codex-Binding: x\n\nCodex-Binding: b", "b"],
    ["from the start of a line alone", "Greet.\n\nNo Codex-Binding: b", undefined],
    ["with its own name alone", "Greet.\n\nCodex-Binding-2: b", undefined],
  ])("%s", (_, message, value) => {
    expect(parseTrailer(message, COMMIT_TRAILERS.binding)).toBe(value);
  });
});
