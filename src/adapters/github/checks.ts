import { z } from "zod";
import type { CheckRun, CheckRunRequest, Sha } from "../../ports.ts";
import { type Client, parseAnswer, TRIES } from "./client.ts";
import { RequestFailure } from "./failure.ts";
import { getAllPages } from "./pages.ts";
import { idSchema, shaSchema } from "./pull-requests.ts";

/** GitHub's limit on a summary, in bytes of UTF-8. */
const MAX_SUMMARY = 65_535;

const checkRunSchema = z
  .object({
    id: idSchema,
    name: z.string(),
    head_sha: shaSchema,
    external_id: z.string().nullable(),
    conclusion: z.string().nullable(),
    app: z.object({ slug: z.string().optional() }).nullable(),
  })
  .transform(
    (run): CheckRun => ({
      id: run.id,
      name: run.name,
      headSha: run.head_sha,
      externalId: run.external_id ?? "",
      conclusion: run.conclusion ?? undefined,
      appSlug: run.app?.slug,
    }),
  );

const pageSchema = z.object({ check_runs: z.array(checkRunSchema) });

export interface CheckRunQuery {
  readonly headSha: Sha;
  readonly name: string;
  /** Only check runs of this app; undefined = of any. */
  readonly appSlug: string | undefined;
}

/** Every check run of this name on a commit, also those that a newer one replaced, oldest first. */
export async function fetchCheckRuns(client: Client, query: CheckRunQuery): Promise<readonly CheckRun[]> {
  const runs = await getAllPages(client, {
    route: "/commits/{ref}/check-runs",
    parameters: { ref: query.headSha, check_name: query.name, filter: "all" },
    schema: pageSchema,
    items: (page) => page.check_runs,
  });
  return runs
    .filter((run) => run.name === query.name && run.headSha === query.headSha)
    .filter((run) => query.appSlug === undefined || run.appSlug === query.appSlug)
    .sort((a, b) => a.id - b.id);
}

/** After a failure that leaves open whether it was made, looks for its external id and only then tries again. */
export async function createCheckRun(
  client: Client,
  request: CheckRunRequest,
  appSlug: string | undefined,
): Promise<CheckRun> {
  const route = "POST /repos/{owner}/{repo}/check-runs";
  for (let attempt = 1; ; attempt++) {
    try {
      const { data } = await client.send(route, bodyOf(request), { repeatable: false });
      return parseAnswer(checkRunSchema, data, route);
    } catch (error) {
      if (!(error instanceof RequestFailure) || error.kind !== "ambiguous") throw error;
      await client.backoff(attempt);
      const runs = await fetchCheckRuns(client, { headSha: request.headSha, name: request.name, appSlug });
      const made = runs.findLast(
        (run) => run.externalId === request.externalId && run.conclusion === request.conclusion,
      );
      if (made !== undefined) return made;
      if (attempt === TRIES) throw error;
      client.log(`${error.message} The check run is not there; trying again (${attempt + 1} of ${TRIES}).`);
    }
  }
}

function bodyOf(request: CheckRunRequest): Record<string, unknown> {
  return {
    name: request.name,
    head_sha: request.headSha,
    status: "completed",
    conclusion: request.conclusion,
    external_id: request.externalId,
    details_url: request.detailsUrl,
    output: { title: request.title, summary: capped(request.summary) },
  };
}

/** Cut so that no code point is halved. */
function capped(text: string): string {
  const bytes = new TextEncoder().encode(text);
  if (bytes.length <= MAX_SUMMARY) return text;
  // In streaming mode the decoder holds an incomplete code point back.
  return new TextDecoder().decode(bytes.subarray(0, MAX_SUMMARY), { stream: true });
}
