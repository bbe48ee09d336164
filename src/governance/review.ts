import { impactedTests } from "./impacted-tests.ts";
import { changedLines } from "./patch.ts";
import type { Plan } from "./plan.ts";
import { touchedPaths } from "./plan-rules.ts";
import type { Policy } from "./policy.ts";
import { classifyRisk, RISK_CLASSES, type RiskClass } from "./risk.ts";

/** A planned file with what speaks for looking at it early. */
export interface ReviewItem {
  readonly path: string;
  /** The class that this path alone has. */
  readonly riskClass: RiskClass;
  /** Lines added and removed; undefined where there is no patch yet. */
  readonly lines: number | undefined;
}

/** What a change is, in numbers. */
export interface ChangeSize {
  readonly files: number;
  readonly directories: number;
  /** Lines added and removed; undefined where there is no patch yet. */
  readonly lines: number | undefined;
}

/** The directories that hold these paths, each once; the root is the empty text. */
export function directoriesOf(paths: readonly string[]): readonly string[] {
  return [...new Set(paths.map((path) => path.slice(0, Math.max(0, path.lastIndexOf("/")))))];
}

/**
 * The planned files in the order in which a reviewer should look: what can break most first, of those what changed
 * most, then by name. With a patch, files that it leaves alone are left out.
 */
export function reviewOrder(plan: Plan, policy: Pick<Policy, "risk">, patch: string | undefined): ReviewItem[] {
  const lines = patch === undefined ? undefined : changedLines(patch);
  return plan.files
    .flatMap((file): ReviewItem[] => {
      const touched = touchedPaths([file]);
      if (lines && !touched.some((path) => lines.has(path))) return [];
      const riskClass = classifyRisk({ ...plan, files: [file] }, { risk: policy.risk });
      return [{ path: file.path, riskClass, lines: lines && total(touched.map((path) => lines.get(path))) }];
    })
    .sort(
      (a, b) =>
        RISK_CLASSES.indexOf(b.riskClass) - RISK_CLASSES.indexOf(a.riskClass) ||
        total([b.lines]) - total([a.lines]) ||
        (a.path < b.path ? -1 : 1),
    );
}

/** How large a plan is, or the change that was made of it. */
export function changeSize(plan: Plan, patch: string | undefined): ChangeSize {
  const lines = patch === undefined ? undefined : changedLines(patch);
  const paths = lines === undefined ? touchedPaths(plan.files) : [...lines.keys()];
  return {
    files: lines === undefined ? plan.files.length : paths.length,
    directories: directoriesOf(paths).length,
    lines: lines && total([...lines.values()]),
  };
}

function total(amounts: readonly (number | undefined)[]): number {
  return amounts.reduce<number>((sum, amount = 0) => sum + amount, 0);
}

/** What the next person is handed: how large it is, what to look at first, which suites it concerns. */
export interface HandOff {
  readonly size: ChangeSize;
  /** The first of the review order. */
  readonly review: readonly ReviewItem[];
  /** How many come after them. */
  readonly more: number;
  readonly impactedTests: readonly string[];
}

/** More than this nobody looks at first. */
const MOST_FIRST = 3;

export function handOffOf(
  plan: Plan,
  policy: Pick<Policy, "risk" | "impacted-tests">,
  patch: string | undefined,
): HandOff {
  const order = reviewOrder(plan, policy, patch);
  return {
    size: changeSize(plan, patch),
    review: order.slice(0, MOST_FIRST),
    more: Math.max(0, order.length - MOST_FIRST),
    impactedTests: impactedTests(touchedPaths(plan.files), policy),
  };
}
