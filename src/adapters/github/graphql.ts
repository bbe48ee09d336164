import { z } from "zod";
import { type Client, malformed, parseAnswer } from "./client.ts";
import { oneLine, RequestFailure, refusalByRules, ruleRefusal } from "./failure.ts";

export interface GraphqlRequest {
  readonly url: string;
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly repeatable: boolean;
  /** The alias of a list that may have nulls where GitHub could not resolve something; an error says so of each. */
  readonly mayLack?: string;
}

const errorSchema = z.object({
  type: z.string().optional(),
  message: z.string(),
  path: z.array(z.union([z.string(), z.number()])).optional(),
});
const answerSchema = z.object({ data: z.unknown().optional(), errors: z.array(errorSchema).optional() });

/** The branch is not where a mutation expected it to be. */
export class StaleData extends RequestFailure {}

/** Sends a named GraphQL operation. GraphQL reports its failures inside a 200, so they are sorted out here. */
export async function sendGraphql<T>(client: Client, request: GraphqlRequest, schema: z.ZodType<T>): Promise<T> {
  const { url, query, variables, repeatable, mayLack } = request;
  const what = `the ${/^\w+ \w+/.exec(query)?.[0] ?? "operation"}`;
  const answer = await client.send(`POST ${url}`, { query, variables }, { repeatable });
  const { data, errors } = parseAnswer(answerSchema, answer.data, what);
  if (errors?.length === 0) throw malformed(what, "an empty list of errors");
  // A field above the list would be null, and refused below.
  const error = errors?.find(({ path }) => mayLack === undefined || !path?.includes(mayLack));
  if (error !== undefined) {
    const failure = failureOfError(error, what, isEmpty(data));
    failure.isAfterUncertain = answer.isAfterUncertain;
    throw failure;
  }
  return parseAnswer(schema, data, what);
}

/** Whether an answer has no result of any field: where there is one, something may have been done. */
function isEmpty(data: unknown): boolean {
  return typeof data !== "object" || Object.values(data ?? {}).every((field) => field === null);
}

/** Types by which GitHub turns down an input that it has looked at. */
const INPUT_REFUSED = new Set(["UNPROCESSABLE", "FILE_NOT_FOUND"]);

function failureOfError(error: z.infer<typeof errorSchema>, what: string, isNothingDone: boolean): RequestFailure {
  const detail = oneLine(error.message);
  const said = `GitHub refused ${what} (${error.type ?? "no type"}): ${detail}.`;
  const final = { kind: "final", status: 200, detail } as const;
  if (error.type === "STALE_DATA" || detail.startsWith("Expected branch to point to")) {
    return new StaleData("github_malformed", `${said} Somebody else wrote to the branch.`, final);
  }
  if (isNothingDone) {
    if (error.type === "BRANCH_PROTECTION_RULE_VIOLATION") return refusalByRules(error.message, 200);
    const byRules = ruleRefusal(error.message, 200);
    if (byRules) return byRules;
  }
  switch (error.type) {
    case "NOT_FOUND":
      return new RequestFailure("github_not_found", `${said} Check that it still exists.`, final);
    case "FORBIDDEN":
    case "INSUFFICIENT_SCOPES":
      return new RequestFailure("github_forbidden", `${said} Give the job the permissions of the README.`, final);
    case "RATE_LIMITED":
      return new RequestFailure("github_rate_limited", `${said} Re-run the job later.`, final);
    case undefined:
      // "Something went wrong while executing your query": may have been done all the same.
      return new RequestFailure("github_unavailable", `${said} Re-run the job later.`, { ...final, kind: "ambiguous" });
    default: {
      const kind = isNothingDone && INPUT_REFUSED.has(error.type) ? "refused" : "ambiguous";
      return new RequestFailure("github_malformed", `${said} Look at the run log.`, { ...final, kind });
    }
  }
}
