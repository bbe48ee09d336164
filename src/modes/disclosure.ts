import type { Finding, Outcome } from "../governance/outcome.ts";
import type { Plan } from "../governance/plan.ts";
import type { RunView } from "../report/view.ts";

type Redact = (text: string) => string;

/** More of a patch than any report shows. In UTF-16 units. */
const PATCH_SHOWN = 1_048_576;

/** What is left out at a cut: half a secret is not recognised. In UTF-16 units. */
const SEAM = 4_096;

/** The beginning of a huge patch, redacted before it is cut: behind a find, nothing unredacted may move up. */
function shownPatch(patch: string, redact: Redact): string {
  if (patch.length <= PATCH_SHOWN) return redact(patch);
  const clean = redact(patch.slice(0, PATCH_SHOWN));
  return `${clean.slice(0, Math.max(0, clean.length - SEAM))}\n[… the rest is in the evidence artifact]\n`;
}

/** An outcome as it may be told: findings quote what a model, a command or a service said. */
export function withoutSecrets(outcome: Outcome, redact: Redact): Outcome {
  return {
    ...outcome,
    findings: outcome.findings.map(({ code, message, path, expected, got }) => ({
      code,
      message: redact(message),
      ...(path === undefined ? {} : { path: redact(path) }),
      ...(expected === undefined ? {} : { expected: redact(expected) }),
      ...(got === undefined ? {} : { got: redact(got) }),
    })),
  };
}

/** A value of plain data with every text in it redacted, so that what is added to it later is, too. */
function redactAll<T>(value: T, redact: Redact): T {
  if (typeof value === "string") return redact(value) as T;
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((entry) => redactAll(entry, redact)) as T;
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, redactAll(entry, redact)])) as T;
}

/** A path that has to be redacted could never be shown as it is: nobody can approve what they cannot read. */
export function findSecretPaths({ files }: Plan, redact: Redact): readonly Finding[] {
  return files
    .flatMap(({ path, from }) => (from === undefined ? [path] : [path, from]))
    .filter((path) => redact(path) !== path)
    .map((path) => ({
      code: "path_secret",
      message: "The path has a key or a token in it, which would be shown to everybody.",
      path,
      expected: "a path without a secret",
    }));
}

/** The prose of a plan without secrets. Its paths stay as they are: they are judged before. */
export function withoutSecretsInProse(plan: Plan, redact: Redact): Plan {
  const { summary, steps, files, verification, suggestions, risks, rollback } = plan;
  return {
    summary: redact(summary),
    steps: steps.map((step) => ({ ...step, title: redact(step.title), rationale: redact(step.rationale) })),
    files: files.map((file) => ({ ...file, reason: redact(file.reason) })),
    verification: verification.map(redact),
    ...(suggestions === undefined ? {} : { suggestions: suggestions.map(redact) }),
    risks: risks.map(redact),
    rollback: redact(rollback),
  };
}

type Shown = Pick<RunView, "files" | "escalations" | "verification" | "drift" | "patch" | "highRisk">;

/**
 * What a run learned from Codex, its commands and those who sign, as it may be shown. The plan was cleaned when it was
 * taken; the prompt is the requester's own comment.
 */
export function shownFacts(facts: Shown, redact: Redact): Shown {
  const { files, escalations, verification, drift, patch, highRisk } = facts;
  return {
    files: files.map((file) => ({
      ...file,
      path: redact(file.path),
      ...(file.from === undefined ? {} : { from: redact(file.from) }),
    })),
    escalations: escalations.map(({ method, detail }) => ({ method: redact(method), detail: redact(detail) })),
    verification: verification.map((report) => ({ ...report, output: redact(report.output) })),
    drift: drift && { ...drift, diff: redact(drift.diff) },
    patch: patch && shownPatch(patch, redact),
    highRisk: redactAll(highRisk, redact),
  };
}
