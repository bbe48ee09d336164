import { createTwoFilesPatch, FILE_HEADERS_ONLY } from "diff";
import { type Plan, renderPlanText } from "./plan.ts";
import type { RiskClass } from "./risk.ts";
import { scopeDigest, scopeOf } from "./scope.ts";

/** `scope`: the governed surface must be identical. `strict`: the whole plan text. */
export type DriftMode = "scope" | "strict";

export type DriftClass =
  | "file_added"
  | "file_removed"
  | "operation_changed"
  | "rename_source_changed"
  | "verification_changed"
  | "risk_changed"
  | "wording_changed";

export interface ClassifiedPlan {
  readonly plan: Plan;
  readonly riskClass: RiskClass;
}

export interface Drift {
  /** True when the plan may not be executed. */
  readonly isDrifted: boolean;
  readonly mode: DriftMode;
  /** Everything that differs, whether it blocks or not. */
  readonly classes: readonly DriftClass[];
  /** Paths with a difference in the governed surface. */
  readonly paths: readonly string[];
  /** Unified diff of plan.txt that `git apply` accepts; empty when the texts are the same. */
  readonly diff: string;
}

/** Compares the approved plan with the one regenerated right before execution. */
export function compareDrift(approved: ClassifiedPlan, regenerated: ClassifiedPlan, mode: DriftMode): Drift {
  const { classes, paths } = classify(approved, regenerated);
  const diff = diffTexts("plan.txt", renderPlanText(approved.plan), renderPlanText(regenerated.plan));
  const isScopeEqual =
    scopeDigest(scopeOf(approved.plan, approved.riskClass)) ===
    scopeDigest(scopeOf(regenerated.plan, regenerated.riskClass));
  if (isScopeEqual && diff !== "") classes.push("wording_changed");
  return { isDrifted: !isScopeEqual || (mode === "strict" && diff !== ""), mode, classes, paths, diff };
}

function classify(approved: ClassifiedPlan, regenerated: ClassifiedPlan) {
  const classes = new Set<DriftClass>();
  const paths = new Set<string>();
  const before = new Map(approved.plan.files.map((file) => [file.path, file]));
  const after = new Map(regenerated.plan.files.map((file) => [file.path, file]));
  const note = (kind: DriftClass, path: string) => {
    classes.add(kind);
    paths.add(path);
  };
  for (const [path, file] of after) {
    const known = before.get(path);
    if (!known) note("file_added", path);
    else if (known.operation !== file.operation) note("operation_changed", path);
    else if (known.from !== file.from) note("rename_source_changed", path);
  }
  for (const path of before.keys()) if (!after.has(path)) note("file_removed", path);
  const verification = (plan: Plan) => JSON.stringify([...plan.verification].sort());
  if (verification(approved.plan) !== verification(regenerated.plan)) classes.add("verification_changed");
  if (approved.riskClass !== regenerated.riskClass) classes.add("risk_changed");
  return { classes: [...classes], paths: [...paths].sort() };
}

/** A unified diff with git's own header, so that `git apply` takes it. Empty when nothing differs. */
export function diffTexts(name: string, before: string, after: string): string {
  if (before === after) return "";
  // The library's own first line, `=====`, is left out: git does not know it.
  const options = { context: 3, headerOptions: FILE_HEADERS_ONLY };
  const patch = createTwoFilesPatch(`a/${name}`, `b/${name}`, before, after, undefined, undefined, options);
  return `diff --git a/${name} b/${name}\n${patch}`;
}
