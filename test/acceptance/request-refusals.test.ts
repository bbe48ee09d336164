import { describe, expect, test } from "vitest";
import { readArchive } from "../../src/adapters/artifact/archive.ts";
import { auditBundle } from "../../src/governance/audit.ts";
import { CHECK, Pull, REQUESTER } from "../world/pull.ts";
import { decisionOf, denied, skipped } from "./bed.ts";
import { openScene, planned } from "./scene.ts";

const scene = openScene({ ready: ["planned"] });

const refused = (reasonCode: string) => denied(reasonCode, "refused");
/** Conclusions of the check run for requests on the head. */
const requestChecks = async (pull: Pull) =>
  pull.checks((await pull.head) ?? "", `${CHECK}/request`).map(({ conclusion }) => conclusion);

/** A refusal is told on the pull request, and Codex was not started for it. */
async function expectTold(pull: Pull, reasonCode: string): Promise<void> {
  expect(pull.comments.at(-1)?.body).toContain(reasonCode);
  expect(await requestChecks(pull)).toEqual(["failure"]);
  expect(pull.checks((await pull.head) ?? "")).toEqual([]);
}

describe("a request", () => {
  test("on an issue is skipped without a word", async () => {
    const { world } = scene;
    const { number } = world.github.authors.openIssue(REQUESTER, "A question");
    const delivery = world.github.people.comment(REQUESTER, number, "/codex do it");
    expect(decisionOf(await world.act("plan", delivery))).toEqual(skipped("not_for_us"));
    expect([...world.github.state.comments.values()].filter(({ issue }) => issue.number === number)).toHaveLength(1);
  });

  const bad: readonly [name: string, body: string, reasonCode: string, told: string][] = [
    ["without a prompt", "/codex", "prompt_empty", "prompt_empty"],
    ["with white space for a prompt", "/codex \r\n  \n", "prompt_empty", "prompt_empty"],
  ];
  test.each(bad)("%s is refused and says what to do", async (_name, body, reasonCode, told) => {
    const { world } = scene;
    const pull = await Pull.open(world);
    expect(decisionOf(await pull.comment(REQUESTER, body))).toEqual(refused(reasonCode));
    await expectTold(pull, reasonCode);
    expect(pull.comments.at(-1)?.body).toContain(told);
  });

  test("of somebody with triage or read only is refused in the run alone", async () => {
    const { world } = scene;
    for (const login of ["tess", "rene"]) {
      const pull = await planned(world);
      const [said, checks] = [pull.comments.length, world.github.state.checkRuns.length];
      const result = await pull.comment(login, "/codex greet");
      expect(decisionOf(result)).toEqual(refused("requester_not_authorised"));
      expect(result.summary).toContain("Ask somebody with write access to comment the command.");
      expect(pull.comments).toHaveLength(said);
      expect(world.github.state.checkRuns).toHaveLength(checks);
    }
  });

  test("on a closed pull request is refused", async () => {
    const { world } = scene;
    const pull = await Pull.open(world);
    await world.github.authors.close(pull.number);
    expect(decisionOf(await pull.ask())).toEqual(refused("pull_request_closed"));
  });

  test("on a head that another open pull request shares is refused", async () => {
    const { world } = scene;
    const pull = await Pull.open(world);
    await world.repository.setBranch("release", (await world.repository.head("main")) ?? "");
    await world.github.authors.openPullRequest({ user: REQUESTER, head: pull.branch, base: "release" });
    expect(decisionOf(await pull.ask())).toEqual(refused("shared_head"));
  });

  test("to work on the default branch, under the rules of a branch of one's own, is refused", async () => {
    const { world } = scene;
    const { repository, github } = world;
    const parent = (await repository.head("main")) ?? "";
    await repository.commit("lax", { ".github/codex-governance.yml": "four-eyes: false\n" }, { parent });
    const head = await repository.commit("main", { "m.txt": "m\n" });
    const { number } = await github.authors.openPullRequest({ user: REQUESTER, head: "main", base: "lax" });
    const pull = new Pull(world, number, "main");
    const began = world.model.requests.length;
    expect(decisionOf(await pull.ask())).toEqual(refused("head_is_default_branch"));
    await expectTold(pull, "head_is_default_branch");
    expect(decisionOf(await pull.label(REQUESTER))).toEqual(denied("head_is_default_branch"));
    expect(decisionOf(await pull.execute())).toEqual(denied("head_is_default_branch"));
    expect(world.model.requests).toHaveLength(began);
    expect(await pull.head).toBe(head);
  });

  test("with a refused prompt leaves the plan that waits on the same head alone", async () => {
    const pull = await planned(scene.world);
    expect(decisionOf(await pull.comment(REQUESTER, "/codex"))).toEqual(refused("prompt_empty"));
    expect(pull.checks((await pull.head) ?? "").map(({ conclusion }) => conclusion)).toEqual(["action_required"]);
    expect(decisionOf(await pull.label()).reasonCode).toBe("plan_approved");
  });

  test("during which the branch moves does not become a plan", async () => {
    const { world } = scene;
    const pull = await Pull.open(world);
    world.github.onRequest({
      match: ({ operation }) => operation === "POST /repos/{owner}/{repo}/issues/comments/{comment_id}/reactions",
      run: async () => {
        await pull.push({ "late.txt": "late\n" });
      },
    });
    const result = await pull.ask();
    expect(decisionOf(result)).toEqual(refused("head_moved"));
    const bundle = await readArchive(await world.artifacts.read(Number(result.outputs["artifact-id"])));
    expect(auditBundle(bundle).claims).toMatchObject({ stage: "refused", lastReason: "head_moved" });
  });

  test("under wrong inputs ends with what is wrong, expected and to be done", async () => {
    const { world } = scene;
    const pull = await Pull.open(world);
    const result = await pull.ask("greet", { inputs: { "retention-days": "900", "policy-path": "../x.yml" } });
    expect(decisionOf(result)).toEqual(refused("configuration_invalid"));
    expect(result.log).toContain("`retention-days`: must be 1 to 90");
    expect(result.log).toContain("`policy-path`");
  });
});
