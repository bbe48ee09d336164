import { describe, expect, test } from "vitest";
import { auditBundle } from "../../src/governance/audit.ts";
import { auditCommit, type CommitClaim, type CommitFacts } from "../../src/governance/commit-audit.ts";
import { bundleOf } from "./audit-bundles.ts";
import { HEAD } from "./builders.ts";

const claim = auditBundle(bundleOf()).claims?.commit as CommitClaim;
const TREE = "e".repeat(40);
const trailers = Object.entries(claim.trailers).map(([name, value]) => `${name}: ${value}`);
const facts: CommitFacts = {
  parents: [HEAD],
  message: ["Do it", "", ...trailers, "Codex-Evidence: artifact 5 sha256:…", ""].join("\n"),
  tree: TREE,
  claimedTree: TREE,
};

describe("the commit that a bundle tells of", () => {
  test("is the one with its parent, its trailers and its tree", () => {
    expect(auditCommit(claim, facts)).toBeUndefined();
    expect(Object.keys(claim.trailers)).toEqual(["Codex-Plan", "Codex-Binding", "Codex-Approved-By", "Codex-Journal"]);
  });

  test.each<[string, Partial<CommitFacts>, object]>([
    ["another parent", { parents: ["d".repeat(40)] }, { expected: HEAD, got: "d".repeat(40) }],
    ["a second parent", { parents: [HEAD, "d".repeat(40)] }, { got: `${HEAD} ${"d".repeat(40)}` }],
    ["no parent", { parents: [] }, { message: "The commit's parent is another one." }],
    ["no trailers", { message: "Do it" }, { message: "The trailer Codex-Plan is another one.", got: "nothing" }],
    ["another tree", { tree: HEAD }, { message: "The commit's tree is another one.", expected: TREE, got: HEAD }],
    [
      "a parent that the patch does not fit",
      { claimedTree: undefined },
      { expected: "the parent's with the patch", got: TREE },
    ],
  ])("is no commit with %s", (_, changes, finding) => {
    expect(auditCommit(claim, { ...facts, ...changes })).toMatchObject(finding);
  });

  test.each(Object.keys(claim.trailers))("is no commit with another trailer %s", (name) => {
    const message = facts.message.replace(new RegExp(`${name}: .*`), `${name}: other`);
    expect(auditCommit(claim, { ...facts, message })).toMatchObject({ expected: claim.trailers[name], got: "other" });
  });
});
