import { z } from "zod";
import { type Digest, parseDigest } from "./digest.ts";
import { IntegrityError } from "./errors.ts";
import { REHEARSAL_STEPS, type RehearsalReport } from "./rehearsal.ts";

/** How much of a command's output is kept; the end says most. */
const OUTPUT_CHARACTERS = 4_000;

const output = z.string().transform((text) => text.slice(-OUTPUT_CHARACTERS));
const digest = z.custom<Digest>((value) => typeof value === "string" && parseDigest(value) !== undefined);
const step = z.enum(REHEARSAL_STEPS);
const orAbsent = <T extends z.ZodType>(schema: T) => schema.nullable().transform((value) => value ?? undefined);
const command = z.strictObject({ command: z.string(), exitCode: z.number().int(), timedOut: z.boolean(), output });
const finding = z.strictObject({
  code: z.string(),
  message: z.string(),
  path: z.string().exactOptional(),
  expected: z.string().exactOptional(),
  got: z.string().exactOptional(),
});

const rehearsal = z.strictObject({
  result: z.enum(["pass", "fail"]),
  failedStep: orAbsent(step),
  entries: z.array(
    z.strictObject({
      step,
      command: orAbsent(z.string()),
      status: z.enum(["passed", "failed", "not run"]),
      exitCode: orAbsent(z.number().int()),
      timedOut: z.boolean(),
      output,
    }),
  ),
  startTree: orAbsent(z.string()),
  endTree: orAbsent(z.string()),
  ignored: z.array(z.string()),
  findings: z.array(finding),
});

const schema = z.strictObject({
  version: z.literal(1),
  /** The patch that was verified and rehearsed. */
  patchDigest: digest,
  verification: z.array(command),
  declinedRequests: z.array(z.string()),
  rehearsal: orAbsent(rehearsal),
});

/** gate-facts.json: what was established of the dry run's patch, for the gates. */
export interface GateFactsRecord {
  readonly patchDigest: Digest;
  readonly verification: readonly z.infer<typeof command>[];
  /** What Codex asked for besides files, each once: in the dry run, and in executions that were held because of it. */
  readonly declinedRequests: readonly string[];
  /** Undefined when none is required. */
  readonly rehearsal: RehearsalReport | undefined;
}

/** The bytes of gate-facts.json; what is not known is null. */
export function renderGateFacts(facts: GateFactsRecord): string {
  const { patchDigest, verification, declinedRequests, rehearsal: report } = facts;
  const wire = JSON.stringify(
    {
      version: 1,
      patchDigest,
      verification: verification.map((each) => ({ ...each, output: each.output.slice(-OUTPUT_CHARACTERS) })),
      declinedRequests,
      rehearsal:
        report === undefined
          ? null
          : {
              ...report,
              failedStep: report.failedStep ?? null,
              startTree: report.startTree ?? null,
              endTree: report.endTree ?? null,
              entries: report.entries.map((each) => ({
                ...each,
                command: each.command ?? null,
                exitCode: each.exitCode ?? null,
              })),
            },
    },
    undefined,
    2,
  );
  return `${wire}\n`;
}

/** Reads gate-facts.json of a bundle. Throws IntegrityError when it is about another patch, or not one of ours. */
export function readGateFacts(text: string, patchDigest: Digest): GateFactsRecord {
  const parsed = schema.safeParse(parseJson(text));
  if (!parsed.success) throw broken("expected a record of version 1, got something else", parsed.error);
  if (parsed.data.patchDigest !== patchDigest) {
    throw broken(`expected it to be about ${patchDigest}, got ${parsed.data.patchDigest}`);
  }
  return parsed.data;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function broken(what: string, cause?: unknown): IntegrityError {
  return new IntegrityError("evidence_invalid", `gate-facts.json does not hold: ${what}. Ask for a new plan.`, {
    cause,
  });
}
