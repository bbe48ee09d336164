import { globMatcher } from "./glob.ts";
import { aliasesOf, indexLinks, type TreeLink } from "./link.ts";
import { LISTING_MOST, listFiles } from "./listing.ts";
import type { Finding } from "./outcome.ts";
import { ancestorsOf, findPathFaults, foldPath } from "./path.ts";
import type { Plan, PlannedFile } from "./plan.ts";
import type { FileMode, TreeEntry } from "./tree.ts";

/**
 * Paths that no plan may touch, whatever the policy says: what runs with the repository's token (a token of a
 * workflow could not write it anyway), what decides over approvals, and what decides who owns a file.
 */
export const PROTECTED_PATHS: readonly string[] = [
  ".github/workflows/**",
  ".github/actions/**",
  ".github/codex-governance.yml",
  "CODEOWNERS",
  ".github/CODEOWNERS",
  "docs/CODEOWNERS",
  ".gitmodules",
];

/** What the rules look at besides the file itself. */
export interface PlanContext {
  /** The files of the head commit. */
  readonly entries: readonly TreeEntry[];
  /** Symbolic links: what a protected one leads to is protected as well. */
  readonly links: readonly TreeLink[];
  /** Globs of the policy, on top of the built-in ones. */
  readonly protectedPaths: readonly string[];
  /** The policy file's own path: always protected. */
  readonly policyPath: string;
  /** Instruction files that the pull request itself changed. */
  readonly changedInstructions: readonly string[];
  readonly maxFiles: number;
}

interface TreeIndex {
  readonly modes: ReadonlyMap<string, FileMode>;
  readonly directories: ReadonlySet<string>;
  /** All spellings of a file or directory name by their fold. */
  readonly spellings: ReadonlyMap<string, ReadonlySet<string>>;
}

export type PlanVerdict =
  | { readonly reasonCode: undefined; readonly findings: readonly [] }
  | {
      readonly reasonCode: "plan_too_large" | "plan_paths_refused" | "plan_protected_paths" | "instructions_changed";
      readonly findings: readonly Finding[];
    };

/** Decides whether a plan may be published at all. The first group of rules that is broken gives the reason. */
export function evaluatePlan(plan: Plan, context: PlanContext): PlanVerdict {
  if (plan.files.length > context.maxFiles) {
    const message = "The plan names more files than the policy allows.";
    return {
      reasonCode: "plan_too_large",
      findings: [
        { code: "plan_too_large", message, expected: `at most ${context.maxFiles}`, got: String(plan.files.length) },
      ],
    };
  }
  const { length } = listFiles(plan.files);
  if (length > LISTING_MOST) {
    const message =
      "The names of the planned files do not fit one comment, so nobody could approve what they cannot see.";
    const expected = `a listing of at most ${LISTING_MOST.toLocaleString("en-US")} characters`;
    const got = `${length.toLocaleString("en-US")} characters`;
    return { reasonCode: "plan_too_large", findings: [{ code: "plan_not_showable", message, expected, got }] };
  }
  const paths = findBadPaths(plan, context);
  if (paths.length > 0) return { reasonCode: "plan_paths_refused", findings: paths };
  const guarded = findProtectedPaths(plan, context);
  if (guarded.length > 0) return { reasonCode: "plan_protected_paths", findings: guarded };
  const changed = new Set(context.changedInstructions);
  const instructions = touchedPaths(plan.files)
    .filter((path) => changed.has(path))
    .map((path) => ({
      code: "instructions_changed",
      message: "This instruction file differs between the pull request and its base branch.",
      path,
    }));
  if (instructions.length > 0) return { reasonCode: "instructions_changed", findings: instructions };
  return { reasonCode: undefined, findings: [] };
}

/** Every path that a plan's files touch: a rename touches two. */
export function touchedPaths(files: readonly PlannedFile[]): readonly string[] {
  return files.flatMap((file) => (file.from === undefined ? [file.path] : [file.from, file.path]));
}

function findProtectedPaths(plan: Plan, context: PlanContext): readonly Finding[] {
  const globs = [...PROTECTED_PATHS, context.policyPath, ...context.protectedPaths];
  // The name of a directory protects what is below it as well.
  const matchers = globs.map((glob) => ({ glob, matches: globMatcher([glob, `${glob}/**`]) }));
  const links = indexLinks(context.links);
  return touchedPaths(plan.files).flatMap((path) => {
    for (const name of [path, ...aliasesOf(path, links)]) {
      const hit = matchers.find(({ matches }) => matches(name));
      if (hit === undefined) continue;
      const why = name === path ? "" : `, since the link \`${name}\` leads to it`;
      return [{ code: "path_protected", message: `The path is protected by \`${hit.glob}\`${why}.`, path }];
    }
    return [];
  });
}

function findBadPaths(plan: Plan, context: PlanContext): readonly Finding[] {
  const lexical = touchedPaths(plan.files).flatMap(findPathFaults);
  // Rules about the tree mean nothing for a path that is none.
  if (lexical.length > 0) return lexical;
  const index = indexTree(context.entries);
  return [
    ...plan.files.flatMap((file) => findPlacementFaults(file, index)),
    ...touchedPaths(plan.files).flatMap((path) => findTreeFaults(path, index)),
    ...findTwins(plan.files, index),
    ...findNested(plan.files),
  ];
}

/** A file that the plan makes cannot be the directory of another one. */
function findNested(files: readonly PlannedFile[]): readonly Finding[] {
  const made = new Set(files.filter(({ operation }) => operation !== "delete").map(({ path }) => path));
  return touchedPaths(files).flatMap((path) => {
    const above = ancestorsOf(path).find((directory) => made.has(directory));
    return above === undefined
      ? []
      : [{ code: "path_below_file", message: `The plan itself makes \`${above}\` a file.`, path }];
  });
}

function indexTree(entries: readonly TreeEntry[]): TreeIndex {
  const modes = new Map<string, FileMode>();
  const directories = new Set<string>();
  const spellings = new Map<string, Set<string>>();
  const spell = (name: string) => {
    const fold = foldPath(name);
    const known = spellings.get(fold);
    if (known) known.add(name);
    else spellings.set(fold, new Set([name]));
  };
  for (const { path, mode } of entries) {
    modes.set(path, mode);
    spell(path);
    for (const directory of ancestorsOf(path)) {
      if (directories.has(directory)) continue;
      directories.add(directory);
      spell(directory);
    }
  }
  return { modes, directories, spellings };
}

/** What must exist does, what must not does not. */
function findPlacementFaults(file: PlannedFile, index: TreeIndex): readonly Finding[] {
  const missing = (path: string): Finding[] =>
    index.modes.has(path)
      ? []
      : [{ code: "path_missing", message: `There is no such file to ${file.operation}.`, path }];
  const taken = (path: string): Finding[] =>
    index.modes.has(path) || index.directories.has(path)
      ? [
          {
            code: "path_exists",
            message: `Something of that name is there already, so it cannot be ${file.operation}d.`,
            path,
          },
        ]
      : [];
  switch (file.operation) {
    case "create":
      return taken(file.path);
    case "modify":
    case "delete":
      return missing(file.path);
    case "rename":
      return [...missing(file.from ?? ""), ...taken(file.path)];
  }
}

/** No symbolic link or submodule on the way, and no file where a directory would have to be. */
function findTreeFaults(path: string, index: TreeIndex): readonly Finding[] {
  for (const step of [...ancestorsOf(path), path]) {
    const mode = index.modes.get(step);
    if (mode === "120000") return [{ code: "path_symlink", message: `\`${step}\` is a symbolic link.`, path }];
    if (mode === "160000") return [{ code: "path_submodule", message: `\`${step}\` is a submodule.`, path }];
    if (mode !== undefined && step !== path) {
      return [{ code: "path_below_file", message: `\`${step}\` is a file, not a directory.`, path }];
    }
  }
  return [];
}

/** Names that differ only by case or Unicode form from a tracked name or from each other. */
function findTwins(files: readonly PlannedFile[], index: TreeIndex): readonly Finding[] {
  const findings: Finding[] = [];
  const planned = new Map<string, string>();
  for (const path of touchedPaths(files)) {
    for (const name of [...ancestorsOf(path), path]) {
      const fold = foldPath(name);
      const other = [...(index.spellings.get(fold) ?? [])].find((spelling) => spelling !== name) ?? planned.get(fold);
      if (other !== undefined && other !== name) {
        findings.push({
          code: "path_case_twin",
          message: `The name differs from \`${other}\` only by case or Unicode form.`,
          path,
        });
        break;
      }
      planned.set(fold, name);
    }
  }
  return findings;
}
