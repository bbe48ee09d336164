import { deepEqual, equal, match, ok } from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { readArchive } from "../../src/adapters/artifact/archive.ts";
import { create, greet, modify, planOf, steps } from "../acceptance/bed.ts";
import { applyPatch, shell } from "../world/model.ts";
import { Pull, REQUESTER } from "../world/pull.ts";
import type { StepResult } from "../world/runner.ts";
import type { StepOptions } from "../world/world.ts";
import type { LoadBench } from "./bench.ts";
import { writeTalker, writeTrap } from "./stand-in.ts";

export interface Load {
  readonly title: string;
  readonly policy?: string;
  readonly run: (bench: LoadBench) => Promise<void>;
}

const range = (length: number): readonly number[] => Array.from({ length }, (_, index) => index);

function expectReason({ outputs, log }: StepResult, reasonCode: string): void {
  equal(outputs["reason-code"], reasonCode, log.slice(-2_000));
}

/** What the evidence of a step has under a name. */
async function evidence(bench: LoadBench, { outputs }: StepResult, name: string): Promise<string> {
  const files = await readArchive(await bench.world.artifacts.read(Number(outputs["artifact-id"])));
  return Buffer.from(files.get(name) ?? "").toString();
}

/** 200 commands by people who may not write, two jobs at a time; half of them belong to the repository. */
async function flood(bench: LoadBench): Promise<void> {
  const { world, directory } = bench;
  const pull = await Pull.open(world);
  const mark = join(directory, "started");
  writeTrap(join(directory, "codex"), mark);
  const roles = ["none", "none", "read", "triage"] as const;
  const strangers = range(5).flatMap((index) =>
    roles.map((role, at) => world.github.administration.addUser({ login: `stranger-${index}-${at}`, role })),
  );
  const before = world.github.requests.length;
  const waiting = range(200).map((index) => strangers[index % strangers.length]?.login ?? "");
  const inputs = { "codex-path": join(directory, "codex") };
  const work = async (): Promise<void> => {
    for (let login = waiting.pop(); login !== undefined; login = waiting.pop()) {
      const name = login;
      const step = (options: StepOptions) =>
        pull.comment(name, `/codex flood ${waiting.length}`, { ...options, inputs });
      // Every 20th is measured; what two steps at a time call cannot be told apart, so calls are counted over all.
      const result =
        waiting.length % 20 === 0 ? await bench.measure("a comment without write access", step) : await step({});
      expectReason(result, "requester_not_authorised");
    }
  };
  await Promise.all([work(), work()]);
  const calls = world.github.requests.slice(before);
  deepEqual(new Set(calls.map(({ operation }) => operation)).size, 1);
  ok(
    calls.length <= 200,
    `200 comments by people who may not write made ${calls.length} API calls, expected at most one each.`,
  );
  equal(existsSync(mark), false, "Codex was started for somebody who may not write.");
  deepEqual([world.model.requests.length, pull.comments.length], [0, 0]);
  deepEqual(world.github.state.checkRuns.length, 0);
}

const manyFiles = (amount: number, reason = "It is new.") =>
  planOf(
    range(amount).map((index) => ({ ...create(`f/${index}`), reason })),
    { steps: [] },
  );

async function tooManyFiles(bench: LoadBench): Promise<void> {
  const { world } = bench;
  const pull = await Pull.open(world);
  world.agent.plan = () => manyFiles(10_000);
  const result = await bench.measure("a plan of 10,000 files", (options) => pull.ask("Go.", options));
  expectReason(result, "plan_too_large");
  match(pull.comments.at(-1)?.body ?? "", /at most 100.*10000/s);
  world.agent.plan = () => manyFiles(10_000, "It is new, and the reason for it is told at length. ".repeat(20));
  const long = await bench.measure("the same, 10 MB of text", (options) => pull.ask("Go.", options));
  expectReason(long, "plan_invalid");
}

async function limitBeyondReading(bench: LoadBench): Promise<void> {
  const pull = await Pull.open(bench.world);
  const result = await bench.measure("max-files: 10000", (options) => pull.ask("Go.", options));
  expectReason(result, "policy_invalid");
  match(pull.comments.at(-1)?.body ?? "", /max-files.*1000/s);
}

/** As many files as a policy can allow, in a repository of ten times as many. */
async function mostFiles(bench: LoadBench): Promise<void> {
  const { world } = bench;
  const old = Object.fromEntries(
    range(10_000).map((index) => [`src/part-${index % 100}/file-${index}.txt`, `${index}\n`]),
  );
  const pull = await Pull.open(world, { files: old });
  const paths = Object.keys(old).slice(0, 1_000);
  world.agent.plan = () => planOf(paths.map(modify), { steps: [] });
  // Codex starts a sandbox for each file of a patch, so that a thousand would take it minutes; a plan may be left short.
  const patch = paths
    .slice(0, 20)
    .flatMap((path) => [`*** Update File: ${path}`, "@@", `-${old[path]?.trim()}`, `+new ${old[path]?.trim()}`]);
  world.agent.change = steps(applyPatch(patch));
  const name = "1,000 of 10,000 files";
  expectReason(await bench.measure(`${name}: plan`, (options) => pull.ask("Go.", options)), "plan_published");
  expectReason(await bench.measure(`${name}: approve`, (options) => pull.label("grace", options)), "plan_approved");
  expectReason(await bench.measure(`${name}: execute`, (options) => pull.execute(options)), "plan_executed");
}

async function emoji(bench: LoadBench): Promise<void> {
  const { world } = bench;
  const pull = await Pull.open(world);
  const longest = `/codex ${"🦄".repeat(11_500)}`;
  const planned = await bench.measure("a prompt of 11,500 emoji", (options) =>
    pull.comment(REQUESTER, longest, options),
  );
  expectReason(planned, "plan_published");
  ok((await evidence(bench, planned, "prompt.txt")) === longest.slice(7), "The archived prompt is another one.");
  // Whether GitHub counts such characters once or twice is not documented: here it has taken the comment.
  const delivery = world.github.people.comment(REQUESTER, pull.number, "/codex x");
  const body = `/codex ${"🦄".repeat(65_536)}`;
  const comment = world.github.state.comments.get(delivery.commentId);
  if (comment !== undefined) comment.body = body;
  const payload = structuredClone(delivery.payload) as { comment: { body: string } };
  payload.comment.body = body;
  const refused = await bench.measure("a prompt of 65,536 emoji", (options) =>
    world.act("plan", { ...delivery, payload }, options),
  );
  expectReason(refused, "prompt_too_long");
}

const HALF_GIGABYTE = 500_000_000;

/** The road by which Codex tells what it does: a notification for each thing it did. */
async function talkativeCodex(bench: LoadBench): Promise<void> {
  const { world, directory } = bench;
  const path = join(directory, "codex");
  writeTalker(path, { megabytes: 500, answer: JSON.stringify(planOf([modify("src/greeting.js")])) });
  const pull = await Pull.open(world);
  const result = await bench.measure("500 MB of events of Codex", (options) =>
    pull.ask("Go.", { ...options, inputs: { "codex-path": path } }),
  );
  expectReason(result, "plan_published");
  const log = await evidence(bench, result, "run-log.jsonl");
  ok(log.length < 9_000_000, `The run log has ${log.length} characters.`);
  match(log, /"event":"item_completed"/);
}

/** The same through the real Codex: a command of the model that prints without end. */
async function talkativeCommand(bench: LoadBench): Promise<void> {
  const { world } = bench;
  const pull = await Pull.open(world);
  await pull.ask();
  const cmd = `yes 0123456789 | head -c ${HALF_GIGABYTE}`;
  world.agent.change = steps(shell({ cmd, yield_time_ms: 60_000 }), greet());
  const result = await bench.measure("500 MB printed by a model's command", (options) => pull.label("grace", options));
  expectReason(result, "plan_approved");
  ok((await evidence(bench, result, "run-log.jsonl")).length < 9_000_000);
}

/** A verification command's output comes to the action as it is printed. */
async function talkativeVerification(bench: LoadBench): Promise<void> {
  const pull = await Pull.open(bench.world);
  await pull.ask();
  await pull.label();
  const result = await bench.measure("500 MB printed by a verification command", (options) => pull.execute(options));
  expectReason(result, "verification_failed");
  match(pull.comments.at(-1)?.body ?? "", /the end of it/);
}

export const LOADS: readonly Load[] = [
  { title: "200 comments by people who may not write", run: flood },
  { title: "a plan of 10,000 files", run: tooManyFiles },
  { title: "a policy that would allow 10,000 files", policy: "max-files: 10000\n", run: limitBeyondReading },
  { title: "the most files that a policy can allow", policy: "max-files: 1000\n", run: mostFiles },
  { title: "a prompt of 65,536 emoji", run: emoji },
  { title: "a Codex that tells 500 MB", run: talkativeCodex },
  { title: "a model's command that prints 500 MB", run: talkativeCommand },
  {
    title: "a verification command that prints 500 MB",
    policy: `verification:\n  - "yes 0123456789 | head -c ${HALF_GIGABYTE}; echo the end of it; exit 3"\n`,
    run: talkativeVerification,
  },
];
