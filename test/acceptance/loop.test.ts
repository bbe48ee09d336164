import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parsePointer } from "../../src/governance/pointer.ts";
import { CHECK, Pull, REQUESTER, REVIEWER } from "../world/pull.ts";
import {
  allowed,
  behave,
  create,
  decisionOf,
  denied,
  GREETING,
  greet,
  LAUNCHER,
  planOf,
  skipped,
  steps,
} from "./bed.ts";
import { approved, openScene, planned } from "./scene.ts";

const scene = openScene({ ready: ["planned", "approved"], codexPath: LAUNCHER });

describe("the governed loop", () => {
  test("plans, has the plan approved, executes it, and keeps evidence that other tools accept", async () => {
    const { world } = scene;
    const pull = await Pull.open(world);
    const head = (await pull.head) ?? "";

    expect(decisionOf(await pull.ask("Greet in German."))).toEqual(allowed("plan_published", "planned"));
    expect(await pull.head).toBe(head);
    expect(pull.comments).toHaveLength(1);
    expect(pull.comments[0]?.body).toContain("Greet in German.");
    expect(pull.checks(head).map(({ conclusion }) => conclusion)).toEqual(["action_required"]);

    const dryRun = await pull.label();
    expect(decisionOf(dryRun)).toEqual(allowed("plan_approved", "approved"));
    expect(await pull.head).toBe(head);
    expect(pull.checks(head).at(-1)?.conclusion).toBe("action_required");

    const executed = await pull.execute();
    expect(decisionOf(executed)).toEqual(allowed("plan_executed", "executed"));
    const commit = executed.outputs["commit-sha"] ?? "";
    expect(await pull.head).toBe(commit);
    expect(await world.repository.changedFiles(head, commit)).toHaveLength(1);
    expect(String(await world.repository.readFile(commit, "src/greeting.js"))).toBe(
      'export const greeting = "hallo";\n',
    );
    expect(JSON.parse(executed.outputs["changed-files"] ?? "")).toEqual(["src/greeting.js"]);
    expect(pull.isLabelPresent).toBe(false);
    expect(pull.comments).toHaveLength(1);
    expect(pull.checks(commit).at(-1)?.conclusion).toBe("success");
    expect(parsePointer(pull.checks(head).at(-1)?.externalId ?? "")?.stage).toBe("executed");

    const facts = await world.repository.commitInfo(commit);
    expect(facts?.parents).toEqual([head]);
    expect(facts?.message).toContain(`Codex-Plan: ${executed.outputs["plan-digest"]}`);
    expect(facts?.message).toContain(`Codex-Approved-By: ${REVIEWER}`);
    expect(facts?.message).toMatch(/^Codex-Evidence: artifact \d+ sha256:[0-9a-f]{64}$/m);

    const evidence = executed.outputs["evidence-directory"] ?? "";
    expect(execFileSync("sha256sum", ["-c", "plan.sha256"], { cwd: evidence, encoding: "utf8" })).toContain(
      "plan.json: OK",
    );
    expect(readFileSync(join(evidence, "prompt.txt"), "utf8")).toBe("Greet in German.");
    for (const patch of ["dry-run.patch", "run.patch"]) applyTo(head, join(evidence, patch));
    expect(readFileSync(join(evidence, "journal.jsonl"), "utf8").trim().split("\n")).toHaveLength(4);
  });

  test("strips the label and posts the diff when the regenerated plan names another file", async () => {
    const { world } = scene;
    const pull = await approved(world);
    world.agent.plan = () => planOf([GREETING, create("src/extra.js")]);
    const head = await pull.head;
    const result = await pull.execute();
    expect(decisionOf(result)).toEqual(denied("plan_drifted", "drifted"));
    expect(pull.isLabelPresent).toBe(false);
    expect(await pull.head).toBe(head);
    expect(pull.comments[0]?.body).toContain("src/extra.js");
    expect(pull.checks(head ?? "").at(-1)?.conclusion).toBe("failure");
    const evidence = result.outputs["evidence-directory"] ?? "";
    execFileSync("git", ["apply", "--check", "drift.diff"], { cwd: evidence });
    expect(readFileSync(join(evidence, "drift.diff"), "utf8")).toContain("+  create src/extra.js");
    expect(decisionOf(await pull.label())).toEqual(denied("plan_drifted", "drifted"));
  });

  test("does not take another wording or another order for drift", async () => {
    const { world } = scene;
    const pull = await approved(world);
    world.agent.plan = () => ({
      ...planOf([GREETING]),
      summary: "Say hello the German way.",
      risks: ["None."],
      steps: [],
    });
    expect(decisionOf(await pull.execute())).toEqual(allowed("plan_executed", "executed"));
  });

  test("strips the label when the dry run asks for a file that the plan does not name", async () => {
    const { world } = scene;
    const pull = await planned(world);
    world.agent.change = steps(greet(), {
      ...greet(),
      input: "*** Begin Patch\n*** Add File: src/extra.js\n+x\n*** End Patch",
    });
    expect(decisionOf(await pull.label())).toEqual(denied("parity_failed"));
    expect(pull.isLabelPresent).toBe(false);
    expect(pull.comments[0]?.body).toContain("src/extra.js");
    behave(world);
    expect(decisionOf(await pull.label())).toEqual(allowed("plan_approved", "approved"));
  });

  test("refuses the requester's own approval, and takes another person's afterwards", async () => {
    const pull = await planned(scene.world);
    expect(decisionOf(await pull.label(REQUESTER))).toEqual(denied("approver_is_requester"));
    expect(pull.isLabelPresent).toBe(false);
    expect(decisionOf(await pull.label(REVIEWER))).toEqual(allowed("plan_approved", "approved"));
  });

  test("withdraws the approval when the label is removed", async () => {
    const pull = await approved(scene.world);
    const result = await pull.unlabel();
    expect(decisionOf(result)).toEqual({
      exitCode: 0,
      decision: "deny",
      reasonCode: "approval_withdrawn",
      stage: "revoked",
    });
    expect(decisionOf(await pull.execute())).toEqual(denied("approval_withdrawn"));
    expect(decisionOf(await pull.unlabel().catch(() => pull.approve()))).toEqual(skipped("nothing_to_do"));
  });

  test("does nothing for comments that are not commands, without a single request", async () => {
    const { world } = scene;
    const pull = await Pull.open(world);
    const before = world.github.requests.length;
    expect(decisionOf(await pull.comment(REQUESTER, "Looks good to me."))).toEqual(skipped("not_for_us"));
    expect(world.github.requests).toHaveLength(before);
    expect(decisionOf(await pull.comment(REQUESTER, "/codexfoo bar"))).toEqual(skipped("not_for_us"));
    expect(decisionOf(await pull.comment("mallory", "/lgtm"))).toEqual(skipped("not_for_us"));
    expect(pull.comments).toHaveLength(0);
    expect(pull.checks((await pull.head) ?? "", `${CHECK}/request`)).toHaveLength(0);
  });
});

/** `git apply --check` and `--index` on a clone of the commit that the patch was made for. */
function applyTo(sha: string, patch: string): void {
  const directory = mkdtempSync(join(tmpdir(), "apply-"));
  const git = (...args: string[]) => execFileSync("git", args, { cwd: directory, stdio: "pipe" });
  try {
    git("clone", "--quiet", "--no-checkout", scene.world.repository.directory, ".");
    git("checkout", "--quiet", "--detach", sha);
    git("apply", "--check", patch);
    git("apply", "--index", patch);
    writeFileSync(join(directory, "applied"), "");
  } finally {
    rmSync(directory, { recursive: true });
  }
}
