import { describe, expect, test } from "vitest";
import type { RequestFacts } from "../world/github/faults.ts";
import { applyPatch } from "../world/model.ts";
import { LABEL, Pull, REVIEWER } from "../world/pull.ts";
import {
  allowed,
  archived,
  create,
  decisionOf,
  denied,
  GREETING,
  greet,
  modify,
  planOf,
  pointerOf,
  steps,
} from "./bed.ts";
import { approved, bringUnder, openScene, planned } from "./scene.ts";

const scene = openScene({ ready: ["planned", "approved"] });

/** Denied: nothing is written to the branch, the label is gone, the check is red. */
async function expectDenied(pull: Pull, reasonCode: string, stage = "denied"): Promise<void> {
  const head = await pull.head;
  expect(decisionOf(await pull.execute())).toEqual(denied(reasonCode, stage));
  expect(await pull.head).toBe(head);
  expect(pull.isLabelPresent).toBe(false);
  expect(pull.checks(head ?? "").at(-1)?.conclusion).toBe("failure");
}

/** Denied, but nothing is wrong with the label: mode approve may be at it, and its report is left alone. */
async function expectTooEarly(pull: Pull): Promise<void> {
  const head = (await pull.head) ?? "";
  const before = [pull.checks(head).length, ...pull.comments.map(({ body }) => body)];
  const result = await pull.execute();
  expect(decisionOf(result)).toEqual(denied("approval_not_found"));
  expect(result.summary).toContain("approval_not_found");
  expect(await pull.head).toBe(head);
  expect(pull.isLabelPresent).toBe(true);
  expect([pull.checks(head).length, ...pull.comments.map(({ body }) => body)]).toEqual(before);
  expect(pull.checks(head).map(({ conclusion }) => conclusion)).not.toContain("success");
}

describe("an execution", () => {
  test("without an approval is denied", async () => {
    const pull = await planned(scene.world);
    await expectDenied(pull, "label_missing");
  });

  test("of a label whose dry run never ran is denied", async () => {
    const { world } = scene;
    const pull = await planned(world);
    await world.github.people.label(REVIEWER, pull.number, LABEL);
    await expectTooEarly(pull);
  });

  test("after the label was removed and applied again needs a dry run of its own", async () => {
    const { world } = scene;
    const pull = await approved(world);
    await world.github.people.unlabel(REVIEWER, pull.number, LABEL);
    await world.github.people.label(REVIEWER, pull.number, LABEL);
    await expectTooEarly(pull);
  });

  test("in which Codex asks for another file is denied and nothing is committed", async () => {
    const { world } = scene;
    const pull = await approved(world);
    world.agent.change = steps(greet(), {
      ...greet(),
      input: "*** Begin Patch\n*** Delete File: README.md\n*** End Patch",
    });
    await expectDenied(pull, "parity_failed");
    expect(pull.comments[0]?.body).toContain("README.md");
  });

  test("in which Codex changes nothing is denied", async () => {
    const { world } = scene;
    const pull = await approved(world);
    world.agent.change = steps();
    await expectDenied(pull, "no_change");
  });

  test("whose regenerated plan is no plan at all is drift", async () => {
    const { world } = scene;
    const pull = await approved(world);
    world.agent.plan = () => planOf([create("../x")]);
    await expectDenied(pull, "plan_drifted", "drifted");
  });

  test("after the policy changed is denied", async () => {
    const { world } = scene;
    const pull = await approved(world);
    await world.repository.commit("main", { ".github/codex-governance.yml": "base-moved: allow\nmax-files: 7\n" });
    await expectDenied(pull, "policy_changed");
  });

  test("after an instruction file of the base branch changed is denied", async () => {
    const pull = await bringUnder("base-moved: allow\n", "approved", scene.world);
    await scene.world.repository.commit("main", { "AGENTS.md": "Write long sentences.\n" });
    await expectDenied(pull, "instruction_chain_changed");
  });

  test("whose report fails after the commit leaves evidence of the commit and of the failure", async () => {
    const { world } = scene;
    const pull = await approved(world);
    const head = await pull.head;
    const isSuccess = ({ body }: RequestFacts) =>
      (body as { conclusion?: string } | undefined)?.conclusion === "success";
    world.github.fault({ match: isSuccess, fault: { kind: "status", status: 404 } });
    const result = await pull.execute();
    expect(decisionOf(result)).toEqual(denied("github_not_found", "executed"));
    const commit = await pull.head;
    expect(commit).not.toBe(head);
    expect(world.artifacts.find(Number(result.outputs["artifact-id"]))?.name).toMatch(/-executed-unreported$/);
    const journal = (await archived(pull, result)).get("journal.jsonl") ?? "";
    expect(journal).toMatch(new RegExp(`plan_executed.*${commit}.*\n.*github_not_found`));
  });

  test("whose report was lost is finished by the next run, with one commit", async () => {
    const { world } = scene;
    const pull = await approved(world);
    const head = await pull.head;
    const controller = new AbortController();
    world.github.onRequest({
      match: ({ operation, path }) => operation?.startsWith("DELETE") === true && path.includes(`/${pull.number}/`),
      run: () => controller.abort(),
    });
    const killed = await pull.execute({ signal: controller.signal });
    world.github.calm();
    expect(killed.exitCode).toBeNull();
    const commit = await pull.head;
    expect(commit).not.toBe(head);
    const requests = world.model.requests.length;
    expect(decisionOf(await pull.execute())).toEqual(allowed("plan_executed", "executed"));
    expect(world.model.requests).toHaveLength(requests);
    expect(await pull.head).toBe(commit);
    expect(pull.isLabelPresent).toBe(false);
    expect(pull.checks(commit ?? "").at(-1)?.conclusion).toBe("success");
    expect(decisionOf(await pull.execute())).toEqual(denied("already_executed"));
  });

  const isCommit = ({ operation }: RequestFacts) => operation === "GRAPHQL createCommitOnBranch";

  test("whose commit is answered with something that nobody can read finds it on the branch", async () => {
    const { world } = scene;
    const pull = await approved(world);
    world.github.fault({ match: isCommit, when: "after", fault: { kind: "malformed" } });
    expect(decisionOf(await pull.execute())).toEqual(allowed("plan_executed", "executed"));
  });

  test("whose commit comes when nobody waits for it any more is finished by the next run", async () => {
    const { world } = scene;
    const pull = await approved(world);
    const head = (await pull.head) ?? "";
    let sent: unknown;
    world.github.onRequest({
      match: isCommit,
      run: ({ body }) => {
        sent = body;
      },
    });
    world.github.fault({ match: isCommit, fault: { kind: "status", status: 502 }, times: 10 });
    expect(decisionOf(await pull.execute())).toEqual(denied("github_unavailable"));
    world.github.calm();
    expect(await pull.head).toBe(head);
    expect(pointerOf(pull, head).stage).toBe("committing");
    await fetch(`${world.github.url}/graphql`, {
      method: "POST",
      headers: { authorization: `Bearer ${world.token}`, "content-type": "application/json" },
      body: JSON.stringify(sent),
    });
    const commit = (await pull.head) ?? "";
    expect(commit).not.toBe(head);
    expect(decisionOf(await pull.execute())).toEqual(allowed("plan_executed", "executed"));
    expect(await pull.head).toBe(commit);
    expect(pull.checks(commit).at(-1)?.conclusion).toBe("success");
  });

  test("whose report fails at its comment is reported to the end by the next run", async () => {
    const { world } = scene;
    const pull = await approved(world);
    const isRewrite = ({ operation }: RequestFacts) =>
      operation === "PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}";
    world.github.fault({ match: isRewrite, when: "after", fault: { kind: "malformed" } });
    expect(decisionOf(await pull.execute())).toEqual(denied("github_malformed", "executed"));
    world.github.calm();
    const commit = (await pull.head) ?? "";
    // The commit is what was approved; what is missing is the report.
    expect(pull.checks(commit).at(-1)?.conclusion).toBe("action_required");
    expect(decisionOf(await pull.execute())).toEqual(allowed("plan_executed", "executed"));
    expect(await pull.head).toBe(commit);
    expect(pull.checks(commit).at(-1)?.conclusion).toBe("success");
    expect(decisionOf(await pull.execute())).toEqual(denied("already_executed"));
  });

  test("whose report was cut off before its comment is reported to the end by the next run", async () => {
    const { world } = scene;
    const pull = await approved(world);
    const controller = new AbortController();
    world.github.onRequest({
      match: ({ operation }) => operation === "POST /repos/{owner}/{repo}/check-runs",
      // The mark before the commit, the new head, the old head; after that only the comment is missing.
      skip: 2,
      run: () => controller.abort(),
    });
    expect((await pull.execute({ signal: controller.signal })).exitCode).toBeNull();
    world.github.calm();
    const commit = await pull.head;
    const [comment] = pull.comments;
    expect(comment?.body).not.toContain((commit ?? "").slice(0, 7));
    expect(decisionOf(await pull.execute())).toEqual(allowed("plan_executed", "executed"));
    expect(await pull.head).toBe(commit);
    expect(comment?.body).toContain((commit ?? "").slice(0, 7));
    expect(decisionOf(await pull.execute())).toEqual(denied("already_executed"));
  });

  test("does not take a commit for its own because of its trailers", async () => {
    const { world } = scene;
    const pull = await approved(world);
    const executed = await approved(world);
    await executed.execute();
    const message = (await world.repository.commitInfo((await executed.head) ?? ""))?.message ?? "";
    const { bindingDigest } = pointerOf(pull, (await pull.head) ?? "");
    const forged = message.replace(/Codex-Binding: .*/, `Codex-Binding: ${bindingDigest}`);
    await world.repository.commit(pull.branch, { "evil.txt": "evil\n" }, { message: forged });
    await expectDenied(pull, "head_moved");
  });
});

describe("a policy's verification commands", () => {
  test("run in the sandbox and let the commit pass", async () => {
    const { world } = scene;
    await world.repository.commit("main", { ".gitignore": "out/\n" });
    const policy = "verification:\n  - grep -q hallo src/greeting.js\n  - mkdir -p out && echo built > out/x\n";
    const pull = await bringUnder(policy, "approved", world);
    const result = await pull.execute();
    expect(decisionOf(result)).toEqual(allowed("plan_executed", "executed"));
    expect(JSON.parse(result.outputs["changed-files"] ?? "")).toEqual(["src/greeting.js"]);
    expect(pull.comments[0]?.body).toContain("grep -q hallo");
  });

  test("deny when one fails, and show its output", async () => {
    const policy = "verification:\n  - 'echo the tests are red; exit 3'\n";
    const pull = await bringUnder(policy, "approved", scene.world);
    await expectDenied(pull, "verification_failed");
    expect(pull.comments[0]?.body).toContain("the tests are red");
  });

  test("deny when one changes the tree", async () => {
    const policy = "verification:\n  - 'echo more >> README.md'\n";
    await expectDenied(await bringUnder(policy, "approved", scene.world), "verification_changed_tree");
  });
});

describe("the strategy replay", () => {
  test("commits the approved dry run byte for byte, without asking the model to change anything", async () => {
    const { world } = scene;
    const pull = await bringUnder("strategy: replay\n", "approved", world);
    world.agent.change = () => ({ status: 500 });
    expect(decisionOf(await pull.execute())).toEqual(allowed("plan_executed", "executed"));
    expect(String(await world.repository.readFile(pull.branch, "src/greeting.js"))).toContain("hallo");
  });
});

describe("a commit that a rule of the repository refuses", () => {
  /** The rule's author may write what they like; a token must not come out, and nothing may come to life. */
  const TEXT =
    "Changes must be made through a pull request. @everyone <b>now</b>\n::error::ghp_0123456789abcdefghijABCDEFGHIJ012345";

  async function isRefusedUntilLifted(pull: Pull, kind: "ruleset" | "protection"): Promise<void> {
    const { world } = pull;
    const head = (await pull.head) ?? "";
    const lift = world.github.administration.refuseCommits({ branch: pull.branch, kind, text: TEXT });
    for (const attempt of [1, 2]) {
      const result = await pull.execute({ attempt });
      expect(decisionOf(result)).toEqual(denied("commit_refused_by_rules"));
      expect([await pull.head, pull.isLabelPresent, pointerOf(pull, head).stage]).toEqual([head, true, "released"]);
      expect(pull.checks(head).at(-1)?.conclusion).not.toBe("success");
      const told = pull.comments[0]?.body ?? "";
      expect(told).toContain("Changes must be made through a pull request.");
      for (const hostile of ["ghp_0123456789", " @everyone", "<b>"]) expect(told).not.toContain(hostile);
      expect(result.log).not.toContain("ghp_0123456789");
      expect(result.log).not.toMatch(/^::error::ghp/m);
    }
    lift();
    expect(decisionOf(await pull.execute({ attempt: 3 }))).toEqual(allowed("plan_executed", "executed"));
    expect((await world.repository.commitInfo((await pull.head) ?? ""))?.parents).toEqual([head]);
  }

  test("keeps its approval, and is made by a re-run after the ruleset has changed", async () => {
    await isRefusedUntilLifted(await approved(scene.world), "ruleset");
  });

  test("keeps its approval when it carries file modes and the branch is protected", async () => {
    const { world } = scene;
    const pull = await Pull.open(world, { files: { "run.sh": { content: "a\n", mode: "100755" } } });
    world.agent.plan = () => planOf([modify("run.sh")]);
    world.agent.change = steps(applyPatch(["*** Update File: run.sh", "@@", "-a", "+b"]));
    await pull.ask();
    await pull.label();
    await isRefusedUntilLifted(pull, "protection");
  });
});

describe("file modes", () => {
  test("of an executable survive, through a commit that carries modes", async () => {
    const { world } = scene;
    const pull = await Pull.open(world, {
      files: { "run.sh": { content: "#!/bin/sh\necho hello\n", mode: "100755" } },
    });
    world.agent.plan = () =>
      planOf([GREETING, { path: "run.sh", operation: "modify", from: null, reason: "It greets too." }]);
    world.agent.change = steps(greet(), {
      ...greet(),
      input: "*** Begin Patch\n*** Update File: run.sh\n@@\n-echo hello\n+echo hallo\n*** End Patch",
    });
    await pull.ask();
    await pull.label();
    expect(decisionOf(await pull.execute())).toEqual(allowed("plan_executed", "executed"));
    const tree = await world.repository.listTree(pull.branch);
    expect(tree.find(({ path }) => path === "run.sh")?.mode).toBe("100755");
    expect(String(await world.repository.readFile(pull.branch, "run.sh"))).toContain("hallo");
  });
});
