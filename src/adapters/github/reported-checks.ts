import { z } from "zod";
import { CHECK_NAME, REQUEST_CHECK_NAME } from "../../governance/check-names.ts";
import type { ReportedCheck, Sha } from "../../ports.ts";
import { type Client, malformed } from "./client.ts";
import { getAllPages } from "./pages.ts";
import { idSchema, shaSchema } from "./pull-requests.ts";

/** What we say ourselves must not be what lets us go on. */
const OWN = new Set([CHECK_NAME, REQUEST_CHECK_NAME]);

const checkRunSchema = z.object({
  id: idSchema,
  name: z.string().min(1),
  head_sha: shaSchema,
  status: z.string(),
  conclusion: z.string().nullable(),
  html_url: z.string().nullable(),
  app: z.object({ slug: z.string().optional() }).nullable(),
});

const checkRunsSchema = z.object({ check_runs: z.array(checkRunSchema) });

const statusSchema = z.object({
  id: idSchema,
  context: z.string().min(1),
  state: z.enum(["error", "failure", "pending", "success"]),
  target_url: z.string().nullable(),
});

const combinedSchema = z.object({ sha: shaSchema, statuses: z.array(statusSchema) });

/** All check runs and commit statuses of a commit but our own, by name. */
export async function fetchChecks(client: Client, headSha: Sha): Promise<readonly ReportedCheck[]> {
  const checks = [...(await fetchLatestRuns(client, headSha)), ...(await fetchStatuses(client, headSha))];
  return checks.filter(({ name }) => !OWN.has(name)).sort((a, b) => compare(a.name, b.name));
}

async function fetchLatestRuns(client: Client, headSha: Sha): Promise<readonly ReportedCheck[]> {
  const route = "/commits/{ref}/check-runs";
  const runs = await getAllPages(client, {
    route,
    parameters: { ref: headSha, filter: "latest" },
    schema: checkRunsSchema,
    items: (page) => page.check_runs,
  });
  const latest = new Map<string, z.infer<typeof checkRunSchema>>();
  for (const run of runs) {
    if (run.head_sha !== headSha) throw malformed(route, `check run ${run.id} is about ${run.head_sha}`);
    // GitHub's `latest` is one of each check suite, and every run of a workflow makes a suite of its own.
    const key = JSON.stringify([run.name, run.app?.slug]);
    const other = latest.get(key);
    if (other === undefined || run.id > other.id) latest.set(key, run);
  }
  return [...latest.values()].map((run) => ({
    name: run.name,
    conclusion: conclusionOf(run),
    url: webAddress(run.html_url),
    appSlug: run.app?.slug,
  }));
}

function conclusionOf({ status, conclusion }: z.infer<typeof checkRunSchema>): ReportedCheck["conclusion"] {
  return status === "completed" ? (conclusion ?? "no conclusion") : undefined;
}

async function fetchStatuses(client: Client, headSha: Sha): Promise<readonly ReportedCheck[]> {
  const route = "/commits/{ref}/status";
  const statuses = await getAllPages(client, {
    route,
    parameters: { ref: headSha },
    schema: combinedSchema,
    items: ({ sha, statuses: page }) => {
      if (sha !== headSha) throw malformed(route, `it is about ${sha}`);
      return page;
    },
  });
  return statuses.map(({ context, state, target_url }) => ({
    name: context,
    conclusion: state === "pending" ? undefined : state,
    url: webAddress(target_url),
    appSlug: undefined,
  }));
}

/** Whoever reports a check chooses the address. */
function webAddress(url: string | null): string | undefined {
  return url !== null && URL.canParse(url) && /^https?:$/.test(new URL(url).protocol) ? url : undefined;
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
