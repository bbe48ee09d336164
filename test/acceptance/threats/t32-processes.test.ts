import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test, vi } from "vitest";
import { hostileProgram, turn } from "../../adapters/codex/hostile-program.ts";
import { shell } from "../../world/model.ts";
import { processesWith } from "../../world/processes.ts";
import { Pull } from "../../world/pull.ts";
import { allowed, archived, decisionOf, denied, GREETING, planOf, steps } from "../bed.ts";
import { approved, bringUnder, expectDenied, openScene, planned } from "../scene.ts";

const scene = openScene({ policy: "codex:\n  timeout-minutes: 0.2\n", ready: ["planned", "approved"] });
const directory = mkdtempSync(join(tmpdir(), "codex-processes-"));
afterAll(() => rmSync(directory, { recursive: true }));

/**
 * Counts in the planned file, and afterwards in a file outside of the tree, until it is killed. Its end can be told from
 * the two: whoever lives on after the tree was read counts further than the patch.
 */
const COUNTER = `
const { openSync, writeSync } = require("node:fs");
for (const name of ["SIGTERM", "SIGHUP", "SIGINT", "SIGPIPE"]) process.on(name, () => {});
const [, , planned, outside, mother] = process.argv;
const isMotherAlive = () => { try { process.kill(Number(mother), 0); return true; } catch { return false; } };
let count = 0;
let files;
const step = () => {
  files ??= [openSync(planned, "w"), openSync(outside, "w")];
  count += 1;
  const text = "export const greeting = " + String(count).padStart(9, "0") + ";\\n";
  for (const file of files) writeSync(file, text, 0);
};
setInterval(() => { if (!mother || !isMotherAlive()) step(); }, 1);
`;

let programs = 0;

/** A program in place of Codex that gets the planned change granted, then starts the counter in its own way. */
function standIn(start: string) {
  programs += 1;
  const name = join(directory, `program-${programs}`);
  const outside = `${name}.count`;
  const counter = `${name}.counter.js`;
  writeFileSync(counter, COUNTER);
  const behaviour = `
    const fs = require("node:fs");
    const sh = (script, options = {}) => spawn("/bin/sh", ["-c", script], { stdio: "ignore", ...options });
    const counting = (more = "") => ${JSON.stringify(`${process.execPath} ${counter} `)} + tree + "/src/greeting.js ${outside} " + more;
    const counts = () => { try { return Number(/\\d+/.exec(fs.readFileSync("${outside}", "utf8"))[0]); } catch { return 0; } };
    const once = (isTrue, then) => { if (isTrue()) then(); else setTimeout(() => once(isTrue, then), 5); };
    const finish = () => { send({ method: "item/completed", params: item("src/greeting.js", "completed") }); say("Done."); end(); };
    const finishCounted = () => once(() => counts() > 20, finish);
    ${turn('send({ method: "item/started", params: item("src/greeting.js") }); ask(1);')}
    onAnswer = () => { fs.writeFileSync(tree + "/src/greeting.js", "export const greeting = 000000000;\\n"); ${start} };
  `;
  const path = hostileProgram(name, behaviour);
  const last = (text: string) => Number(/\d{9}/.exec(text)?.[0] ?? 0);
  return { path, name, outside, counted: () => (existsSync(outside) ? last(readFileSync(outside, "utf8")) : 0), last };
}

/** How a child is started that shall live on, and what Codex then does. */
const WAYS: readonly (readonly [what: string, start: string])[] = [
  [
    "has a session of its own",
    "spawn('/bin/sh', ['-c', 'exec ' + counting()], { detached: true, stdio: 'ignore' }); finishCounted();",
  ],
  ["was forked twice, so that init adopts it", "sh('setsid sh -c \"' + counting() + ' &\" &'); finishCounted();"],
  ["is in a process group of its own", "sh('set -m; ' + counting() + ' & exit 0'); finishCounted();"],
  ["closed every file", "sh('setsid ' + counting() + ' <&- >&- 2>&- &'); finishCounted();"],
  [
    "holds Codex's output open",
    "sh('setsid ' + counting() + ' &', { stdio: ['ignore', 'inherit', 'inherit'] }); finishCounted();",
  ],
  [
    "survives that Codex ends itself right after its last word",
    "sh('setsid ' + counting() + ' &'); once(() => counts() > 20, () => { finish(); process.stdout.write('', () => process.exit(0)); });",
  ],
  ["waits for Codex's death before it writes", "sh('setsid ' + counting(process.pid) + ' &').once('exit', finish);"],
  [
    "is in namespaces of its own",
    "sh('setsid unshare --user --map-root-user --pid --mount --fork ' + counting() + ' &'); finishCounted();",
  ],
  [
    "has stopped Codex and everything that it can",
    "sh('setsid ' + counting() + ' &'); once(() => counts() > 20, () => { finish(); sh('kill -STOP 1; kill -KILL 1; kill -STOP ' + process.pid); });",
  ],
  [
    "has hundreds of brothers",
    "sh('f() { sleep 600 & if [ $1 -gt 0 ]; then f $(($1 - 1)) & f $(($1 - 1)) & fi; wait; }; f 6 &  setsid ' + counting() + ' &'); finishCounted();",
  ],
];

describe("T32 a child of Codex leaves its group or session", () => {
  test.each(WAYS)("one that %s is gone before the tree is read", async (_what, start) => {
    const program = standIn(start);
    const pull = await planned(scene.world);
    const result = await pull.label("grace", { inputs: { "codex-path": program.path } });
    expect(processesWith(program.name)).toEqual([]);
    expect(decisionOf(result)).toEqual(allowed("plan_approved", "approved"));
    const patch = (await archived(pull, result)).get("dry-run.patch") ?? "";
    // It writes into the tree first: it may have been killed between the two.
    const read = program.last(patch.slice(patch.indexOf("\n+export")));
    expect([read, read - 1]).toContain(program.counted());
  });
});

/** A program that starts a counter which nothing above it holds, and then says nothing more. */
const hanging = () => standIn("sh('setsid sh -c \"' + counting() + ' &\" &');");

describe("T32 the action is ended in the middle of a turn", () => {
  test.each<NodeJS.Signals>(["SIGKILL", "SIGTERM", "SIGINT"])(
    "with %s: nothing that it started lives on",
    async (killSignal) => {
      const program = hanging();
      const pull = await planned(scene.world);
      const controller = new AbortController();
      const step = pull.label("grace", {
        inputs: { "codex-path": program.path },
        signal: controller.signal,
        killSignal,
      });
      await vi.waitUntil(() => program.counted() > 0, { timeout: 60_000 });
      controller.abort();
      expect((await step).exitCode).toBeNull();
      // The kernel ends them after its parent, and nobody waits for that.
      await vi.waitUntil(() => processesWith(program.name).length === 0, { timeout: 20_000 });
    },
  );

  test("so does nothing of the real Codex and its commands", async () => {
    const { world } = scene;
    const pull = await planned(world);
    const marker = `49${Math.floor(Math.random() * 1e6)}`;
    world.agent.change = steps(shell({ cmd: `(setsid sleep ${marker} &) ; sleep ${marker}` }));
    const controller = new AbortController();
    const step = pull.label("grace", { signal: controller.signal });
    await vi.waitUntil(() => processesWith(`sleep ${marker}`).length > 1, { timeout: 60_000 });
    controller.abort();
    await step;
    await vi.waitUntil(() => processesWith(marker).length === 0, { timeout: 20_000 });
  });
});

describe("T32 what verification commands leave behind", () => {
  const verifying = (command: string) => `verification:\n  - ${JSON.stringify(command)}\n`;

  test("a daemon of theirs is gone, and what it wrote is a change", async () => {
    const { world } = scene;
    const marker = `50${Math.floor(Math.random() * 1e6)}`;
    const daemon = `(setsid sh -c 'while :; do echo ${marker} >> src/greeting.js; done' &) ; until grep -q ${marker} src/greeting.js; do :; done`;
    const pull = await bringUnder(verifying(daemon), "approved", world);
    const head = await pull.head;
    expect(decisionOf(await pull.execute())).toEqual(denied("verification_changed_tree"));
    expect(processesWith(marker)).toEqual([]);
    expect(await pull.head).toBe(head);
  });

  test.each([
    ["the planned file", "src/greeting.js"],
    ["another file", "README.md"],
  ])("another mode of %s is a change, and is not committed", async (_what, path) => {
    const pull = await bringUnder(verifying(`chmod +x ${path}`), "approved", scene.world);
    const head = await pull.head;
    const result = await pull.execute();
    expect(decisionOf(result)).toEqual(denied("verification_changed_tree"));
    expect(pull.comments.map(({ body }) => body).join("\n")).toContain(path);
    expect(await pull.head).toBe(head);
  });
});

/** What a program in place of Codex does to the tree while it is only to plan. */
const CHANGES: readonly (readonly [what: string, act: string, path: string])[] = [
  ["content", 'fs.writeFileSync(tree + "/src/greeting.js", "x")', "src/greeting.js"],
  ["mode", 'fs.chmodSync(tree + "/src/greeting.js", 0o755)', "src/greeting.js"],
  ["new file", 'fs.writeFileSync(tree + "/src/new.js", "x")', "src/new.js"],
  ["deletion", 'fs.rmSync(tree + "/docs/guide.md")', "docs/guide.md"],
  ["rename", 'fs.renameSync(tree + "/README.md", tree + "/READ.md")', "READ.md"],
  ["link", 'fs.rmSync(tree + "/README.md"); fs.symlinkSync("AGENTS.md", tree + "/README.md")', "README.md"],
  ["empty directory", 'fs.mkdirSync(tree + "/empty")', "empty/"],
  ["directory in place of a file", 'fs.rmSync(tree + "/README.md"); fs.mkdirSync(tree + "/README.md")', "README.md"],
  ["ignored file", 'fs.writeFileSync(tree + "/debug.log", "x")', "debug.log"],
  [
    ".git",
    'fs.mkdirSync(tree + "/.git/hooks", { recursive: true }); fs.writeFileSync(tree + "/.git/config", "x")',
    ".git",
  ],
  ["pipe", 'require("node:child_process").execFileSync("mkfifo", [tree + "/pipe"])', "pipe"],
  ["instruction file", 'fs.appendFileSync(tree + "/AGENTS.md", "x")', "AGENTS.md"],
  [
    "change by a child that lives on",
    'spawn("/bin/sh", ["-c", "setsid sh -c \'while :; do echo x >> README.md; done\' & exit 0"], { cwd: tree }); while (fs.readFileSync(tree + "/README.md", "utf8").length < 40);',
    "README.md",
  ],
];

/** Plans well, and does something else beside it. */
function planner(act: string): string {
  programs += 1;
  const plan = JSON.stringify(JSON.stringify(planOf([GREETING])));
  return hostileProgram(
    join(directory, `planner-${programs}`),
    `const fs = require("node:fs"); ${turn(`${act}; say(${plan}); end();`)}`,
  );
}

describe("T32 files change in a turn that is only to plan", () => {
  test.each(CHANGES)("%s: no plan is published", async (_what, act, path) => {
    const { world } = scene;
    const pull = await Pull.open(world, { files: { ".gitignore": "*.log\n" } });
    const result = await pull.ask("Change the greeting.", { inputs: { "codex-path": planner(act) } });
    expect(decisionOf(result)).toEqual(denied("planning_changed_tree", "refused"));
    const told = pull.comments.map(({ body }) => body).join("\n");
    expect(told).toContain("planning_changed_tree");
    expect(told).toContain(path);
    expect(decisionOf(await pull.label())).toEqual(denied("plan_not_found"));
  });

  test("nothing: the plan is published", async () => {
    const pull = await Pull.open(scene.world, { files: { ".gitignore": "*.log\n" } });
    const result = await pull.ask("Change the greeting.", { inputs: { "codex-path": planner("") } });
    expect(decisionOf(result)).toEqual(allowed("plan_published", "planned"));
  });

  test("when the plan is made anew for the execution: denied, and nothing is committed", async () => {
    const pull = await approved(scene.world);
    const path = planner('fs.chmodSync(tree + "/src/greeting.js", 0o755)');
    await expectDenied(pull, "planning_changed_tree", () => pull.execute({ inputs: { "codex-path": path } }));
  });
});
