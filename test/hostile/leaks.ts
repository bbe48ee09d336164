import type { TreeChange } from "../../src/governance/tree.ts";
import type { ScratchTree } from "../../src/ports.ts";
import type { Model } from "../world/model.ts";
import { processesWith } from "../world/processes.ts";
import type { FileContent } from "../world/repository.ts";
import type { Arena } from "./arena.ts";
import { pathsOutsidePlan } from "./oracle.ts";
import { formsOf, type Runner } from "./runner.ts";
import type { Script } from "./script.ts";
import { differencesBetween, type Tree, treeOfCommit } from "./trees.ts";

/** What a shell command writes, so that it is known wherever it turns up: the shell may write nothing. */
export const SMUGGLED = "smuggled-by-a-command";

/** All that can be seen of one attempt from the outside, before anything of it is removed. */
export interface Sighting {
  readonly script: Script;
  readonly runner: Runner;
  readonly model: Model;
  readonly tree: ScratchTree;
  /** The scratch tree on disk. */
  readonly end: Tree;
  /** What the run hands over to be committed; undefined when it was refused. */
  readonly changes: readonly TreeChange[] | undefined;
  readonly surroundings: {
    readonly before: ReadonlyMap<string, string>;
    readonly after: ReadonlyMap<string, string>;
  };
  readonly contacts: readonly string[];
  /** Whatever the run wrote down: log, evidence, findings, messages. */
  readonly told: readonly string[];
}

export async function findLeaks(arena: Arena, sighting: Sighting): Promise<readonly string[]> {
  const committed = sighting.changes && (await commit(arena, sighting.tree, sighting.changes));
  return [
    ...(typeof committed === "string" ? [committed] : []),
    ...(typeof committed === "object" ? findWrongCommit(arena, sighting, committed) : []),
    ...findSurroundings(sighting),
    ...findSecrets(arena, sighting, typeof committed === "object" ? committed.contents : []),
    ...sighting.contacts.map((kind) => `a connection was made (${kind})`),
    ...sighting.model.others.map(({ method, url }) => `a request was made: ${method} ${url}`),
    ...processesWith(sighting.runner.mark).map((command) => `a process is left: ${command}`),
  ];
}

interface Committed {
  readonly tree: Tree;
  readonly contents: readonly string[];
}

/** Makes the commit in a repository, as git would hold it. */
async function commit(
  { repository, head }: Arena,
  tree: ScratchTree,
  changes: readonly TreeChange[],
): Promise<Committed | string> {
  const files: Record<string, FileContent> = {};
  const contents: string[] = [];
  for (const { path, after } of changes) {
    if (after === undefined) files[path] = null;
    else if (/^0+$/.test(after.oid)) return `something that git cannot hold would be committed: ${path}`;
    else {
      const content = await tree.readBlob(after.oid);
      contents.push(Buffer.from(content).toString("latin1"));
      files[path] = { content, mode: after.mode };
    }
  }
  return { tree: await treeOfCommit(repository, await repository.writeTree(head, files)), contents };
}

function findWrongCommit(arena: Arena, { script, end }: Sighting, { tree, contents }: Committed): readonly string[] {
  const outside = pathsOutsidePlan(script.files, arena.start, tree);
  const unlike = differencesBetween(tree, end);
  return [
    ...outside.map((path) => `outside of the plan: ${JSON.stringify(path)} would be committed`),
    ...unlike.map(({ path }) => `the commit is not the tree that was judged: ${JSON.stringify(path)}`),
    ...contents.filter((text) => text.includes(SMUGGLED)).map(() => "bytes that a command wrote would be committed"),
  ];
}

function findSurroundings({ surroundings: { before, after } }: Sighting): readonly string[] {
  const paths = [...new Set([...before.keys(), ...after.keys()])];
  return paths
    .filter((path) => before.get(path) !== after.get(path))
    .map((path) => `outside of the tree: ${path} was ${before.get(path) ?? "not there"}, is ${after.get(path)}`);
}

function findSecrets(arena: Arena, sighting: Sighting, contents: readonly string[]): readonly string[] {
  const secrets = new Map([
    ["the model key", arena.apiKey],
    ["the job's token", arena.token],
    ...sighting.runner.secretFiles,
  ]);
  const listeners: readonly (readonly [who: string, text: string])[] = [
    ["the model", sighting.model.requests.map(({ raw }) => raw).join("\n")],
    ["the log or the evidence", sighting.told.join("\n")],
    ["the commit", contents.join("\n")],
  ];
  return [...secrets].flatMap(([name, secret]) =>
    listeners
      .filter(([, text]) => formsOf(secret).some((form) => text.includes(form)))
      .map(([who]) => `${who} got to know ${name}`),
  );
}
