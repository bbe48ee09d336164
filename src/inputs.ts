import { z } from "zod";
import { PLACE_GRAMMAR, parsePlace } from "./adapters/s3/place.ts";
import { ConfigurationError } from "./governance/errors.ts";

/** The inputs of action.yml, in its order. A contract test keeps the two the same. */
export const INPUT_NAMES = [
  "mode",
  "github-token",
  "openai-api-key",
  "openai-base-url",
  "pull-request",
  "pull-request-action",
  "policy-path",
  "codex-path",
  "plan-workflow",
  "retention-days",
  "slack-webhook-url",
  "s3-uri",
  "s3-region",
  "s3-endpoint",
  "attest",
] as const;

export type InputName = (typeof INPUT_NAMES)[number];

const optional = z
  .string()
  .trim()
  .transform((text) => (text === "" ? undefined : text));

/** Where a secret is sent: never in plain text over a network, and to the host that a reader sees. */
const serviceUrl = z.url({ protocol: /^https?$/, abort: true }).check(
  z.refine((text) => {
    const { protocol, hostname } = new URL(text);
    return protocol === "https:" || ["127.0.0.1", "localhost", "[::1]"].includes(hostname);
  }, "must be https, or http on loopback"),
  z.refine((text) => {
    const { username, password } = new URL(text);
    return username === "" && password === "";
  }, "must not have a user name or a password in it"),
);

const schema = z
  .object({
    mode: z.enum(["plan", "approve", "execute"]),
    "github-token": z.string().trim().min(1, "is empty; leave it out for the job's own token"),
    "openai-api-key": z.string().trim(),
    "openai-base-url": serviceUrl,
    "pull-request": optional.pipe(
      z.optional(
        z
          .string()
          .regex(/^[1-9][0-9]{0,9}$/, "must be the number of a pull request")
          .transform(Number),
      ),
    ),
    "pull-request-action": optional.pipe(
      z.optional(z.string().regex(/^[a-z_]{1,40}$/, "must be an action of a pull request event, such as `labeled`")),
    ),
    "policy-path": z
      .string()
      .trim()
      .regex(/^(?!\/)(?!.*(?:^|\/)\.\.?(?:\/|$))[\w./-]+\.ya?ml$/, "must be a repository-relative path of a YAML file"),
    "codex-path": optional,
    "plan-workflow": optional.pipe(
      z.optional(z.string().regex(/^\.github\/workflows\/[\w. -]+\.ya?ml$/, "must be the path of a workflow file")),
    ),
    "retention-days": z
      .string()
      .trim()
      .regex(/^(?:[1-9]|[1-8][0-9]|90)$/, "must be 1 to 90")
      .transform(Number),
    "slack-webhook-url": optional.pipe(z.optional(serviceUrl)),
    "s3-uri": optional.pipe(z.optional(z.string().refine(parsePlace, `must be ${PLACE_GRAMMAR}`))),
    "s3-region": optional.pipe(z.optional(z.string().regex(/^[a-z0-9-]{2,40}$/, "must be the name of a region"))),
    "s3-endpoint": optional.pipe(z.optional(serviceUrl)),
    // Nothing but these two: a `True` or a `yes` that was quietly taken for no would be found out by an auditor.
    attest: z
      .string()
      .trim()
      .regex(/^(?:true|false)$/, "must be `true` or `false`")
      .transform((text) => text === "true"),
  })
  .transform((raw) => ({
    mode: raw.mode,
    githubToken: raw["github-token"],
    openaiApiKey: raw["openai-api-key"],
    openaiBaseUrl: raw["openai-base-url"].replace(/\/+$/, ""),
    pullRequest: raw["pull-request"],
    pullRequestAction: raw["pull-request-action"],
    policyPath: raw["policy-path"],
    codexPath: raw["codex-path"],
    planWorkflow: raw["plan-workflow"],
    retentionDays: raw["retention-days"],
    slackWebhookUrl: raw["slack-webhook-url"],
    s3Uri: raw["s3-uri"],
    s3Region: raw["s3-region"],
    s3Endpoint: raw["s3-endpoint"],
    isAttested: raw.attest,
  }));

export type Inputs = Readonly<z.infer<typeof schema>>;

/** Reads the inputs of the step. Throws ConfigurationError that lists every wrong one. */
export function readInputs(getInput: (name: InputName) => string): Inputs {
  const parsed = schema.safeParse(Object.fromEntries(INPUT_NAMES.map((name) => [name, getInput(name)])));
  if (parsed.success) return parsed.data;
  // Values are not repeated: an input may be a secret that was put into the wrong place.
  const faults = parsed.error.issues.map((issue) => `- \`${issue.path.join(".")}\`: ${issue.message}`);
  throw new ConfigurationError("configuration_invalid", `Wrong inputs:\n${faults.join("\n")}`);
}
