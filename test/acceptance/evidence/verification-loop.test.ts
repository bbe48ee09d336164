import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { readJournal } from "../../../src/governance/journal.ts";
import { applyPatch } from "../../world/model.ts";
import { Pull } from "../../world/pull.ts";
import { allowed, archived, create, decisionOf, denied, GREETING, planOf, steps } from "../bed.ts";
import { bringUnder, expectDenied, openScene, planned } from "../scene.ts";

const CLI = fileURLToPath(new URL("../../../dist/cli.js", import.meta.url));

const scene = openScene({
  policy: [
    "verification: [sh -c true, 'test -f src/greeting.js']",
    "impacted-tests:",
    "  suites: { unit: ['src/**'], guide: ['docs/**'], end-to-end: ['web/**'] }",
  ].join("\n"),
});

describe("the ledger", () => {
  test("tells of each task what was asked, changed and verified, and verify proves it with the bundle", async () => {
    const pull = await planned(scene.world);
    const labelled = await pull.label();
    expect((await archived(pull, labelled)).get("ledger.md")).toMatch(
      /- \*\*Verification:\*\* 2 commands demanded, none run yet/,
    );
    const executed = await pull.execute();
    expect(decisionOf(executed)).toEqual(allowed("plan_executed", "executed"));
    const files = await archived(pull, executed);
    const ledger = files.get("ledger.md") ?? "";
    expect(ledger.match(/^## .*$/gm)).toEqual([
      expect.stringMatching(/^## Dry run, .*, run `\d+`$/),
      expect.stringMatching(/^## Execution, .*, run `\d+`$/),
    ]);
    expect(ledger).toContain("- **Verification:** 2 of 2 commands passed");
    expect(ledger).toContain("| `test -f src/greeting.js` | ✅ passed |");
    expect(ledger).toContain("| `src/greeting.js` | granted |");
    expect(ledger).toContain("- **MCP scope:** none, no server was configured; besides files, nothing was asked for");
    expect(ledger).toContain("Review the commit, first `src/greeting.js`; run `unit`.");
    const last = readJournal(files.get("journal.jsonl") ?? "").at(-1);
    expect(last?.subject).toMatchObject({
      filesChanged: 1,
      mcpScope: "none",
      verificationPassed: 2,
      verificationFailed: 0,
    });
    const directory = executed.outputs["evidence-directory"] ?? "";
    expect(readFileSync(`${directory}/ledger.md`, "utf8")).toBe(ledger);
    expect(execFileSync(process.execPath, [CLI, "verify", directory], { encoding: "utf8" })).toContain(
      "SOUND: executed",
    );
  });

  test("tells of a command that failed, and of what Codex asked for besides files", async () => {
    const pull = await bringUnder("verification: [sh -c 'exit 3']\n", "approved", scene.world);
    const result = await expectDenied(pull, "verification_failed", () => pull.execute());
    const ledger = (await archived(pull, result)).get("ledger.md") ?? "";
    expect(ledger).toContain("- **Verification:** 0 of 1 command passed");
    expect(ledger).toContain("| `sh -c 'exit 3'` | ⛔ exit code 3 |");
    expect(ledger).toContain("- **Next check for the reviewer:** Read the command's output");
  });

  test("has no entry for a run that never let Codex work", async () => {
    const pull = await planned(scene.world);
    const own = await pull.label("ada");
    expect(decisionOf(own).decision).toBe("deny");
    expect((await archived(pull, own)).has("ledger.md")).toBe(false);
  });
});

describe("production", () => {
  const POLICY = "production: { paths: [src] }\n";

  test("is not planned for without a test or a linter, and Codex is asked once", async () => {
    const { world } = scene;
    await world.repository.commit("main", { ".github/codex-governance.yml": `verification: [make]\n${POLICY}` });
    const pull = await Pull.open(world);
    const asked = world.model.requests.length;
    const result = await pull.ask();
    expect(decisionOf(result)).toEqual(denied("verification_missing", "refused"));
    expect(world.model.requests.length - asked).toBe(1);
    expect(pull.comments.at(-1)?.body).toContain("nothing tests or lints what runs in production");
    expect(result.outputs.result).toContain("src/greeting.js");
    world.agent.plan = () => planOf([create("docs/note.md")]);
    expect(decisionOf(await pull.ask())).toEqual(allowed("plan_published", "planned"));
  });

  test("is planned for with one", async () => {
    await bringUnder(`verification: [npm test]\n${POLICY}`, "planned", scene.world);
  });
});

describe("a change that one review cannot hold", () => {
  test("is not planned over too many directories", async () => {
    const { world } = scene;
    await world.repository.commit("main", { ".github/codex-governance.yml": "max-directories: 1\n" });
    const pull = await Pull.open(world);
    world.agent.plan = () => planOf([GREETING, create("docs/new.md")]);
    const result = await pull.ask();
    expect(decisionOf(result)).toEqual(denied("change_too_large", "refused"));
    expect(JSON.parse(result.outputs.result ?? "").findings[0]).toMatchObject({
      expected: "at most 1 directory",
      got: "2",
    });
  });

  test("is not approved with too many lines", async () => {
    const { world } = scene;
    const pull = await bringUnder("max-lines: 2\n", "planned", world);
    world.agent.change = steps(
      applyPatch([
        "*** Update File: src/greeting.js",
        "@@",
        '-export const greeting = "hello";',
        '+export const greeting = "hallo";',
        "+export const more = 1;",
      ]),
    );
    const result = await expectDenied(pull, "change_too_large", () => pull.label());
    expect(result.outputs.result).toContain("at most 2 lines");
  });
});

describe("the suites that a plan concerns", () => {
  test("are an output of every mode, ready for a matrix, and part of the hand-off", async () => {
    const { world } = scene;
    const pull = await Pull.open(world);
    world.agent.plan = () => planOf([GREETING, create("docs/new.md")]);
    const asked = await pull.ask();
    expect(JSON.parse(asked.outputs["impacted-tests"] ?? "")).toEqual(["unit", "guide"]);
    expect(pull.comments.at(-1)?.body).toContain("concerned suites: `unit`, `guide`");
    const labelled = await pull.label();
    expect(labelled.outputs["impacted-tests"]).toBe(asked.outputs["impacted-tests"]);
  });

  test("are none where nothing was planned", async () => {
    const pull = await Pull.open(scene.world);
    expect((await pull.ask("")).outputs["impacted-tests"]).toBe("[]");
  });
});
