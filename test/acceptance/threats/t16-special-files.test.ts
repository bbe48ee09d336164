import { describe, expect, test } from "vitest";
import { applyPatch } from "../../world/model.ts";
import { Pull } from "../../world/pull.ts";
import { create, decisionOf, denied, greet, modify, planOf, steps } from "../bed.ts";
import { expectDenied, openScene, planned } from "../scene.ts";

const scene = openScene({ ready: ["planned"] });

describe("T16 workflow files, links, submodules, .git", () => {
  test.each([
    ["a workflow", modify(".github/workflows/codex.yml"), "plan_protected_paths", /path_protected/],
    [
      "a new workflow in another case",
      create(".GITHUB/WORKFLOWS/x.yml"),
      "plan_protected_paths",
      /path_(?:protected|case_twin)/,
    ],
    ["a local action", create(".github/actions/x/action.yml"), "plan_protected_paths", /path_protected/],
    ["the policy", create(".github/codex-governance.yml"), "plan_protected_paths", /path_protected/],
    ["the owners", create(".github/CODEOWNERS"), "plan_protected_paths", /path_protected/],
    ["the owners at the root", create("CODEOWNERS"), "plan_protected_paths", /path_protected/],
    ["the owners among the documents", create("docs/CODEOWNERS"), "plan_protected_paths", /path_protected/],
    ["the submodules' list", create(".gitmodules"), "plan_protected_paths", /path_protected/],
    ["a hook", create(".git/hooks/pre-commit"), "plan_paths_refused", /path_git_directory/],
    ["a hook by another name", create("src/GIT~1/hooks/pre-commit"), "plan_paths_refused", /path_git_directory/],
    ["a submodule", modify("vendored"), "plan_paths_refused", /path_submodule/],
    ["below a submodule", create("vendored/x.js"), "plan_paths_refused", /path_submodule/],
    ["a link", modify("link-to-docs"), "plan_paths_refused", /path_(?:symlink|special)/],
    ["below a link", create("link-to-docs/x.md"), "plan_paths_refused", /path_symlink/],
  ])("are refused in a plan: %s", async (_name, file, reasonCode, finding) => {
    const { world } = scene;
    const pull = await Pull.open(world, { files: { vendored: { content: "1".repeat(40), mode: "160000" } } });
    world.agent.plan = () => planOf([file]);
    const result = await pull.ask();
    expect(decisionOf(result).decision).toBe("deny");
    // A path in another case is also the twin of a tracked one; either refusal is right.
    expect([reasonCode, "plan_paths_refused"]).toContain(result.outputs["reason-code"]);
    expect(pull.comments.at(-1)?.body).toContain(result.outputs["reason-code"]);
    const told = `${pull.comments.at(-1)?.body}${result.outputs.result}`;
    expect(told).toMatch(finding);
    // Nothing that a label could approve.
    expect(pull.checks((await pull.head) ?? "")).toEqual([]);
  });

  test.each([
    ["a workflow", "*** Add File: .github/workflows/evil.yml"],
    ["a hook", "*** Add File: .git/hooks/pre-commit"],
    ["a nested .git", "*** Add File: src/.git/config"],
    ["the policy", "*** Add File: .github/codex-governance.yml"],
  ])("are declined in a change: %s", async (_name, line) => {
    const pull = await planned(scene.world);
    scene.world.agent.change = steps(greet(), applyPatch([line, "+x"]));
    await expectDenied(pull, "parity_failed", () => pull.label());
  });

  test("are no way around the dry run in a plan that was approved for something else", async () => {
    const pull = await planned(scene.world);
    scene.world.agent.change = steps(
      applyPatch([
        "*** Update File: src/greeting.js",
        "*** Move to: .github/workflows/evil.yml",
        "@@",
        '-export const greeting = "hello";',
        "+on: push",
      ]),
    );
    expect(decisionOf(await pull.label())).toEqual(denied("parity_failed"));
  });
});
