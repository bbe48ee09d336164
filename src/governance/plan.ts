import { z } from "zod";
import type { Finding } from "./outcome.ts";
import type { Operation } from "./tree.ts";
import { spellOutInvisible } from "./visible.ts";

/**
 * The plan as Codex must answer it. One source: the JSON Schema given to Codex is derived from this, and what
 * comes back is parsed with it. `from` is there always (null when not a rename) because strict structured
 * output wants every property required.
 */
export const planSchema = z.strictObject({
  summary: z.string().describe("What the change does and why, in one paragraph."),
  steps: z
    .array(
      z.strictObject({
        title: z.string().describe("One imperative line."),
        rationale: z.string().describe("Why this step is needed."),
        files: z.array(z.string()).describe("Paths of the files of this step; each must be listed in `files`."),
      }),
    )
    .describe("The steps in the order in which they are done."),
  files: z
    .array(
      z.strictObject({
        path: z.string().describe("Repository-relative path, separated by `/`."),
        operation: z
          .enum(["create", "modify", "delete", "rename"])
          .describe("What is done to the file. `rename` moves `from` to `path` and may change it."),
        from: z.union([z.string(), z.null()]).describe("The old path of a rename, else null."),
        reason: z.string().describe("Why this file must be touched."),
      }),
    )
    .describe("Every file that will be touched. Nothing else may be changed later."),
  verification: z.array(z.string()).describe("Shell commands that should prove the change."),
  risks: z.array(z.string()).describe("What could go wrong."),
  rollback: z.string().describe("How to undo the change."),
});

export type RawPlan = z.infer<typeof planSchema>;

/** One governed file of a plan. */
export interface PlannedFile {
  readonly path: string;
  readonly operation: Operation;
  /** The old path; only with `rename`. */
  readonly from?: string;
  readonly reason: string;
}

export interface PlanStep {
  readonly title: string;
  readonly rationale: string;
  readonly files: readonly string[];
}

/** A plan in canonical order: files by path, no duplicates, white space normalised. */
export interface Plan {
  readonly summary: string;
  readonly steps: readonly PlanStep[];
  readonly files: readonly PlannedFile[];
  /** Commands that will be run. They are part of what is approved. */
  readonly verification: readonly string[];
  /** Commands that Codex would run. Nobody runs them: they are advice to the reviewer. */
  readonly suggestions?: readonly string[];
  readonly risks: readonly string[];
  readonly rollback: string;
}

/** Bounds on what a person can read; a plan beyond them is not reviewable. In UTF-16 units. */
const MAX_TEXT = 4_000;
const MAX_PLAN_TEXT = 1_048_576;

/** Bound on each list but the files, whose number the policy limits. The diff of two plans grows with the square. */
const MAX_LIST = 100;

/** Faults told of one answer; the first ones are enough to correct it. */
const MAX_FINDINGS = 20;

export type PlanResult =
  | { readonly status: "valid"; readonly plan: Plan }
  | { readonly status: "invalid"; readonly findings: readonly Finding[] };

/** The JSON Schema of a plan, as strict structured output wants it. */
export function planJsonSchema(): unknown {
  const { $schema: _, ...schema } = z.toJSONSchema(planSchema);
  return schema;
}

/**
 * Takes Codex's answer for a plan: well-formed JSON of the schema, consistent in itself, brought into canonical
 * order. Which paths are allowed is decided elsewhere, with the repository at hand.
 */
export function parsePlan(answer: string): PlanResult {
  if (answer.length > MAX_PLAN_TEXT) return invalid([tooLong("plan", answer.length, MAX_PLAN_TEXT)]);
  let value: unknown;
  try {
    value = JSON.parse(answer);
  } catch (error) {
    return invalid([{ code: "plan_not_json", message: `The answer is not JSON: ${(error as Error).message}` }]);
  }
  const parsed = planSchema.safeParse(value);
  if (!parsed.success) {
    return invalid(
      parsed.error.issues.slice(0, MAX_FINDINGS).map((issue) => ({
        code: "plan_schema",
        message: `\`${issue.path.join(".") || "plan"}\`: ${issue.message}`,
      })),
    );
  }
  const findings = findContradictions(parsed.data);
  return findings.length > 0
    ? invalid(findings.slice(0, MAX_FINDINGS))
    : { status: "valid", plan: canonicalPlan(parsed.data) };
}

function invalid(findings: readonly Finding[]): PlanResult {
  return { status: "invalid", findings };
}

function tooLong(what: string, length: number, limit: number): Finding {
  return {
    code: "plan_text_too_long",
    message: `\`${what}\` is too long.`,
    expected: `at most ${limit}`,
    got: `${length}`,
  };
}

/** What a plan says twice or against itself. */
function findContradictions(raw: RawPlan): readonly Finding[] {
  const texts = [raw.summary, raw.rollback, raw.verification, raw.risks, raw.files.map((f) => f.reason)];
  const longest = [...texts, ...raw.steps.map((s) => [s.title, s.rationale])]
    .flat()
    .reduce((length, text) => Math.max(length, text.length), 0);
  // Alone and first, because other findings quote such a text.
  if (longest > MAX_TEXT) return [tooLong("text", longest, MAX_TEXT)];
  const lists = { steps: raw.steps, verification: raw.verification, risks: raw.risks };
  for (const [name, list] of Object.entries(lists)) {
    if (list.length > MAX_LIST) return [tooLong(name, list.length, MAX_LIST)];
  }
  const findings: Finding[] = [];
  if (raw.files.length === 0) findings.push({ code: "plan_empty", message: "The plan names no file." });
  if (raw.summary.trim() === "") findings.push({ code: "plan_no_summary", message: "The plan has no summary." });
  const named = new Set<string>();
  for (const file of raw.files) {
    const isRename = file.operation === "rename";
    if (isRename === (file.from === null || file.from === "")) {
      findings.push({
        code: "plan_rename_source",
        message: isRename ? "A rename needs `from`." : "Only a rename has `from`.",
        path: file.path,
      });
    }
    for (const path of isRename ? [file.from ?? "", file.path] : [file.path]) {
      if (named.has(path))
        findings.push({ code: "plan_duplicate_path", message: "The plan names this path twice.", path });
      named.add(path);
    }
  }
  for (const step of raw.steps) {
    for (const path of step.files) {
      if (!named.has(path)) {
        findings.push({
          code: "plan_step_file",
          message: `Step "${step.title}" has a file that \`files\` does not list.`,
          path,
        });
      }
    }
  }
  return findings;
}

/** White space folded to one blank, hidden characters spelled out: what is approved is what is seen. */
function oneLine(text: string): string {
  return spellOutInvisible(text.normalize("NFC").replace(/\s+/g, " ").trim());
}

/** By UTF-16 units, whatever the locale. What is sorted has no duplicates. */
const byText = (a: string, b: string) => (a < b ? -1 : 1);

function canonicalPlan(raw: RawPlan): Plan {
  const nonEmpty = (texts: readonly string[]) => texts.map(oneLine).filter((text) => text !== "");
  return {
    summary: oneLine(raw.summary),
    steps: raw.steps.map(({ title, rationale, files }) => ({
      title: oneLine(title),
      rationale: oneLine(rationale),
      files: [...new Set(files)].sort(byText),
    })),
    files: raw.files
      .map(({ path, operation, from, reason }) => ({
        path,
        operation,
        ...(operation === "rename" && from !== null ? { from } : {}),
        reason: oneLine(reason),
      }))
      .sort((a, b) => byText(a.path, b.path)),
    verification: [...new Set(nonEmpty(raw.verification))],
    risks: nonEmpty(raw.risks),
    rollback: oneLine(raw.rollback),
  };
}

/**
 * The plan with the policy's verification commands as the governed ones. What Codex proposed beyond them stays as
 * advice: a model words such commands anew each time, and nothing that is not run may void an approval.
 */
export function governVerification(plan: Plan, commands: readonly string[]): Plan {
  const verification = [...new Set(commands)];
  const suggestions = plan.verification.filter((command) => !verification.includes(command));
  return { ...plan, verification, ...(suggestions.length > 0 ? { suggestions } : {}) };
}

/** The bytes of plan.json. They are digested as they are and never rendered again from what was read back. */
export function renderPlanJson(plan: Plan): string {
  return `${JSON.stringify(plan, undefined, 2)}\n`;
}

/** A stored plan.json back as a plan. The caller has proved the bytes' digest. */
export function readPlanJson(text: string): Plan {
  const { files, suggestions, ...rest } = storedPlanSchema.parse(JSON.parse(text));
  return {
    ...rest,
    ...(suggestions === undefined ? {} : { suggestions }),
    files: files.map(({ from, ...file }) => (from === undefined ? file : { ...file, from })),
  };
}

const storedPlanSchema = z.strictObject({
  summary: z.string(),
  steps: z.array(z.strictObject({ title: z.string(), rationale: z.string(), files: z.array(z.string()) })),
  files: z.array(
    z.strictObject({
      path: z.string(),
      operation: z.enum(["create", "modify", "delete", "rename"]),
      from: z.string().optional(),
      reason: z.string(),
    }),
  ),
  verification: z.array(z.string()),
  suggestions: z.array(z.string()).optional(),
  risks: z.array(z.string()),
  rollback: z.string(),
});

/**
 * plan.txt: the plan for people, and what the drift diff is made of. One fact a line, so that a diff names the
 * fact that changed.
 */
export function renderPlanText(plan: Plan): string {
  const files = plan.files.map((file) => {
    const from = file.from === undefined ? "" : ` (from ${file.from})`;
    return `  ${file.operation.padEnd(6)} ${file.path}${from}\n         ${file.reason}`;
  });
  const steps = plan.steps.map((step, index) => {
    const list = step.files.length === 0 ? "" : `\n     Files: ${step.files.join(", ")}`;
    return `  ${index + 1}. ${step.title}\n     ${step.rationale}${list}`;
  });
  const list = (texts: readonly string[]) => (texts.length === 0 ? ["  (none)"] : texts.map((text) => `  - ${text}`));
  return [
    "SUMMARY",
    `  ${plan.summary}`,
    "",
    "FILES",
    ...files,
    "",
    "STEPS",
    ...(steps.length === 0 ? ["  (none)"] : steps),
    "",
    "VERIFICATION",
    ...list(plan.verification),
    "",
    ...(plan.suggestions === undefined ? [] : ["SUGGESTED CHECKS (not run)", ...list(plan.suggestions), ""]),
    "RISKS",
    ...list(plan.risks),
    "",
    "ROLLBACK",
    `  ${plan.rollback === "" ? "(none)" : plan.rollback}`,
    "",
  ].join("\n");
}
