import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { hostileProgram, turn } from "../../adapters/codex/hostile-program.ts";
import { applyPatch, type ModelRequest, message, type OutputItem, type Reply, shell } from "../../world/model.ts";
import { CHECK, Pull } from "../../world/pull.ts";
import { failed, NEWER_SERVICE_ERRORS, refusal, SERVICE_ERRORS } from "../../world/service-errors.ts";
import { allowed, archived, behave, decisionOf, denied, greet } from "../bed.ts";
import { approved, openScene, planned } from "../scene.ts";

// Six seconds a turn: a hang must not take as long as it would in earnest.
const scene = openScene({ policy: "codex:\n  timeout-minutes: 0.1\n", ready: ["planned", "approved"] });
const directory = mkdtempSync(join(tmpdir(), "codex-stand-in-"));
afterAll(() => rmSync(directory, { recursive: true }));

/** Each with what helps, as the comment says it. */
const answers: readonly [name: string, reply: Reply, reasonCode: string, says: RegExp][] = [
  ...[...SERVICE_ERRORS, ...NEWER_SERVICE_ERRORS].map(
    ([name, reply, reasonCode, says]) =>
      [`answers with ${name}`, reply, reasonCode, says] as [string, Reply, string, RegExp],
  ),
  ["cuts its answer off", { fault: "cut", items: [message("half")] }, "codex_stream_cut", /Re-run/],
  ["never ends its answer", { fault: "hang" }, "codex_timeout", /Re-run/],
];
/** What somebody mends beside the approval, or what is better the next time. */
const faults: readonly [name: string, reply: Reply, reasonCode: string][] = [
  ["refuses the key", { status: 401 }, "codex_auth_failed"],
  ["is rate limited", { status: 429 }, "codex_rate_limited"],
  ["fails", { status: 500 }, "codex_service_failed"],
  ["cuts its answer off", { fault: "cut", items: [message("half")] }, "codex_stream_cut"],
  ["has no model for the key", refusal(403, "model_not_found", "No access to the model"), "codex_model_unavailable"],
  ["has no quota left", failed("insufficient_quota", "No quota."), "codex_quota_exceeded"],
];
/** What the approved prompt will meet again. */
const lasting: typeof faults = [
  ["flags the prompt", failed("bio_policy", "This was flagged."), "codex_policy_refused"],
  ["has no room for the work", failed("context_length_exceeded", "Too long."), "codex_work_too_large"],
];

describe("a model service that", () => {
  test.each(answers)("%s refuses the request and says what helps", async (_name, reply, reasonCode, says) => {
    scene.world.agent.plan = () => reply;
    const pull = await Pull.open(scene.world);
    expect(decisionOf(await pull.ask())).toEqual(denied(reasonCode, "refused"));
    expect(pull.comments.at(-1)?.body).toContain(reasonCode);
    expect(pull.comments.at(-1)?.body).toMatch(says);
    expect(pull.checks((await pull.head) ?? "", `${CHECK}/request`).at(-1)?.conclusion).toBe("failure");
  });

  test.each(faults)(
    "%s during the dry run keeps the label, and a re-run ends right",
    async (_name, reply, reasonCode) => {
      const { world } = scene;
      const pull = await planned(world);
      world.agent.change = () => reply;
      expect(decisionOf(await pull.label())).toEqual(denied(reasonCode));
      expect(pull.isLabelPresent).toBe(true);
      expect(pull.checks((await pull.head) ?? "").at(-1)?.conclusion).toBe("failure");
      behave(world);
      expect(decisionOf(await pull.approve())).toEqual(allowed("plan_approved", "approved"));
    },
  );

  test.each(lasting)(
    "%s during the dry run takes the label: a re-run would end the same",
    async (_name, reply, reasonCode) => {
      const { world } = scene;
      const pull = await planned(world);
      world.agent.change = () => reply;
      expect(decisionOf(await pull.label())).toEqual(denied(reasonCode));
      expect(pull.isLabelPresent).toBe(false);
    },
  );

  test("fails during the execution commits nothing, and a re-run ends right", async () => {
    const { world } = scene;
    const pull = await approved(world);
    const head = await pull.head;
    world.agent.plan = () => ({ status: 401 });
    expect(decisionOf(await pull.execute())).toEqual(denied("codex_auth_failed"));
    expect(await pull.head).toBe(head);
    expect(pull.isLabelPresent).toBe(true);
    behave(world);
    expect(decisionOf(await pull.execute())).toEqual(allowed("plan_executed", "executed"));
  });
});

describe("a turn that breaks off after something was declined", () => {
  const breakOff =
    (...items: readonly OutputItem[]) =>
    ({ toolOutputs }: ModelRequest): Reply => {
      const item = items[toolOutputs.length];
      return item === undefined ? { status: 401 } : [item];
    };

  test("has failed the dry run: another file was asked for", async () => {
    const { world } = scene;
    const pull = await planned(world);
    world.agent.change = breakOff(greet(), applyPatch(["*** Delete File: README.md"]));
    const result = await pull.label();
    expect(decisionOf(result)).toEqual(denied("parity_failed"));
    expect(pull.isLabelPresent).toBe(false);
    expect(pull.comments.at(-1)?.body).toMatch(/README\.md.*declined before it was made/);
    const files = await archived(pull, result);
    expect(files.get("journal.jsonl")).toMatch(/README\.md.*codex_auth_failed/);
    expect(files.get("run-log.jsonl")).toMatch(/README\.md/);
  });

  test("keeps the evidence of what was asked for besides files", async () => {
    const { world } = scene;
    const pull = await planned(world);
    const cmd = "curl http://127.0.0.1";
    world.agent.change = breakOff(shell({ cmd, sandbox_permissions: "require_escalated", justification: "fun" }));
    const result = await pull.label();
    expect(decisionOf(result)).toEqual(denied("codex_auth_failed"));
    expect(pull.comments.at(-1)?.body).toContain(cmd);
    expect((await archived(pull, result)).get("run-log.jsonl")).toMatch(/"event":"interrupted"/);
  });
});

function standIn(name: string, script: string): string {
  const path = join(directory, name);
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  return path;
}

describe("a Codex that ends its turn with a kind of error that the model service cannot cause", () => {
  /** Asks for one thing, and then gives up with this error. */
  function givesUp(name: string, info: string, asks: string): string {
    const end = `send({ method: "turn/completed", params: { threadId: "t1", turn: { id: "u1", status: "failed",
      error: { message: "it failed", codexErrorInfo: ${info}, additionalDetails: null } } } });`;
    const program = hostileProgram(join(directory, `${name}.cjs`), `${turn(asks || end)} onAnswer = () => { ${end} };`);
    return standIn(name, `[ "$1" = --version ] && echo codex-cli 0.171.0 || exec ${program} "$@"`);
  }
  const file = (path: string) => `send({ method: "item/started", params: item("${path}") }); ask(7);`;
  const command = `send({ id: 7, method: "item/commandExecution/requestApproval", params: { ...at, itemId: "c", command: "curl evil" } });`;

  test.each<[kind: string, info: string, asks: string, reasonCode: string, keepsLabel: boolean]>([
    ["tooManyDenials after a command", `"tooManyDenials"`, command, "codex_gave_up", false],
    ["tooManyDenials after another file", `"tooManyDenials"`, file("README.md"), "parity_failed", false],
    ["sessionBudgetExceeded", `"sessionBudgetExceeded"`, "", "codex_work_too_large", false],
    ["sandboxError", `"sandboxError"`, "", "sandbox_unavailable", true],
    ["threadRollbackFailed", `"threadRollbackFailed"`, "", "codex_protocol", true],
    ["a kind of a later version", `{ brandNew: { level: 9 } }`, "", "codex_service_failed", true],
    ["no kind", "null", "", "codex_service_failed", true],
  ])("%s: denied", async (kind, info, asks, reasonCode, keepsLabel) => {
    const pull = await planned(scene.world);
    const codexPath = givesUp(kind.replaceAll(" ", "-"), info, asks);
    expect(decisionOf(await pull.label("grace", { inputs: { "codex-path": codexPath } }))).toEqual(denied(reasonCode));
    expect(pull.isLabelPresent).toBe(keepsLabel);
    const told = pull.comments.map(({ body }) => body).join("\n");
    if (asks === command) expect(told).toContain("curl evil");
    if (asks === file("README.md")) expect(told).toMatch(/README\.md.*declined before it was made/);
  });
});

describe("a Codex that", () => {
  const installations: readonly [name: string, script: string, reasonCode: string][] = [
    ["has another version", "echo codex-cli 0.1.0", "codex_version_mismatch"],
    ["cannot say its version", "exit 3", "codex_missing"],
    ["says garbage", '[ "$1" = --version ] && echo codex-cli 0.171.0 || echo "what?"', "codex_protocol"],
    ["ends at once", '[ "$1" = --version ] && echo codex-cli 0.171.0 || exit 0', "codex_exited"],
  ];
  test.each(installations)("%s refuses the request", async (name, script, reasonCode) => {
    const pull = await Pull.open(scene.world);
    const codexPath = standIn(name.replaceAll(" ", "-"), script);
    const result = await pull.ask("Greet.", { inputs: { "codex-path": codexPath } });
    expect(decisionOf(result)).toEqual(denied(reasonCode, "refused"));
    expect(pull.comments.at(-1)?.body).toContain(reasonCode);
  });

  test("is not there refuses the request", async () => {
    const pull = await Pull.open(scene.world);
    const result = await pull.ask("Greet.", { inputs: { "codex-path": join(directory, "nothing") } });
    expect(decisionOf(result)).toEqual(denied("codex_missing", "refused"));
  });
});
