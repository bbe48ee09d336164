import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { InterruptedRun } from "../../../src/governance/guarded-request.ts";
import { processesWith } from "../../world/processes.ts";
import { grantOnly, openBench, temporary } from "./bench.ts";
import { hostileProgram, turn } from "./hostile-program.ts";

const PLANNED = grantOnly("modify src/a.txt");

async function runAgainst(behaviour: string, timeoutSeconds = 20) {
  using home = temporary();
  const binary = hostileProgram(join(home.path, "codex"), behaviour.replaceAll("$HOME$", home.path));
  await using bench = await openBench({ binary, settings: { timeoutSeconds } });
  const { codex, directory, settings, scratch } = bench;
  try {
    const run = await codex.change({ directory, settings, prompt: "Go.", guard: PLANNED });
    return { run, code: undefined, message: "", left: readdirSync(scratch) };
  } catch (error) {
    const { code, message } = (error instanceof InterruptedRun ? error.cause : error) as {
      code: unknown;
      message: string;
    };
    return { run: undefined, code, message, left: [...readdirSync(scratch), ...processesWith(home.path)] };
  }
}

const finish = 'say("done"); end();';

describe("a Codex that breaks the protocol", () => {
  it.each([
    ["sends garbage", turn('process.stdout.write("garbage\\n");'), "codex_protocol"],
    ["sends a JSON value that is no message", turn('process.stdout.write("[1]\\n");'), "codex_protocol"],
    [
      "asks with more depth than a stack has",
      turn(`process.stdout.write('{"id":1,"method":"x","params":' + "[".repeat(2e5) + "]".repeat(2e5) + "}\\n");`),
      "codex_protocol",
    ],
    [
      "sends a line without an end",
      turn('const x = "x".repeat(1 << 20); for (let i = 0; i < 40; i++) process.stdout.write(x);'),
      "codex_protocol",
    ],
    [
      "answers twice",
      'on["thread/start"] = ({ id }) => { reply(id, started()); reply(id, started()); };',
      "codex_protocol",
    ],
    ["answers what was not asked", 'on["thread/start"] = ({ id }) => reply(id + 7, started());', "codex_protocol"],
    ["answers without a result", 'on["thread/start"] = ({ id }) => send({ id });', "codex_protocol"],
    [
      "refuses the thread",
      'on["thread/start"] = ({ id }) => send({ id, error: { code: 1, message: "no" } });',
      "codex_protocol",
    ],
    [
      "exits in the turn",
      turn('process.stderr.write("boom\\n"); setTimeout(() => process.exit(3), 50);'),
      "codex_exited",
    ],
    ["exits at once", "process.exit(0);", "codex_exited"],
    ["is killed", turn('process.kill(process.pid, "SIGKILL");'), "codex_exited"],
    ["ends another turn, then nothing", turn('say("done"); end("completed", "u2");'), "codex_timeout"],
    ["says its final message, then hangs", turn('say("done");'), "codex_timeout"],
    ["ends the turn as interrupted", turn('end("interrupted");'), "codex_protocol"],
    ["ends the turn as something new", turn('end("succeeded");'), "codex_protocol"],
    ["fails without an error", turn('end("failed");'), "codex_protocol"],
    ["sends a malformed item", turn('send({ method: "item/started", params: { item: 1 } });'), "codex_protocol"],
    [
      "sends changes of a wrong type",
      turn(
        'const i = item("src/a.txt"); i.item.changes[0].kind = "update"; send({ method: "item/started", params: i });',
      ),
      "codex_protocol",
    ],
    [
      "applies a patch without asking",
      turn(
        `send({ method: "item/started", params: item("b.txt") }); send({ method: "item/completed", params: item("b.txt", "completed") }); ${finish}`,
      ),
      "codex_protocol",
    ],
    [
      "announces patches without end",
      turn(
        `for (let i = 0; i < 1001; i++) send({ method: "item/started", params: item("b.txt", "inProgress", "p" + i) }); ${finish}`,
      ),
      "codex_protocol",
    ],
    ["asks without end", turn("for (let i = 0; i < 1100; i++) ask(i);"), "codex_protocol"],
  ])("that %s ends with a closed code, within its bound", async (_what, behaviour, code) => {
    const ended = await runAgainst(behaviour, 2);
    expect(ended.code).toBe(code);
    expect(ended.left).toEqual([]);
  });

  it.each([
    ["approvalPolicy", 'approvalPolicy: "never"'],
    ["approvalsReviewer", 'approvalsReviewer: "auto_review"'],
    ["sandbox", 'sandbox: { type: "workspaceWrite", networkAccess: false }'],
    ["network access", 'sandbox: { type: "readOnly", networkAccess: true }'],
    ["permission profile", "activePermissionProfile: null"],
    ["cwd", 'cwd: "/"'],
    ["model", 'model: "another"'],
  ])("is refused when it applied another %s", async (what, more) => {
    const ended = await runAgainst(`on["thread/start"] = ({ id }) => reply(id, started({ ${more} }));`);
    expect(ended.code).toBe("codex_protocol");
    expect(ended.message).toContain(`another ${what}`);
  });

  it("is refused when it has another version than the pinned one", async () => {
    const ended = await runAgainst('on.initialize = ({ id }) => reply(id, { userAgent: "x/0.1.0 (y)" });');
    expect(ended.code).toBe("codex_version_mismatch");
  });

  it("is refused with the remedy when its sandbox cannot start", async () => {
    const ended = await runAgainst(
      'on["command/exec"] = ({ id }) => reply(id, { exitCode: 1, stdout: "", stderr: "bwrap: setting up uid map: Permission denied" });',
    );
    expect(ended.code).toBe("sandbox_unavailable");
    expect(ended.message).toContain("bwrap: setting up uid map");
    expect(ended.message).toContain("kernel.apparmor_restrict_unprivileged_userns=0");
  });

  it("leaves no process behind, not even one that ignores SIGTERM", async () => {
    const child = `process.on("SIGTERM", () => {}); setInterval(() => {}, 1000, "$HOME$");`;
    const ended = await runAgainst(
      `process.on("SIGTERM", () => {});
       spawn(process.execPath, ["-e", ${JSON.stringify(child)}], { stdio: "ignore" });
       ${turn("")}`,
      2,
    );
    expect(ended.code).toBe("codex_timeout");
    expect(ended.left).toEqual([]);
  });
});

describe("a Codex that asks for more than was granted", () => {
  const start = (path = "src/a.txt"): string => `send({ method: "item/started", params: item("${path}") });`;

  it.each([
    ["an item that was never announced", "ask(1);"],
    [
      "an item without changes",
      'const i = item("x"); i.item.changes = []; send({ method: "item/started", params: i }); ask(1);',
    ],
    ["a path with ..", `${start("src/../src/a.txt")} ask(1);`],
    ["a file that is not there", `${start("none.txt")} ask(1);`],
    ["write access to a whole root", `${start()} ask(1, "i1", { grantRoot: "/" });`],
    [
      "a patch that became another one before the request",
      `${start()} send({ method: "item/fileChange/patchUpdated", params: { ...at, itemId: "i1", changes: item("b.txt").item.changes } }); ask(1);`,
    ],
    [
      "two changes of one file",
      'const i = item("src/a.txt"); i.item.changes.push(i.item.changes[0]); send({ method: "item/started", params: i }); ask(1);',
    ],
    [
      "a request of another thread",
      `${start()} send({ id: 1, method: "item/fileChange/requestApproval", params: { ...at, threadId: "t2", itemId: "i1" } });`,
    ],
    ["a request without an item", `${start()} send({ id: 1, method: "item/fileChange/requestApproval", params: {} });`],
  ])("is declined for %s", async (_what, body) => {
    const { run } = await runAgainst(
      `${turn(body)} onAnswer = ({ result }) => { say(JSON.stringify(result)); end(); };`,
    );
    expect(run?.message).toBe('{"decision":"decline"}');
    expect(run?.requests).toMatchObject([{ granted: false }]);
  });

  it("is granted a change once, and declined when it asks again or uses the request's id again", async () => {
    const { run } = await runAgainst(
      `${turn(`${start()} ask(1); ask(2); send({ method: "item/started", params: item("src/a.txt", "inProgress", "i2") }); ask(1, "i2");`)}
       onAnswer = () => { if (answers.length === 3) { say(JSON.stringify(answers.map((a) => a.result.decision))); end(); } };`,
    );
    expect(run?.message).toBe('["accept","decline","decline"]');
    expect(run?.requests.map((request) => request.granted)).toEqual([true, false, false]);
    expect(run?.requests[2]).toMatchObject({ kind: "escalation", detail: "request id 1 was used before" });
  });

  it.each([
    [
      "an updated patch",
      'send({ method: "item/fileChange/patchUpdated", params: { ...at, itemId: "i1", changes: item("b.txt").item.changes } });',
    ],
    [
      "the same item with another content",
      'send({ method: "item/started", params: item("src/a.txt", "inProgress", "i1", "other") });',
    ],
    [
      "a completed item with another content",
      'send({ method: "item/completed", params: item("src/a.txt", "completed", "i1", "other") });',
    ],
  ])("ends the run when a granted change becomes another one: %s", async (_what, body) => {
    const ended = await runAgainst(`${turn(`${start()} ask(1);`)} onAnswer = () => { ${body} ${finish} };`);
    expect(ended.code).toBe("codex_protocol");
  });

  it.each([
    ["item/commandExecution/requestApproval", '{"result":{"decision":"decline"}}'],
    ["item/permissions/requestApproval", '{"result":{"permissions":{},"scope":"turn"}}'],
    ["item/tool/call", '{"result":{"contentItems":[],"success":false}}'],
    ["mcpServer/elicitation/request", '{"result":{"action":"decline","content":null,"_meta":null}}'],
    ["execCommandApproval", '{"error":{"code":-32601,"message":"declined: this client grants file changes only"}}'],
    ["something/new", '{"error":{"code":-32601,"message":"declined: this client grants file changes only"}}'],
  ])("is told no for %s, and it is listed", async (method, answer) => {
    const { run } = await runAgainst(
      `${turn(`send({ id: "q", method: "${method}", params: { command: "rm -rf /" } });`)}
       onAnswer = ({ result, error }) => { say(JSON.stringify(error ? { error } : { result })); end(); };`,
    );
    expect(run?.message).toBe(answer);
    expect(run?.requests).toEqual([{ kind: "escalation", method, detail: "rm -rf /", granted: false }]);
  });

  it("is listed with the beginning of what it asked for when that is very long", async () => {
    const { run } = await runAgainst(
      `${turn('send({ id: "q", method: "item/commandExecution/requestApproval", params: { command: "é".repeat(1e6) } });')}
       onAnswer = () => { ${finish} };`,
    );
    expect(run?.requests).toMatchObject([{ kind: "escalation", detail: `${"é".repeat(4_000)}…` }]);
  });
});

it("does not create a directory for a change that is declined", async () => {
  using home = temporary();
  const add =
    'const i = item("new/c.txt"); i.item.changes[0].kind = { type: "add" }; send({ method: "item/started", params: i }); ask(1);';
  const binary = hostileProgram(join(home.path, "codex"), `${turn(add)} onAnswer = () => { ${finish} };`);
  await using bench = await openBench({ binary });
  const { codex, directory, settings } = bench;
  await codex.change({ directory, settings, prompt: "Go.", guard: PLANNED });
  expect(existsSync(join(directory, "new"))).toBe(false);
  await codex.change({ directory, settings, prompt: "Go.", guard: () => ({ grant: true }) });
  expect(existsSync(join(directory, "new"))).toBe(false);
});
