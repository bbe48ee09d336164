import { join } from "node:path";
import { createArtifacts } from "../../src/adapters/artifact/artifacts.ts";
import { createDisk } from "../../src/adapters/disk/disk.ts";
import { createGit } from "../../src/adapters/git/git-adapter.ts";
import { createGitHub } from "../../src/adapters/github/github.ts";
import { createGitHubTime } from "../../src/adapters/github/github-time.ts";
import { createSlack } from "../../src/adapters/slack/slack.ts";
import { GovernanceError } from "../../src/governance/errors.ts";
import { openEvidence } from "../../src/governance/evidence.ts";
import { runGuarded } from "../../src/modes/guarded-run.ts";
import type { RunContext } from "../../src/modes/mode.ts";
import { isOutcome, RunRecord } from "../../src/modes/run-record.ts";
import type { Codex, GuardedRun, Ports, ScratchTree } from "../../src/ports.ts";
import { plannedBundle, planOf } from "../governance/builders.ts";
import { type Model, message, startModel } from "../world/model.ts";
import { type Arena, openCodex } from "./arena.ts";
import { findLeaks, type Sighting } from "./leaks.ts";
import { pathsOutsidePlan } from "./oracle.ts";
import { Runner } from "./runner.ts";
import type { Attempt, Place, Script } from "./script.ts";
import { differencesBetween, treeOnDisk } from "./trees.ts";

const WORKFLOW = ".github/workflows/codex.yml";
const CONTEXT: RunContext = {
  repository: "acme/shop",
  serverUrl: "https://github.com",
  runId: 1,
  runAttempt: 1,
  runActor: undefined,
  triggeringActor: undefined,
  eventName: "workflow_dispatch",
  workflowPath: WORKFLOW,
  planWorkflow: WORKFLOW,
  policyPath: ".github/codex-governance.yml",
  retentionDays: 1,
  actionVersion: "0.1.0",
};

let attempts = 0;

/** One script against the guard, the sandbox and the comparison of the whole tree. */
export async function runAttempt(arena: Arena, script: Script): Promise<Attempt> {
  attempts += 1;
  const runner = new Runner(arena.directory, `mark${process.pid}x${attempts}x`);
  const log: string[] = [];
  const ports = portsOf(arena, runner, (line) => log.push(line));
  const tree = await ports.git.openScratchTree({ head: arena.head, base: arena.head });
  const model = await startModel({
    respond: (_request, index) => script.steps[index]?.(placeOf(arena, runner, tree, model)) ?? [message("Done.")],
  });
  try {
    const contacts = arena.trap.contacts.length;
    const codex = openCodex(arena, {
      baseUrl: model.baseUrl,
      temporaryDirectory: runner.temporaryDirectory,
      readable: () => runner.readablePlaces,
      log: ports.log,
      binary: script.binary,
    });
    const watch = watchCodex(codex, () => runner.survey(tree.directory));
    const record = new RunRecord("execute", CONTEXT, { ...ports, codex: watch.codex });
    const ended = await end(record, tree, script);
    const sighting: Sighting = {
      script,
      runner,
      model,
      tree,
      end: treeOnDisk(tree.directory, arena.start),
      changes: ended.changes,
      surroundings: watch.surroundings,
      contacts: arena.trap.contacts.slice(contacts),
      told: [
        ...log,
        ended.verdict,
        JSON.stringify([record.facts, ended.findings, watch.run]),
        ...Array.from(record.evidence.values(), (bytes) => Buffer.from(bytes).toString()),
      ],
    };
    const changes = watch.run?.requests.filter(({ kind }) => kind === "file_change") ?? [];
    return {
      verdict: ended.verdict,
      committed: ended.changes?.map(({ path }) => path) ?? [],
      differences: differencesBetween(arena.start, sighting.end),
      isInside: pathsOutsidePlan(script.files, arena.start, sighting.end).length === 0,
      granted: changes.filter(({ granted }) => granted).length,
      declined: changes.filter(({ granted }) => !granted).length,
      escalations: (watch.run?.requests.length ?? 0) - changes.length,
      toolOutputs: model.requests.at(-1)?.toolOutputs ?? [],
      findings: ended.findings,
      leaks: await findLeaks(arena, sighting),
    };
  } finally {
    await model.close();
    await tree.dispose();
    runner.remove();
  }
}

/** Nobody is to ask GitHub for anything here: who does so falls into the trap. */
function portsOf(arena: Arena, { temporaryDirectory }: Runner, log: Ports["log"]): Omit<Ports, "codex"> {
  const { token, trap, server } = arena;
  const api = { token, owner: "acme", repo: "shop", apiUrl: `http://127.0.0.1:${trap.tcpPort}`, log };
  return {
    github: createGitHub({ ...api, graphqlUrl: `${api.apiUrl}/graphql` }),
    artifacts: createArtifacts({ ...api, temporaryDirectory }),
    disk: createDisk(temporaryDirectory),
    notifier: createSlack({ webhookUrl: undefined, log }),
    redact: (text) => text,
    git: createGit({ remoteUrl: `${server.url}/acme/shop.git`, token, temporaryDirectory, log }),
    clock: createGitHubTime({ log: () => undefined }),
    log,
  };
}

interface Watch {
  readonly codex: Codex;
  surroundings: Sighting["surroundings"];
  run: GuardedRun | undefined;
}

/** Notes the surroundings right before and after Codex: git's own writes come later and are no one's doing. */
function watchCodex(codex: Codex, survey: () => ReadonlyMap<string, string>): Watch {
  const watch: Watch = {
    codex: {
      ...codex,
      change: async (request) => {
        const before = survey();
        try {
          watch.run = await codex.change(request);
          return watch.run;
        } finally {
          watch.surroundings = { before, after: survey() };
        }
      },
    },
    surroundings: { before: new Map(), after: new Map() },
    run: undefined,
  };
  return watch;
}

interface Ending {
  readonly verdict: string;
  readonly changes: Sighting["changes"];
  readonly findings: readonly string[];
}

async function end(record: RunRecord, tree: ScratchTree, script: Script): Promise<Ending> {
  const { codex } = record.policy;
  const minutes = (script.timeoutSeconds ?? 60) / 60;
  record.policy = {
    ...record.policy,
    codex: { ...codex, model: script.model ?? codex.model, "timeout-minutes": minutes },
  };
  const evidence = openEvidence(plannedBundle({ plan: planOf(script.files) }));
  try {
    const judged = await runGuarded(record, tree, evidence, "execute");
    if (!isOutcome(judged)) return { verdict: "allowed", changes: judged, findings: [] };
    const findings = judged.findings.map(({ code, path, message }) => `${code} ${path ?? ""}: ${message}`);
    return { verdict: judged.reasonCode, changes: undefined, findings };
  } catch (error) {
    if (!(error instanceof GovernanceError)) throw error;
    return { verdict: error.code, changes: undefined, findings: [error.message] };
  }
}

function placeOf(arena: Arena, runner: Runner, tree: ScratchTree, model: Model): Place {
  return {
    tree: tree.directory,
    scratch: join(tree.directory, ".."),
    temporary: runner.temporaryDirectory,
    workspace: runner.workspace,
    neighbour: runner.neighbour,
    secretFiles: [...runner.secretFiles.keys()],
    modelUrl: model.baseUrl,
    trap: arena.trap,
    mark: runner.mark,
  };
}
