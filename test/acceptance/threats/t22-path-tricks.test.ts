import { existsSync, rmSync } from "node:fs";
import { afterEach, describe, expect, test } from "vitest";
import { applyPatch, type OutputItem, shell } from "../../world/model.ts";
import { Pull } from "../../world/pull.ts";
import { allowed, archived, create, decisionOf, denied, greet, modify, planOf, remove, rename, steps } from "../bed.ts";
import { expectDenied, openScene, planned } from "../scene.ts";

const scene = openScene({ ready: ["planned"] });
const OUTSIDE = "/tmp/codex-plan-governance-escape.txt";
afterEach(() => rmSync(OUTSIDE, { force: true }));
const add = (path: string) => applyPatch([`*** Add File: ${path}`, "+x"]);

const TRICKS: readonly [name: string, item: OutputItem][] = [
  ["a quoted name", add('"src/greeting.js"')],
  ["` b/` in the name", add("src/greeting.js b/src/greeting.js")],
  ["a leading dash", add("-rf")],
  ["the decomposed twin of a name", add("src/gre\u0301eting.js")],
  ["a case twin", add("src/Greeting.js")],
  ["a way through a parent", add("src/../../x")],
  ["a way that ends at another file", add("src/../README2.md")],
  ["an absolute path", add(OUTSIDE)],
  [
    "a rename from the listed file to another",
    applyPatch([
      "*** Update File: src/greeting.js",
      "*** Move to: src/other.js",
      "@@",
      '-export const greeting = "hallo";',
      '+export const greeting = "hi";',
    ]),
  ],
  ["a deletion of the listed file", applyPatch(["*** Delete File: src/greeting.js"])],
];

describe("T22 path tricks", () => {
  test.each(TRICKS)("with %s do not leave the plan", async (_name, item) => {
    const { world } = scene;
    const pull = await planned(world);
    world.agent.change = steps(greet(), item);
    const result = await pull.label();
    // Either Codex itself refuses the patch, or the guard declines it; nothing unlisted is approved.
    if (result.exitCode === 0) {
      const approval = JSON.parse((await archived(pull, result)).get("approval.json") ?? "");
      expect(approval.dryRun.files).toEqual([{ path: "src/greeting.js", operation: "modify" }]);
    } else {
      expect(result.outputs["reason-code"]).toBe("parity_failed");
      expect(pull.isLabelPresent).toBe(false);
    }
    expect(existsSync(OUTSIDE)).toBe(false);
  });

  test("with an ignored file do not leave the plan", async () => {
    const { world } = scene;
    const pull = await Pull.open(world, { files: { ".gitignore": "node_modules\n" } });
    await pull.ask();
    world.agent.change = steps(greet(), add("node_modules/evil/index.js"));
    await expectDenied(pull, "parity_failed", () => pull.label());
  });

  test.each([
    ["a way through a parent", "src/../../x.js", "path_traversal"],
    ["an absolute path", "/etc/passwd", "path_absolute"],
    ["a back-slash", "src\\x.js", "path_backslash"],
    ["a line end", "src/greeting.js\nsrc/x.js", "path_invisible"],
    ["an invisible character", "src/gree\u200Bting.js", "path_invisible"],
    ["a decomposed name", "src/gre\u0301eting.js", "path_not_nfc"],
    ["a blank at the end", "src/greeting.js ", "path_blank"],
    ["a case twin", "src/Greeting.js", "path_case_twin"],
    ["a width twin", "src/\uFF47reeting.js", "path_case_twin"],
    ["a case twin of a directory", "SRC/x.js", "path_case_twin"],
  ])("with %s are no plan", async (_name, path, finding) => {
    const { world } = scene;
    const pull = await Pull.open(world);
    world.agent.plan = () => planOf([create(path)]);
    const result = await pull.ask();
    expect(decisionOf(result)).toEqual(denied("plan_paths_refused", "refused"));
    expect(result.outputs.result).toContain(finding);
  });

  test("with shell writes, modes and links change nothing", async () => {
    const { world } = scene;
    const pull = await planned(world);
    const cmd =
      "echo x > c.txt; chmod +x src/greeting.js; ln -s /etc/passwd p; mkdir d; git init -q .; echo y >> src/price.js; true";
    world.agent.change = steps(shell({ cmd }), greet());
    const result = await pull.label();
    expect(decisionOf(result)).toEqual(allowed("plan_approved", "approved"));
    expect(JSON.parse(result.outputs["changed-files"] ?? "[]")).toEqual(["src/greeting.js"]);
  });

  test("in names that are planned are taken byte for byte", async () => {
    const { world } = scene;
    const names = ["src/a b.js", "src/ümlaut.js", "src/quo'te.js", "src/per%20cent.js", "src/plus+1.js", "src/[id].js"];
    const pull = await Pull.open(world, {
      files: { "old name.txt": "old\n", "gone.txt": "gone\n", "keep.sh": { content: "a\n", mode: "100755" } },
    });
    world.agent.plan = () =>
      planOf([...names.map(create), rename("old name.txt", "new name.txt"), remove("gone.txt"), modify("keep.sh")]);
    world.agent.change = steps(
      ...names.map(add),
      applyPatch(["*** Update File: old name.txt", "*** Move to: new name.txt", "@@", "-old", "+new"]),
      applyPatch(["*** Delete File: gone.txt"]),
      applyPatch(["*** Update File: keep.sh", "@@", "-a", "+b"]),
    );
    await pull.ask();
    await pull.label();
    expect(decisionOf(await pull.execute())).toEqual(allowed("plan_executed", "executed"));
    const tree = await world.repository.listTree(pull.branch);
    const paths = tree.map(({ path }) => path);
    for (const name of [...names, "new name.txt"]) expect(paths).toContain(name);
    for (const name of ["old name.txt", "gone.txt"]) expect(paths).not.toContain(name);
    expect(tree.find(({ path }) => path === "keep.sh")?.mode).toBe("100755");
  });

  test("half of a rename is not the rename", async () => {
    const { world } = scene;
    const pull = await Pull.open(world);
    world.agent.plan = () => planOf([rename("docs/guide.md", "docs/manual.md")]);
    await pull.ask();
    world.agent.change = steps(applyPatch(["*** Delete File: docs/guide.md"]));
    await expectDenied(pull, "parity_failed", () => pull.label());
  });
});
