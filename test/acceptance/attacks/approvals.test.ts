import { describe, expect, test } from "vitest";
import type { Pointer } from "../../../src/governance/pointer.ts";
import type { RequestFacts } from "../../world/github/faults.ts";
import { LABEL, Pull, REQUESTER, REVIEWER } from "../../world/pull.ts";
import type { StepResult } from "../../world/runner.ts";
import type { StepOptions } from "../../world/world.ts";
import { allowed, create, decisionOf, denied, GREETING, planOf, pointerOf, skipped } from "../bed.ts";
import { dieAfterCommit, killBefore, POST_CHECK, WRITE_COMMENT } from "../instants.ts";
import { approved, bringUnder, openScene, planned } from "../scene.ts";

const scene = openScene({ ready: ["approved", "approved"] });

/** The requester pushes the denied change by hand, with trailers that point to the denied run's evidence. */
async function pushByHand(pull: Pull, pointer: Pointer): Promise<void> {
  const message = [
    "Greet in German.\n",
    `Codex-Binding: ${pointer.bindingDigest}\nCodex-Approved-By: ${REVIEWER}`,
    `Codex-Evidence: artifact ${pointer.artifactId} ${pointer.artifactDigest}`,
  ].join("\n");
  const files = { "src/greeting.js": 'export const greeting = "hallo";\n' };
  await pull.world.github.authors.push(REQUESTER, pull.branch, files, { message });
}

const approves = (pull: Pull, options: StepOptions) => pull.approve(options);

const plansMore = ({ world }: Pull) => {
  world.agent.plan = () => planOf([GREETING, create("docs/new.md")]);
};

describe("a commit that was pushed by hand", () => {
  test("is not taken for the execution because it repeats a change whose verification failed", async () => {
    const { world } = scene;
    const pull = await bringUnder("verification:\n  - '! grep -q hallo src/greeting.js'\n", "approved", world);
    const head = (await pull.head) ?? "";
    expect(decisionOf(await pull.execute())).toEqual(denied("verification_failed"));
    await pushByHand(pull, pointerOf(pull, head));
    expect((await pull.execute({ attempt: 2 })).outputs.decision).toBe("deny");
    expect(pull.checks((await pull.head) ?? "").map(({ conclusion }) => conclusion)).not.toContain("success");
  });

  test("is not taken for the execution because it repeats a change whose approval was withdrawn", async () => {
    const { world } = scene;
    const pull = await approved(world);
    const head = (await pull.head) ?? "";
    const { change } = world.agent;
    world.agent.change = (request) => {
      if (pull.isLabelPresent) void world.github.people.unlabel(REVIEWER, pull.number, LABEL);
      return change(request);
    };
    expect(decisionOf(await pull.execute())).toEqual(denied("approval_withdrawn"));
    await pushByHand(pull, pointerOf(pull, head));
    expect((await pull.execute({ attempt: 2 })).outputs.decision).toBe("deny");
    expect(pull.checks((await pull.head) ?? "").map(({ conclusion }) => conclusion)).not.toContain("success");
  });
});

describe("an approval", () => {
  test("of plan B does not count for plan A when the publication of B was cut off", async () => {
    const { world } = scene;
    const pull = await Pull.open(world);
    world.agent.plan = () => planOf([GREETING, create("src/backdoor.js")], { summary: "Plan A." });
    await pull.ask("A");
    world.agent.plan = () => planOf([GREETING], { summary: "Plan B." });
    await killBefore(world, POST_CHECK, (options) => pull.ask("B", options));
    expect(pull.comments.at(-1)?.body).toContain("Plan B.");
    expect(decisionOf(await pull.label())).toEqual(denied("plan_superseded"));
    expect(pull.isLabelPresent).toBe(false);
  });

  test("is not used twice when the run died right after the commit and the branch was put back", async () => {
    const { world } = scene;
    const pull = await approved(world);
    const head = (await pull.head) ?? "";
    await dieAfterCommit(pull);
    expect(decisionOf(await pull.approve())).toEqual(denied("approval_used"));
    await world.github.people.label("tess", pull.number, LABEL);
    expect((await pull.execute()).outputs.decision).toBe("deny");
    expect(await pull.head).toBe(head);
    // Another decision of a person is another approval.
    expect(decisionOf(await pull.label())).toEqual(allowed("plan_approved", "approved"));
  });

  test("that is withdrawn while the evidence of the commit is stored leads to no commit", async () => {
    const { world } = scene;
    const pull = await approved(world);
    const head = await pull.head;
    const isMark = ({ operation }: { operation: string | undefined }) =>
      operation === "POST /repos/{owner}/{repo}/check-runs";
    world.github.onRequest({
      match: isMark,
      run: async () => {
        await world.github.people.unlabel(REVIEWER, pull.number, LABEL);
      },
    });
    expect(decisionOf(await pull.execute())).toEqual(denied("approval_withdrawn"));
    expect(await pull.head).toBe(head);
  });

  test("falls when the approver loses access or the command goes while Codex works", async () => {
    const { world } = scene;
    const pull = await approved(world);
    const { change } = world.agent;
    world.agent.change = (request) => {
      world.github.administration.setRole(REVIEWER, "read");
      return change(request);
    };
    expect(decisionOf(await pull.execute())).toEqual(denied("approver_not_authorised"));
  });

  test("under the rules of one base branch does not hold for another", async () => {
    const { world } = scene;
    const main = (await world.repository.head("main")) ?? "";
    await world.repository.commit("lax", { ".github/codex-governance.yml": "four-eyes: false\n" }, { parent: main });
    await world.repository.commit("feature/lax", { "f.txt": "f\n" }, { parent: main });
    const { number } = await world.github.authors.openPullRequest({
      user: REQUESTER,
      head: "feature/lax",
      base: "lax",
    });
    const pull = new Pull(world, number, "feature/lax");
    await pull.ask();
    await pull.label(REQUESTER);
    expect(decisionOf(await pull.execute())).toEqual(allowed("plan_executed", "executed"));
    const commit = (await pull.head) ?? "";
    await world.github.authors.edit(REQUESTER, number, { base: "main" });
    expect(decisionOf(await pull.approve())).toEqual(denied("base_changed"));
    expect(pull.checks(commit).at(-1)?.conclusion).toBe("failure");
  });

  test("ends when the pull request is closed and reopened", async () => {
    const { world } = scene;
    const pull = await approved(world);
    await world.github.authors.close(pull.number);
    const delivery = await world.github.authors.reopen(REQUESTER, pull.number);
    const revoked = { exitCode: 0, decision: "deny", reasonCode: "pull_request_reopened", stage: "revoked" };
    expect(decisionOf(await world.act("approve", delivery))).toEqual(revoked);
    expect(pull.isLabelPresent).toBe(false);
    // The relay says it with an input.
    const relayed = await approved(world);
    expect(decisionOf(await relayed.approve({ inputs: { "pull-request-action": "reopened" } }))).toEqual(revoked);
    expect(relayed.isLabelPresent).toBe(false);
  });
});

describe("the end of an approval", () => {
  test.each<[string, (pull: Pull) => unknown, (pull: Pull, options: StepOptions) => Promise<StepResult>, string]>([
    [
      "revoked",
      (pull) => pull.world.github.people.unlabel(REVIEWER, pull.number, LABEL),
      approves,
      "approval_withdrawn",
    ],
    [
      "denied",
      (pull) => pull.world.github.administration.setRole(REVIEWER, "read"),
      approves,
      "approver_not_authorised",
    ],
    ["drifted", plansMore, (pull, options) => pull.execute(options), "plan_drifted"],
  ])(
    "is told on the comment by the next run when the one that had %s it died first",
    async (_, act, end, reasonCode) => {
      const { world } = scene;
      const pull = await approved(world);
      const head = (await pull.head) ?? "";
      await act(pull);
      await killBefore(world, WRITE_COMMENT, (options) => end(pull, options));
      expect(pull.comments[0]?.body).not.toContain(reasonCode);
      expect((await pull.approve()).outputs).toMatchObject({ decision: "deny", "reason-code": reasonCode });
      expect(pull.comments).toHaveLength(1);
      expect(pull.comments[0]?.body).toContain(reasonCode);
      const told = pull.checks(head);
      expect(decisionOf(await pull.approve())).toEqual(skipped("nothing_to_do"));
      expect(pull.checks(head)).toEqual(told);
    },
  );

  test.each<[string, (pull: Pull) => unknown, (pull: Pull, options: StepOptions) => Promise<StepResult>, string]>([
    [
      "revocation",
      (pull) => pull.world.github.people.unlabel(REVIEWER, pull.number, LABEL),
      approves,
      "approval_withdrawn",
    ],
    ["drift", plansMore, (pull, options) => pull.execute(options), "plan_drifted"],
  ])("is told by the next run, too, when a %s could not store its evidence", async (_, act, end, reasonCode) => {
    const { world } = scene;
    const pull = await approved(world);
    await act(pull);
    const environment = { ACTIONS_RUNTIME_TOKEN: "none" };
    await killBefore(world, WRITE_COMMENT, (options) => end(pull, { ...options, environment }));
    expect((await pull.approve()).outputs).toMatchObject({ decision: "deny", "reason-code": reasonCode });
    expect(pull.comments[0]?.body).toContain(reasonCode);
  });

  test("is told once when it could only be told beside the comment", async () => {
    const { world } = scene;
    const pull = await planned(world);
    const match = ({ operation }: RequestFacts) => operation?.includes("/actions/artifacts/{artifact_id}") === true;
    world.github.fault({ match, fault: { kind: "status", status: 404 } });
    expect(decisionOf(await pull.label())).toEqual(denied("artifact_missing"));
    world.github.calm();
    expect(pull.comments).toHaveLength(2);
    expect(decisionOf(await pull.approve())).toEqual(skipped("nothing_to_do"));
    expect(pull.comments).toHaveLength(2);
  });
});

describe("an approval from before the pull request was closed", () => {
  test.each(["approve", "execute"] as const)(
    "does not count in mode %s when no run came for `reopened`",
    async (mode) => {
      const { world } = scene;
      const pull = await approved(world);
      const head = await pull.head;
      await world.github.authors.close(pull.number);
      await world.github.authors.reopen(REQUESTER, pull.number);
      expect(decisionOf(await pull[mode]())).toEqual(denied("pull_request_reopened"));
      expect(await pull.head).toBe(head);
      expect(pull.isLabelPresent).toBe(false);
      // The label that a person applies after that is a new approval.
      expect(decisionOf(await pull.label())).toEqual(allowed("plan_approved", "approved"));
      expect(decisionOf(await pull.execute())).toEqual(allowed("plan_executed", "executed"));
    },
  );
});

describe("a plan that drifted", () => {
  const again = (pull: Pull) => pull.execute();
  const reopened = async (pull: Pull) => {
    await pull.world.github.people.label(REVIEWER, pull.number, LABEL);
    return pull.approve({ inputs: { "pull-request-action": "reopened" } });
  };
  /** The evidence seems to be gone for a moment, so nothing is known but the pointer. */
  const failing = (pull: Pull) => {
    const match = ({ operation }: { operation?: string | undefined }) =>
      operation?.includes("/actions/artifacts/{artifact_id}") === true;
    pull.world.github.fault({ match, fault: { kind: "status", status: 404 } });
    return pull.execute();
  };

  test.each([
    ["an execution without the label", again, "plan_drifted"],
    ["the reopened pull request", reopened, "plan_drifted"],
    ["a run that finds no evidence", failing, "artifact_missing"],
  ])("is brought back by no label after %s", async (_, act, reasonCode) => {
    const { world } = scene;
    const pull = await approved(world);
    world.agent.plan = () => planOf([GREETING, create("docs/new.md")]);
    expect(decisionOf(await pull.execute())).toEqual(denied("plan_drifted", "drifted"));
    world.agent.plan = () => planOf([GREETING]);
    expect(decisionOf(await act(pull))).toMatchObject({ decision: "deny", reasonCode });
    expect(decisionOf(await pull.label())).toEqual(denied("plan_drifted", "drifted"));
    expect(decisionOf(await pull.execute())).toEqual(denied("plan_drifted", "drifted"));
  });
});
