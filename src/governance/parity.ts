import type { Finding } from "./outcome.ts";
import type { Plan, PlannedFile } from "./plan.ts";
import type { FileMode, Operation, RequestedChange, TreeChange } from "./tree.ts";

/** Index of what a plan allows, by each path it touches. A rename is found under both of its paths. */
export interface Allowance {
  readonly file: PlannedFile;
  /** True for the old path of a rename. */
  readonly isRenameSource: boolean;
}

export function allowancesOf(plan: Plan): ReadonlyMap<string, Allowance> {
  const allowances = new Map<string, Allowance>();
  for (const file of plan.files) {
    allowances.set(file.path, { file, isRenameSource: false });
    if (file.from !== undefined) allowances.set(file.from, { file, isRenameSource: true });
  }
  return allowances;
}

/** Whether one requested change stays inside the plan; undefined when it does, otherwise why not. */
export function findOutsidePlan(
  allowances: ReadonlyMap<string, Allowance>,
  change: RequestedChange,
): Finding | undefined {
  const allowance = allowances.get(change.path);
  const got = change.from === undefined ? change.operation : `${change.operation} from ${change.from}`;
  if (allowance === undefined) {
    return { code: "file_not_in_plan", message: "The plan does not name this file.", path: change.path, got };
  }
  if (isInside(allowance, change)) return undefined;
  return {
    code: "operation_not_in_plan",
    message: "The plan allows another operation on this file.",
    path: change.path,
    expected: describe(allowance),
    got,
  };
}

/**
 * A file that the plan creates or that is the target of a rename may also be rewritten once it is there; what
 * the plan renames may also be moved in two steps. Whether the steps add up is decided by the tree afterwards.
 */
function isInside({ file, isRenameSource }: Allowance, change: RequestedChange): boolean {
  if (isRenameSource) return change.operation === "delete";
  switch (file.operation) {
    case "create":
      return change.operation === "create" || change.operation === "modify";
    case "modify":
    case "delete":
      return change.operation === file.operation;
    case "rename":
      if (change.operation === "rename") return change.from === file.from;
      return change.operation === "create" || change.operation === "modify";
  }
}

function describe({ file, isRenameSource }: Allowance): string {
  if (isRenameSource) return `rename to ${file.path}`;
  return file.from === undefined ? file.operation : `rename from ${file.from}`;
}

export type FoundOperation = Operation | "mode change" | "symbolic link" | "submodule";

/** One difference of the tree with what the plan says of it. */
export interface FileParity {
  readonly path: string;
  readonly approved: Operation | undefined;
  /** Undefined when the planned file was left alone. */
  readonly found: FoundOperation | undefined;
  readonly isInside: boolean;
}

export interface Parity {
  readonly isInside: boolean;
  /** True when nothing at all changed. */
  readonly isEmpty: boolean;
  readonly files: readonly FileParity[];
  readonly findings: readonly Finding[];
}

/**
 * Compares what changed in the tree with the plan: the second wall, which also sees what never asked. Every
 * change must be planned, with its operation; a planned change may be left out, except one half of a rename.
 */
export function evaluateParity(plan: Plan, changes: readonly TreeChange[]): Parity {
  const allowances = allowancesOf(plan);
  const byPath = new Map(changes.map((change) => [change.path, change]));
  const files: FileParity[] = [];
  const findings: Finding[] = [];
  for (const change of changes) {
    const allowance = allowances.get(change.path);
    const finding = findTreeFault(allowance, change, byPath);
    if (finding) findings.push(finding);
    files.push({
      path: change.path,
      approved: allowance?.isRenameSource ? "rename" : allowance?.file.operation,
      found: foundOperation(change),
      isInside: finding === undefined,
    });
  }
  for (const file of plan.files) {
    if (!byPath.has(file.path))
      files.push({ path: file.path, approved: file.operation, found: undefined, isInside: true });
  }
  return { isInside: findings.length === 0, isEmpty: changes.length === 0, files, findings };
}

function findTreeFault(
  allowance: Allowance | undefined,
  change: TreeChange,
  byPath: ReadonlyMap<string, TreeChange>,
): Finding | undefined {
  const got = foundOperation(change);
  if (allowance === undefined) {
    return { code: "file_not_in_plan", message: "The plan does not name this file.", path: change.path, got };
  }
  const expected = describe(allowance);
  if (got !== netOperation(allowance)) {
    return {
      code: "operation_not_in_plan",
      message: "The file was changed in another way than planned.",
      path: change.path,
      expected,
      got,
    };
  }
  const { file } = allowance;
  if (file.from !== undefined) {
    const other = byPath.get(allowance.isRenameSource ? file.path : file.from);
    if (other === undefined) {
      return {
        code: "rename_incomplete",
        message: "Only one half of the rename was done.",
        path: change.path,
        expected,
        got,
      };
    }
    const source = byPath.get(file.from)?.before?.mode;
    const target = byPath.get(file.path)?.after?.mode;
    // A move may lose the executable bit (the agent writes the target anew), but must not give it.
    if (target === "100755" && source !== "100755") return modeFault(change.path, source, target);
  } else if (file.operation === "create" && change.after?.mode !== "100644") {
    return modeFault(change.path, "100644", change.after?.mode);
  }
  return undefined;
}

function modeFault(path: string, expected: FileMode | undefined, got: FileMode | undefined): Finding {
  return {
    code: "mode_not_in_plan",
    message: "The file's mode is not the planned one.",
    path,
    expected: expected ?? "none",
    got: got ?? "none",
  };
}

/** What a planned operation leaves at this path in the tree. */
function netOperation({ file, isRenameSource }: Allowance): Operation {
  if (file.operation !== "rename") return file.operation;
  return isRenameSource ? "delete" : "create";
}

function foundOperation({ before, after }: TreeChange): FoundOperation {
  if (after?.mode === "120000") return "symbolic link";
  if (after?.mode === "160000") return "submodule";
  if (before === undefined) return "create";
  if (after === undefined) return "delete";
  return before.mode === after.mode ? "modify" : "mode change";
}
