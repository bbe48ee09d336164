import { z } from "zod";
import { parseDeadline } from "./deadline.ts";
import { declarationsSchema, escalationSchema, gatesSchema, rehearsalSchema, riskSchema } from "./high-risk-policy.ts";
import { command, documented, glob, runnerDirectory } from "./policy-values.ts";
import {
  driftRotationSchema,
  impactedTestsSchema,
  maxDirectoriesSchema,
  maxLinesSchema,
  noticesSchema,
  productionSchema,
} from "./review-policy.ts";

/** The policy file: every key optional, every unknown key an error. Key names as they stand in the file. */
export const policySchema = z
  .strictObject({
    version: documented(z.literal(1).default(1), "Version of this file's format.", { version: 1 }),
    command: documented(
      z
        .string()
        .regex(/^\/[a-z][a-z0-9-]*$/, "must be `/` and a lower-case word")
        .default("/codex"),
      "The word that starts a command comment; with `-gate`, `-decision` and `-approve`, the words that sign. The workflow's `if:` names it too.",
      { command: "/fix" },
    ),
    label: documented(
      z.string().trim().min(1).max(50).default("approved-plan"),
      "The label that approves a plan. The workflow's `if:` names it too.",
      { label: "go" },
    ),
    "protected-paths": documented(
      z.array(glob).max(500).default([]),
      "Globs of paths that no plan may touch, on top of the built-in ones.",
      { "protected-paths": ["infra/**", "secrets"] },
    ),
    "four-eyes": documented(
      z.boolean().default(true),
      "Whether the requester may not approve the own request. The evidence records `false`.",
      { "four-eyes": false },
    ),
    "approval-expires-days": documented(z.number().int().min(1).max(90).default(7), "Days until an approval expires.", {
      "approval-expires-days": 2,
    }),
    drift: documented(
      z.enum(["scope", "strict"]).default("scope"),
      "`scope`: files, operations, verification commands and risk must be identical. `strict`: the whole text.",
      { drift: "strict" },
    ),
    "base-moved": documented(
      z.enum(["stale", "allow"]).default("stale"),
      "`stale`: a plan is void once the base branch moved. `allow`: it is not.",
      { "base-moved": "allow" },
    ),
    strategy: documented(
      z.enum(["run", "replay"]).default("run"),
      "`run`: Codex executes the approved plan. `replay`: the approved dry-run patch is applied, without a model.",
      { strategy: "replay" },
    ),
    verification: documented(
      z.array(command).max(50).default([]),
      "Shell commands that must pass, run in Codex's sandbox without network before the commit.",
      { verification: ["npm run lint", "npm test"] },
    ),
    "check-app": documented(
      z
        .string()
        .regex(/^[a-z0-9][a-z0-9-]*$/, "must be the slug of a GitHub App")
        .nullable()
        .default(null),
      "Slug of the GitHub App whose token the action is given: check runs of other apps are not believed.",
      { "check-app": "acme-governance" },
    ),
    "max-files": documented(z.number().int().min(1).max(1_000).default(100), "How many files a plan may name.", {
      "max-files": 20,
    }),
    "max-lines": maxLinesSchema,
    "max-directories": maxDirectoriesSchema,
    notices: noticesSchema,
    "drift-rotation": driftRotationSchema,
    production: productionSchema,
    "impacted-tests": impactedTestsSchema,
    risk: riskSchema,
    declarations: declarationsSchema,
    gates: gatesSchema,
    escalation: escalationSchema,
    rehearsal: rehearsalSchema,
    codex: documented(
      z
        .strictObject({
          version: documented(
            z
              .string()
              .regex(/^\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?$/, "must be an exact version such as 0.171.0")
              .default("0.171.0"),
            "Exact version of the Codex CLI.",
            { codex: { version: "0.171.0" } },
          ),
          model: documented(
            z
              .string()
              .regex(/^[A-Za-z0-9][A-Za-z0-9._:/-]*$/, "must be a model name")
              .default("gpt-5.5"),
            "The model.",
            { codex: { model: "gpt-5.5" } },
          ),
          effort: documented(
            z.enum(["none", "minimal", "low", "medium", "high", "xhigh"]).default("medium"),
            "Reasoning effort.",
            { codex: { effort: "high" } },
          ),
          "timeout-minutes": documented(
            z.number().min(0.05).max(120).default(20),
            "Bound on one turn of Codex and on one command.",
            { codex: { "timeout-minutes": 15 } },
          ),
          "readable-directories": documented(
            z.array(runnerDirectory).max(20).default([]),
            "Directories of the runner that Codex's commands can read as well, for a toolchain outside of what is open ([what is open](readable.md)). `~/` is the home of the runner's user.",
            { codex: { "readable-directories": ["~/.m2/repository"] } },
          ),
        })
        .prefault({}),
      "The pinned Codex.",
    ),
  })
  .superRefine(({ verification, production }, context) => {
    for (const [index, check] of production.checks.entries()) {
      if (verification.includes(check)) continue;
      context.addIssue({
        code: "custom",
        path: ["production", "checks", index],
        message: "is no command of `verification`: nothing would run it",
      });
    }
  })
  .superRefine(({ escalation, declarations }, context) => {
    const deadlines = [
      { path: ["escalation", "deadline"], text: escalation.deadline },
      { path: ["declarations", "deadline-policy"], text: declarations["deadline-policy"] ?? "" },
    ];
    for (const { path, text } of deadlines) {
      if (escalation.calendar !== null || parseDeadline(text)?.unit !== "business days") continue;
      context.addIssue({ code: "custom", path, message: "business days need `escalation.calendar`" });
    }
  });

/** A policy with every default filled in. */
export type Policy = Readonly<z.infer<typeof policySchema>>;

/** The policy when the base branch has no file. */
export function defaultPolicy(): Policy {
  return policySchema.parse({});
}
