import { z } from "zod";
import { command, documented, glob } from "./policy-values.ts";

/** A file that one look cannot hold is not reviewed: limits on a change, whatever its class. */
export const maxLinesSchema = documented(
  z.int().min(1).max(100_000).nullable().default(null),
  "How many lines a change may add and remove.",
  { "max-lines": 400 },
);

export const maxDirectoriesSchema = documented(
  z.int().min(1).max(1_000).nullable().default(null),
  "Over how many directories the files of a plan may be spread.",
  { "max-directories": 5 },
);

export const productionSchema = documented(
  z
    .strictObject({
      paths: documented(
        z.array(glob).max(500).default([]),
        "Globs of paths that run in production: a plan that touches one needs a test or a linter among the `verification` commands, or it is denied.",
        { verification: ["npm test"], production: { paths: ["src/**"] } },
      ),
      checks: documented(
        z.array(command).max(50).default([]),
        "Commands of `verification` that are tests or linters although `test` and `lint` are no part of them.",
        { verification: ["make verify"], production: { checks: ["make verify"] } },
      ),
    })
    .prefault({}),
  "What production demands.",
);

const suiteName = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_.:-]{0,99}$/, "must be a name of letters, digits, `_`, `.`, `:` and `-`");

export const impactedTestsSchema = documented(
  z
    .strictObject({
      suites: documented(
        z.record(suiteName, z.array(glob).min(1, "must have a glob").max(500)).default({}),
        "Test suites, each with the globs of the files whose change concerns it.",
        { "impacted-tests": { suites: { unit: ["src/**"], "end-to-end": ["src/api/**", "web/**"] } } },
      ),
      otherwise: documented(
        z.array(suiteName).max(100).nullable().default(null),
        "The suites for a file that no glob matches; `null`: all of them.",
        { "impacted-tests": { suites: { unit: ["src/**"] }, otherwise: [] } },
      ),
    })
    .refine(({ suites, otherwise }) => (otherwise ?? []).every((name) => Object.hasOwn(suites, name)), {
      path: ["otherwise"],
      message: "names a suite that `suites` does not have",
    })
    .prefault({}),
  "Which test suites a plan concerns, for the output `impacted-tests`.",
);

export const NOTICES = ["drift", "denial", "escalation", "executed"] as const;
export type NoticeKind = (typeof NOTICES)[number];

const DEFAULT_NOTICES: readonly NoticeKind[] = ["drift", "denial", "escalation"];

export const noticesSchema = documented(
  z.array(z.enum(NOTICES)).default([...DEFAULT_NOTICES]),
  "What a channel is told of, where the input `slack-webhook-url` names one.",
  { notices: ["drift", "executed"] },
);

export const driftRotationSchema = documented(
  z
    .array(z.string().regex(/^[A-Za-z0-9](?:[A-Za-z0-9_-]{0,98}[A-Za-z0-9])?$/, "must be a login without `@`"))
    .max(50)
    .default([]),
  "Logins that are assigned in turn to a pull request whose plan drifted. Empty: nobody.",
  { "drift-rotation": ["ada", "grace"] },
);
