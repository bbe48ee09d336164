import picomatch from "picomatch";
import { LineCounter, parseDocument } from "yaml";
import { z } from "zod";
import { ConfigurationError } from "./errors.ts";
import { spellOutInvisible } from "./visible.ts";

const glob = z.string().min(1).refine(isGlob, "is not a glob of files (no `!` or `/` in front, no `/` at the end)");
// What a reviewer is shown of a command is one line with single blanks; it must be what is run.
const command = z
  .string()
  .min(1)
  .max(1_000)
  .refine(isPlainLine, "must be one line without repeated blanks or hidden characters; put more into a script");

/** The policy file: every key optional, every unknown key an error. Key names as they stand in the file. */
export const policySchema = z.strictObject({
  version: z.literal(1).default(1).describe("Version of this file's format."),
  command: z
    .string()
    .regex(/^\/[a-z][a-z0-9-]*$/, "must be `/` and a lower-case word")
    .default("/codex")
    .describe("The word that starts a command comment."),
  label: z.string().trim().min(1).max(50).default("approved-plan").describe("The label that approves a plan."),
  "protected-paths": z
    .array(glob)
    .max(500)
    .default([])
    .describe("Globs of paths that no plan may touch, on top of the built-in ones."),
  "four-eyes": z
    .boolean()
    .default(true)
    .describe("Whether the requester may not approve the own request. The evidence records `false`."),
  "approval-expires-days": z.number().int().min(1).max(90).default(7).describe("Days until an approval expires."),
  drift: z
    .enum(["scope", "strict"])
    .default("scope")
    .describe(
      "`scope`: files, operations, verification commands and risk must be identical. `strict`: the whole text.",
    ),
  "base-moved": z
    .enum(["stale", "allow"])
    .default("stale")
    .describe("Whether a plan is void once the base branch moved."),
  strategy: z
    .enum(["run", "replay"])
    .default("run")
    .describe(
      "`run`: Codex executes the approved plan. `replay`: the approved dry-run patch is applied, without a model.",
    ),
  verification: z
    .array(command)
    .max(50)
    .default([])
    .describe("Shell commands that must pass, run in Codex's sandbox without network before the commit."),
  "check-app": z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]*$/, "must be the slug of a GitHub App")
    .nullable()
    .default(null)
    .describe("Slug of the GitHub App whose token the action is given: check runs of other apps are not believed."),
  "max-files": z.number().int().min(1).max(1_000).default(100).describe("How many files a plan may name."),
  codex: z
    .strictObject({
      version: z
        .string()
        .regex(/^\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?$/, "must be an exact version such as 0.169.0")
        .default("0.169.0")
        .describe("Exact version of the Codex CLI."),
      model: z
        .string()
        .regex(/^[A-Za-z0-9][A-Za-z0-9._:/-]*$/, "must be a model name")
        .default("gpt-5.5")
        .describe("The model."),
      effort: z
        .enum(["none", "minimal", "low", "medium", "high", "xhigh"])
        .default("medium")
        .describe("Reasoning effort."),
      "timeout-minutes": z.number().min(0.05).max(120).default(20).describe("Bound on one turn of Codex."),
    })
    .prefault({})
    .describe("The pinned Codex."),
});

/** A policy with every default filled in. */
export type Policy = Readonly<z.infer<typeof policySchema>>;

function isPlainLine(text: string): boolean {
  return text === spellOutInvisible(text.normalize("NFC").replace(/\s+/g, " ").trim());
}

function isGlob(pattern: string): boolean {
  try {
    picomatch.makeRe(pattern, { dot: true });
    // A path has no slash at either end: such a glob would match nothing, and so protect nothing.
    return !/^[!/]|\/$/.test(pattern);
  } catch {
    return false;
  }
}

/** The policy when the base branch has no file. */
export function defaultPolicy(): Policy {
  return policySchema.parse({});
}

/**
 * Reads a policy file. Throws ConfigurationError `policy_invalid` with line and column of each fault: a policy
 * that is half understood must not decide.
 */
export function parsePolicy(text: string, path: string): Policy {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter, uniqueKeys: true, strict: true });
  const faults = [...document.errors, ...document.warnings].map(({ message }) => message.replace(/\n.*/s, ""));
  if (faults.length > 0) throw wrongPolicy(path, faults);
  // No aliases: a small file could otherwise unfold into a huge one.
  const value: unknown = (() => {
    try {
      return document.toJS({ maxAliasCount: 0 }) ?? {};
    } catch (error) {
      throw wrongPolicy(path, [(error as Error).message]);
    }
  })();
  const parsed = policySchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const position = (keys: readonly PropertyKey[]) => {
    // The innermost node that exists: a missing key is reported where its parent stands.
    for (let length = keys.length; length > 0; length -= 1) {
      const node = document.getIn(keys.slice(0, length), true) as { range?: [number, number, number] } | undefined;
      if (node?.range) {
        const { line, col } = lineCounter.linePos(node.range[0]);
        return `line ${line}, column ${col}: `;
      }
    }
    return "";
  };
  throw wrongPolicy(
    path,
    parsed.error.issues.flatMap((issue) => describeIssue(issue, position)),
  );
}

function describeIssue(issue: z.core.$ZodIssue, position: (keys: readonly PropertyKey[]) => string): string[] {
  if (issue.code !== "unrecognized_keys") {
    return [`${position(issue.path)}\`${issue.path.join(".") || "policy"}\`: ${issue.message}`];
  }
  return issue.keys.map((key) => {
    const nearest = nearestKey(key, issue.path[0] === "codex" ? CODEX_KEYS : KEYS);
    const hint = nearest === undefined ? "" : ` Did you mean \`${nearest}\`?`;
    return `${position([...issue.path, key])}unknown key \`${[...issue.path, key].join(".")}\`.${hint}`;
  });
}

const KEYS = Object.keys(policySchema.shape);
const CODEX_KEYS = Object.keys(policySchema.shape.codex.unwrap().shape);

function wrongPolicy(path: string, faults: readonly string[]): ConfigurationError {
  return new ConfigurationError(
    "policy_invalid",
    `The policy file \`${path}\` on the base branch is wrong:\n${faults.map((fault) => `- ${fault}`).join("\n")}`,
  );
}

/** The known key with the fewest edits, if it is near enough to be meant. */
export function nearestKey(key: string, keys: readonly string[]): string | undefined {
  const ranked = keys.map((known) => ({ known, distance: editDistance(key, known) }));
  ranked.sort((a, b) => a.distance - b.distance);
  const best = ranked[0];
  return best !== undefined && best.distance <= Math.max(2, Math.floor(key.length / 3)) ? best.known : undefined;
}

/** Levenshtein distance. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const substitution = (row[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(substitution, (row[j] as number) + 1, (next[j - 1] as number) + 1));
    }
    row = next;
  }
  return row[b.length] as number;
}
