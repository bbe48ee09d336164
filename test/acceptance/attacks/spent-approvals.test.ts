import { describe, expect, test } from "vitest";
import type { PushOptions } from "../../world/github/authors.ts";
import { ACTIONS_BOT, actionsToken } from "../../world/github/double.ts";
import { applyPatch } from "../../world/model.ts";
import { CHECK, Pull, REQUESTER, REVIEWER } from "../../world/pull.ts";
import { DEFAULT_PERMISSIONS } from "../../world/world.ts";
import { allowed, decisionOf, denied, modify, planOf, pointerOf, steps } from "../bed.ts";
import { COMMIT, hold, killBefore, POST_CHECK, STRIP_LABEL } from "../instants.ts";
import { approved, bringUnder, openScene } from "../scene.ts";

const scene = openScene({ ready: ["approved"] });

/** GitHub makes a commit for whose token this is. */
async function commitBy(token: string, { world }: Pull, mutation: unknown): Promise<void> {
  const response = await fetch(`${world.github.url}/graphql`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify(mutation),
  });
  expect(await response.json()).toMatchObject({ data: { createCommitOnBranch: { commit: {} } } });
}

/** The requester pushes the approved change by hand, with the trailer of the plan. */
async function pushByHand(pull: Pull, options: PushOptions = {}): Promise<void> {
  const { bindingDigest, stage } = pointerOf(pull, (await pull.head) ?? "");
  expect(stage).toBe("committing");
  const message = `Mine.\n\nCodex-Binding: ${bindingDigest}`;
  const files = { "src/greeting.js": 'export const greeting = "hallo";\n' };
  await pull.world.github.authors.push(REQUESTER, pull.branch, files, { ...options, message });
}

async function expectNoExecution(pull: Pull): Promise<void> {
  expect.soft((await pull.execute()).outputs.decision).toBe("deny");
  expect(pull.checks((await pull.head) ?? "").map(({ conclusion }) => conclusion)).not.toContain("success");
}

const PROTECTED = { ".github/codex-governance.yml": "protected-paths: [src/**]\n" };

function deleteCommand({ world, number }: Pull): void {
  const comments = [...world.github.state.comments.values()];
  const command = comments.find(({ body, issue }) => body.startsWith("/codex") && issue.number === number);
  world.github.people.deleteComment(REQUESTER, command?.id ?? 0);
}

describe("an approval that was spent", () => {
  test("makes no second commit, also when a run that had looked before reports after it", async () => {
    const { world } = scene;
    const pull = await approved(world);
    const head = (await pull.head) ?? "";
    const held = hold(world, POST_CHECK);
    const late = pull.approve();
    await held.reached;
    await killBefore(world, STRIP_LABEL, (options) => pull.execute(options));
    expect(await pull.head).not.toBe(head);
    held.release();
    expect(decisionOf(await late)).toEqual(allowed("plan_approved", "approved"));
    expect(pointerOf(pull, head).stage).toBe("approved");
    await world.repository.setBranch(pull.branch, head);
    expect((await pull.execute()).outputs.decision).toBe("deny");
    expect(await pull.head).toBe(head);
  });

  test("stays told on the plan's comment when a run that had looked before reports after the execution", async () => {
    const { world } = scene;
    const pull = await approved(world);
    const held = hold(world, POST_CHECK);
    const late = pull.approve();
    await held.reached;
    expect(decisionOf(await pull.execute())).toEqual(allowed("plan_executed", "executed"));
    const commit = (await pull.head) ?? "";
    held.release();
    expect(decisionOf(await late)).toEqual(allowed("plan_approved", "approved"));
    expect(pull.comments).toHaveLength(1);
    expect(pull.comments[0]?.body).toContain(commit.slice(0, 7));
    expect(pull.checks(commit).at(-1)?.conclusion).toBe("success");
  });

  test("and taken back while its run was dead does not count for the commit that comes after all", async () => {
    const { world } = scene;
    const pull = await approved(world);
    const sent = await killBefore(world, COMMIT, (options) => pull.execute(options));
    await pull.unlabel();
    await commitBy(world.token, pull, sent);
    await expectNoExecution(pull);
  });

  test.each<[string, (pull: Pull) => unknown]>([
    ["nothing else happened", () => undefined],
    ["the approver has lost the rights", ({ world }) => world.github.administration.setRole(REVIEWER, "read")],
    ["the policy protects the file by now", ({ world }) => world.repository.commit("main", PROTECTED)],
    ["the command was deleted", deleteCommand],
  ])("before the run died does not count for a commit that somebody made by hand: %s", async (_, act) => {
    const { world } = scene;
    const pull = await approved(world);
    await killBefore(world, COMMIT, (options) => pull.execute(options));
    await act(pull);
    await pushByHand(pull);
    await expectNoExecution(pull);
  });

  test("does not count for a commit that names the bot as its author and is signed by who pushed it", async () => {
    const { world } = scene;
    const pull = await approved(world);
    await killBefore(world, COMMIT, (options) => pull.execute(options));
    await pushByHand(pull, { author: ACTIONS_BOT, isSigned: true });
    await expectNoExecution(pull);
  });

  test.each([
    ["counts for a commit of the app that the policy names", true, allowed("plan_executed", "executed")],
    ["does not count for a commit of another app than the policy names", false, denied("head_moved")],
  ])("%s", async (_, isOurs, expected) => {
    const { world } = scene;
    const slug = "acme-governance";
    const ours = { actor: `${slug}[bot]`, app: { id: 77, slug }, permissions: DEFAULT_PERMISSIONS };
    world.github.administration.addUser({ login: ours.actor, type: "Bot" });
    world.github.administration.addToken(world.token, ours);
    world.github.administration.addToken("of another workflow", actionsToken(DEFAULT_PERMISSIONS));
    const pull = await bringUnder(`check-app: ${slug}\n`, "approved", world);
    const sent = await killBefore(world, COMMIT, (options) => pull.execute(options));
    await commitBy(isOurs ? world.token : "of another workflow", pull, sent);
    expect(decisionOf(await pull.execute())).toEqual(expected);
  });

  test("counts for its own commit with file modes when the run died right after it", async () => {
    const { world } = scene;
    const run = { content: "#!/bin/sh\necho hello\n", mode: "100755" } as const;
    const pull = await Pull.open(world, { files: { "run.sh": run } });
    world.agent.plan = () => planOf([modify("run.sh")]);
    world.agent.change = steps(applyPatch(["*** Update File: run.sh", "@@", "-echo hello", "+echo hallo"]));
    await pull.ask();
    await pull.label();
    const head = await pull.head;
    await killBefore(world, STRIP_LABEL, (options) => pull.execute(options));
    expect(await pull.head).not.toBe(head);
    expect(decisionOf(await pull.execute())).toEqual(allowed("plan_executed", "executed"));
  });
});

describe("a plan", () => {
  test("is not called refused when only the note that takes an older refusal back could not be posted", async () => {
    const { world } = scene;
    const pull = await Pull.open(world);
    world.github.fault({
      match: ({ operation, body }) =>
        operation === POST_CHECK && (body as { name?: string }).name === `${CHECK}/request`,
      fault: { kind: "status", status: 500 },
      times: 3,
    });
    expect(decisionOf(await pull.ask())).toEqual(allowed("plan_published", "planned"));
    expect(pull.comments).toHaveLength(1);
    expect(pull.comments[0]?.body).toContain("Plan waits for approval");
  });
});
