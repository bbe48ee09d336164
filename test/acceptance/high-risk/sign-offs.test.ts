import { describe, expect, test } from "vitest";
import { actionsToken } from "../../world/github/double.ts";
import { shell } from "../../world/model.ts";
import { LABEL, Pull, REQUESTER, REVIEWER } from "../../world/pull.ts";
import type { StepResult } from "../../world/runner.ts";
import { DEFAULT_PERMISSIONS } from "../../world/world.ts";
import { allowed, behave, create, decisionOf, denied, GREETING, greet, planOf, pointerOf, steps } from "../bed.ts";
import { COMMIT, killBefore, POST_CHECK } from "../instants.ts";
import { approved, bringUnder, openScene, planned } from "../scene.ts";
import { decide, go, ONE_GATE, pass, say } from "./signing.ts";

const scene = openScene({ policy: ONE_GATE, ready: ["planned", "approved"] });

const PERMISSION = "GET /repos/{owner}/{repo}/collaborators/{username}/permission";
const PASS = "/codex-gate communication pass Support knows of it.";

/** Denied before Codex is asked; the label stays, for nothing is wrong with the approval. */
async function expectBlocked(pull: Pull, reasonCode: string): Promise<string> {
  const { world } = scene;
  const [head, asked] = [await pull.head, world.model.requests.length];
  const result = await pull.execute();
  expect(decisionOf(result)).toEqual(denied(reasonCode, "blocked"));
  expect(result.outputs.ready).toBe("false");
  expect(world.model.requests).toHaveLength(asked);
  expect(await pull.head).toBe(head);
  expect(pull.isLabelPresent).toBe(true);
  expect(pull.checks(head ?? "").at(-1)?.conclusion).toBe("failure");
  return result.outputs.result ?? "";
}

describe("a sign-off", () => {
  test("of the requester, of somebody without a say, or without words does not count, and its author is told", async () => {
    const { world } = scene;
    const pull = await approved(world);
    const before = pull.checks((await pull.head) ?? "").length;
    expect(decisionOf(await pass(pull, "communication", "ada"))).toEqual(denied("sign_off_refused", "refused"));
    expect(pull.comments.at(-1)?.body).toContain("sign_off_refused");
    expect(decisionOf(await pull.comment("grace", "/codex-gate communication pass"))).toEqual(
      denied("sign_off_invalid", "refused"),
    );
    expect(pull.checks((await pull.head) ?? "")).toHaveLength(before);
    expect(pull.isLabelPresent).toBe(true);

    const asked = world.github.requests.length;
    expect((await pass(pull, "communication", "mallory")).outputs["reason-code"]).toBe("sign_off_refused");
    expect(world.github.requests.length - asked).toBe(1);
    await expectBlocked(pull, "gates_pending");
  });

  test("of somebody without write access is answered in the run alone, and takes nothing away", async () => {
    const { world } = scene;
    const pull = await approved(world);
    const [answers, checks] = [pull.comments.length, world.github.state.checkRuns.length];
    for (const text of [PASS, "/codex-decision no-go I object.", "/codex-approve", PASS]) {
      const result = await pull.comment("tess", text);
      expect(decisionOf(result)).toEqual(denied("sign_off_refused", "refused"));
    }
    expect(pull.comments).toHaveLength(answers);
    expect(world.github.state.checkRuns).toHaveLength(checks);
    expect(pull.isLabelPresent).toBe(true);
  });

  test("on a plan's comment that somebody edited does not count: neither before the label nor after it was put back", async () => {
    const { world } = scene;
    for (const pull of [await planned(world), await approved(world)]) {
      const [head, { id = 0, body = "" }] = [await pull.head, pull.comments[0] ?? {}];
      world.github.people.editComment("ada", id, `${body.split("\n")[0]}\nHarmless, one file: README.md`);
      expect(decisionOf(await pull.comment("grace", PASS))).toEqual(denied("plan_comment_edited", "refused"));
      expect(pull.comments.at(-1)?.body).toContain("The sign-off does not count");
      world.github.people.editComment("ada", id, body);
      if (!pull.isLabelPresent) await pull.label();
      go(pull);
      expect((await pull.execute()).outputs.decision).toBe("deny");
      expect(await pull.head).toBe(head);
    }
  });

  test("that was edited before it is read is answered as a sign-off, not as a request", async () => {
    const { world } = scene;
    const pull = await approved(world);
    const delivery = world.github.people.comment("grace", pull.number, PASS);
    world.github.people.editComment("grace", delivery.commentId, `${PASS} Really.`);
    expect(decisionOf(await world.act("plan", delivery))).toEqual(denied("sign_off_refused", "refused"));
    expect(pull.comments.at(-1)?.body).toContain("The command comment was edited after it was posted.");
  });

  test("that is edited counts no more, and neither does one that a run has seen and that is gone", async () => {
    const { world } = scene;
    const pull = await approved(world);
    const edited = say(pull, "grace", PASS);
    go(pull);
    world.github.people.editComment("grace", edited, `${PASS} Really.`);
    expect(await expectBlocked(pull, "gates_pending")).toContain("sign_off_edited");

    const again = world.github.people.comment("grace", pull.number, "/codex-gate communication fail Nobody was told.");
    await world.act("plan", again);
    world.github.people.deleteComment("grace", again.commentId);
    expect(await expectBlocked(pull, "gates_pending")).toContain("sign_off_gone");
  });

  test("that failed a gate while Codex worked is remembered when it is deleted", async () => {
    const { world } = scene;
    const pull = await approved(world);
    say(pull, "grace", PASS);
    go(pull);
    let refusal: number | undefined;
    world.github.onRequest({
      match: ({ operation }) => operation === POST_CHECK,
      run: () => {
        refusal ??= say(pull, "grace", "/codex-gate communication fail Nobody was told.");
      },
    });
    expect(decisionOf(await pull.execute())).toEqual(denied("gate_failed", "blocked"));
    world.github.calm();
    world.github.people.deleteComment("ada", refusal ?? 0);
    expect(await expectBlocked(pull, "gates_pending")).toContain("sign_off_gone");
  });

  test("that failed a gate during the dry run, and that another run has read, is not forgotten when it is deleted", async () => {
    const { world } = scene;
    const pull = await approved(world);
    say(pull, "grace", PASS);
    await pull.unlabel();
    let refused: Promise<void> | undefined;
    const refuse = async () => {
      const delivery = world.github.people.comment("linus", pull.number, "/codex-gate communication fail No.");
      expect(decisionOf(await world.act("plan", delivery))).toEqual(allowed("sign_off_recorded", "planned"));
      world.github.people.deleteComment("ada", delivery.commentId);
    };
    world.github.onRequest({
      match: ({ operation, path }) => operation === PERMISSION && path.includes("/grace/"),
      run: () => {
        refused ??= refuse();
        return refused;
      },
    });
    expect(decisionOf(await pull.label())).toEqual(allowed("plan_approved", "approved"));
    await refused;
    go(pull);
    expect(await expectBlocked(pull, "gates_pending")).toContain("sign_off_gone");
  });

  test("that failed a gate does not go with the rights of its author", async () => {
    const { world } = scene;
    const pull = await approved(world);
    say(pull, "grace", PASS);
    go(pull);
    world.github.administration.setRole("tess", "write");
    await pull.comment("tess", "/codex-gate communication fail Nobody was told.");
    await expectBlocked(pull, "gate_failed");
    world.github.administration.setRole("tess", "triage");
    expect(await expectBlocked(pull, "gates_pending")).toContain("sign_off_gone");
  });

  test("of people who may not sign is not even read, so that they cannot keep every run busy", async () => {
    const pull = await approved(scene.world);
    const slow = `a${"\u{301}\u{316}".repeat(30_000)}b`;
    for (let count = 0; count < 60; count += 1) say(pull, "rene", `/codex-gate communication fail ${slow}`);
    const started = Date.now();
    expect(decisionOf(await pass(pull, "communication"))).toEqual(allowed("sign_off_recorded", "approved"));
    expect(Date.now() - started).toBeLessThan(60_000);
  });

  test("of people who may not sign costs an execution one question each, though it reads sign-offs three times", async () => {
    const { world } = scene;
    const pull = await approved(world);
    for (const login of ["mallory", "rene", "tess"]) say(pull, login, "/codex-approve");
    say(pull, "grace", PASS);
    go(pull);
    const before = world.github.calls(PERMISSION).length;
    expect(decisionOf(await pull.execute())).toEqual(allowed("plan_executed", "executed"));
    const asked = world.github.calls(PERMISSION).slice(before);
    const about = (login: string) => asked.filter(({ path }) => path.includes(`/${login}/`)).length;
    expect(["mallory", "rene", "tess"].map(about)).toEqual([1, 1, 1]);
    expect(about("linus")).toBe(3);
  });

  test("from before the plan counts for nothing", async () => {
    const { world } = scene;
    const pull = await Pull.open(world);
    say(pull, "grace", PASS);
    go(pull);
    behave(world);
    await pull.ask();
    await pull.label();
    await expectBlocked(pull, "gates_pending");
  });
});

describe("the decision", () => {
  test("is missing without the owner, stale after a later sign-off, and binding when it is a no", async () => {
    const pull = await approved(scene.world);
    expect(decisionOf(await pass(pull, "communication"))).toEqual(allowed("sign_off_recorded", "approved"));
    expect(decisionOf(await decide(pull, "go", "grace"))).toEqual(denied("sign_off_refused", "refused"));
    await expectBlocked(pull, "decision_missing");
    go(pull);
    say(pull, "grace", PASS);
    await expectBlocked(pull, "decision_stale");
    expect((await decide(pull, "no-go")).outputs.ready).toBe("false");
    await expectBlocked(pull, "decision_no_go");
  });

  test("from before the dry run is stale, and one from after it stays good when a later run carries the bundle on", async () => {
    const pull = await approved(scene.world);
    say(pull, "grace", PASS);
    go(pull);
    await pull.unlabel();
    const again = await pull.label();
    expect(decisionOf(again)).toEqual(allowed("plan_approved", "approved"));
    expect(again.outputs.ready).toBe("false");
    await expectBlocked(pull, "decision_stale");
    expect((await decide(pull)).outputs.ready).toBe("true");
    expect((await pull.comment("linus", "/codex-approve")).outputs.ready).toBe("true");
  });

  test("that is withdrawn right before the commit leads to no commit, and the approval stays", async () => {
    const { world } = scene;
    const pull = await approved(world);
    say(pull, "grace", PASS);
    const decision = go(pull);
    const head = await pull.head;
    // The mark that spends the approval is the last thing before the commit.
    world.github.onRequest({
      match: ({ operation }) => operation === POST_CHECK,
      run: () => {
        world.github.people.deleteComment("linus", decision);
      },
    });
    expect(decisionOf(await pull.execute())).toEqual(denied("decision_missing", "blocked"));
    expect(await pull.head).toBe(head);
    expect(pull.isLabelPresent).toBe(true);
    world.github.calm();
    const decided = await decide(pull);
    expect(decided.outputs.ready).toBe("true");
    expect(decisionOf(await pull.execute())).toEqual(allowed("plan_executed", "executed"));
  });
});

describe("an execution that died between its mark and its commit", () => {
  test("makes nothing of the same change that somebody pushes after a no", async () => {
    const { world } = scene;
    const pull = await approved(world);
    const head = (await pull.head) ?? "";
    say(pull, "grace", PASS);
    go(pull);
    await killBefore(world, COMMIT, (options) => pull.execute(options));
    const { stage, bindingDigest } = pointerOf(pull, head);
    expect(stage).toBe("committing");
    await decide(pull, "no-go");
    const message = `Mine.\n\nCodex-Binding: ${bindingDigest}`;
    const files = { "src/greeting.js": 'export const greeting = "hallo";\n' };
    const { sha } = await world.github.authors.push(REQUESTER, pull.branch, files, { message });
    expect.soft((await pull.execute()).outputs.decision).toBe("deny");
    expect(pull.checks(sha).map(({ conclusion }) => conclusion)).not.toContain("success");
  });
});

describe("the people of a policy", () => {
  test("are those whose sign-offs and approvals count", async () => {
    const { world } = scene;
    const policy = ONE_GATE.replace("    rehearsal: false", "    rehearsal: false\n    approvals: 2");
    const signers = "gates:\n  communication:\n    signers: [linus, '@acme/support']\n";
    const pull = await bringUnder(`${policy}${signers}`, "approved", world);
    expect(decisionOf(await pass(pull, "communication", "grace"))).toEqual(denied("team_unreadable", "refused"));
    expect(decisionOf(await pass(pull, "communication", "linus"))).toEqual(allowed("sign_off_recorded", "approved"));
    go(pull);
    // The person who applied the label is one of the two, and counts once.
    say(pull, "grace", "/codex-approve");
    await expectBlocked(pull, "approvals_missing");
    const seconded = await pull.comment("linus", "/codex-approve I read the plan.");
    expect(decisionOf(seconded)).toEqual(allowed("sign_off_recorded", "approved"));
    expect(seconded.outputs.ready).toBe("true");
  });
});

describe("the simple wiring", () => {
  test("cannot take a sign-off after the dry run, and says which wiring can", async () => {
    const { world } = scene;
    const pull = await bringUnder(ONE_GATE, "planned", world);
    expect(decisionOf(await pass(pull, "communication"))).toEqual(allowed("sign_off_recorded", "planned"));
    const label = await world.github.people.label(REVIEWER, pull.number, LABEL);
    expect(decisionOf(await world.act("approve", label))).toEqual(allowed("plan_approved", "approved"));
    expect(decisionOf(await decide(pull))).toEqual(denied("evidence_of_pull_request", "refused"));
    expect(pull.comments.at(-1)?.body).toContain("Use the hardened wiring");
    expect(pull.isLabelPresent).toBe(true);
  });
});

describe("what Codex asked for besides files", () => {
  const SECURITY = ONE_GATE.replace("[communication]", "[security]");
  const ask = (cmd: string) =>
    shell({ cmd, sandbox_permissions: "require_escalated", justification: "It makes things easier." });

  test("waits for a person who passes the gate; what is new in the execution waits anew", async () => {
    const { world } = scene;
    world.agent.change = steps(ask("npm install"), greet());
    const pull = await bringUnder(SECURITY, "planned", world);
    say(pull, "grace", "/codex-gate security pass Read the plan.");
    const dryRun = await pull.label();
    expect(decisionOf(dryRun)).toEqual(allowed("plan_approved", "approved"));
    expect(pull.comments[0]?.body).toContain("npm install");
    go(pull);
    expect(await expectBlocked(pull, "gates_pending")).toContain("npm install");
    expect(decisionOf(await pass(pull, "security"))).toEqual(allowed("sign_off_recorded", "blocked"));
    expect((await decide(pull)).outputs.ready).toBe("true");

    const head = await pull.head;
    world.agent.change = steps(ask("npm install"), ask("curl http://127.0.0.1"), greet());
    const held = await pull.execute();
    expect(decisionOf(held)).toEqual(denied("gates_pending", "blocked"));
    expect(held.outputs.result).toContain("curl http");
    expect(held.outputs.result).not.toContain("npm install");
    expect(await pull.head).toBe(head);

    // The GO and the pass are from before the request that nobody had seen.
    const seen = await pass(pull, "security");
    expect(seen.outputs.ready).toBe("false");
    expect((await decide(pull)).outputs.ready).toBe("true");
    expect(decisionOf(await pull.execute())).toEqual(allowed("plan_executed", "executed"));
  }, 300_000);
});

describe("a team of signers that the token can read", () => {
  test("is asked for each signer: a member's sign-off counts, anybody else's does not", async () => {
    const { world } = scene;
    const { administration } = world.github;
    administration.addToken(world.token, actionsToken({ ...DEFAULT_PERMISSIONS, members: "read" }));
    administration.addTeamMember("acme/support", "grace");
    const signers = "gates:\n  communication:\n    signers: ['@acme/support']\n";
    const pull = await bringUnder(`${ONE_GATE}${signers}`, "approved", world);
    const stranger = await pass(pull, "communication", "linus");
    expect(decisionOf(stranger)).toEqual(denied("sign_off_refused", "refused"));
    expect(stranger.outputs.result).toContain("sign_off_not_authorised");
    expect(decisionOf(await pass(pull, "communication", "grace"))).toEqual(allowed("sign_off_recorded", "approved"));
    expect((await decide(pull)).outputs.ready).toBe("true");
  });
});

describe("the gates", () => {
  test("rest on the checks of the head, and on the owners of the plan's paths", async () => {
    const { world } = scene;
    const { administration, integrations } = world.github;
    administration.addToken(world.token, actionsToken({ ...DEFAULT_PERMISSIONS, statuses: "read" }));
    await world.repository.commit("main", { CODEOWNERS: "*.md @grace\n/src/ @linus\n" });
    const gates = "gates:\n  communication:\n    checks: [announced]\n    signers: [CODEOWNERS]\n";
    const pull = await bringUnder(`${ONE_GATE}${gates}`, "approved", world);
    const headSha = (await pull.head) ?? "";
    expect(decisionOf(await pass(pull, "communication", "grace"))).toEqual(denied("sign_off_refused", "refused"));
    expect(decisionOf(await pass(pull, "communication", "linus"))).toEqual(allowed("sign_off_recorded", "approved"));
    go(pull);
    expect(await expectBlocked(pull, "gates_pending")).toContain("announced");
    // Where GitHub requires a check, a neutral one after the failed one would do.
    for (const conclusion of ["failure", "neutral"])
      integrations.reportCheck({ name: "announced", headSha, conclusion });
    expect(await expectBlocked(pull, "gate_failed")).toContain("announced");
    integrations.reportCheck({ name: "announced", headSha, conclusion: "success" });
    expect((await pull.comment("linus", "/codex-approve")).outputs.ready).toBe("true");
  });

  test("need an owner of all planned paths that are owned, not of one", async () => {
    const { world } = scene;
    await world.repository.commit("main", { CODEOWNERS: "/src/ @grace @linus\n*.md @linus\n" });
    world.agent.plan = () => planOf([GREETING, create("docs/note.md"), create("data.csv")]);
    const gates = "gates:\n  communication:\n    signers: [CODEOWNERS]\n";
    const pull = await bringUnder(`${ONE_GATE}${gates}`, "planned", world);
    expect(decisionOf(await pass(pull, "communication", "grace"))).toEqual(denied("sign_off_refused", "refused"));
    expect(decisionOf(await pass(pull, "communication", "linus"))).toEqual(allowed("sign_off_recorded", "planned"));
  });

  test("that are signed while the dry run is under way do not make the plan's comment look edited", async () => {
    const { world } = scene;
    const pull = await approved(world);
    await pull.unlabel();
    let signed: Promise<StepResult> | undefined;
    // The label's person is looked up after the comment was read for the first time.
    world.github.onRequest({
      match: ({ operation, path }) => operation === PERMISSION && path.includes("/grace/"),
      run: async () => {
        signed = pass(pull, "communication", "linus");
        await signed;
      },
    });
    expect(decisionOf(await pull.label())).toEqual(allowed("plan_approved", "approved"));
    expect(decisionOf((await signed) as StepResult)).toEqual(allowed("sign_off_recorded", "planned"));
  });
});
