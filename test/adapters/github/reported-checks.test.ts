import { expect, test } from "vitest";
import type { Fault } from "../../world/github/faults.ts";
import { NARROW_TOKEN, operation, useDouble } from "./double-harness.ts";

const double = useDouble();
const RUNS = "GET /repos/{owner}/{repo}/commits/{ref}/check-runs";
const STATUSES = "GET /repos/{owner}/{repo}/commits/{ref}/status";
const fetchAll = () => double.adapter().fetchChecks(double.head);
const conclusions = async () => (await fetchAll()).map(({ name, conclusion }) => [name, conclusion]);
const report = (name: string, conclusion?: string, more: { suite?: number; status?: string } = {}) =>
  double.world.integrations.reportCheck({
    name,
    headSha: double.head,
    ...(conclusion === undefined ? {} : { conclusion }),
    ...more,
  });

test("reads check runs and commit statuses together, by name", async () => {
  const { integrations } = double.world;
  const run = report("test", "success");
  integrations.reportCheck({ name: "lint", headSha: double.head, app: { id: 5, slug: "lint-app" } });
  integrations.reportStatus({
    context: "ci/build",
    headSha: double.head,
    state: "failure",
    targetUrl: "https://ci.test/1",
  });
  expect(await fetchAll()).toEqual([
    { name: "ci/build", conclusion: "failure", url: "https://ci.test/1", appSlug: undefined },
    { name: "lint", conclusion: undefined, url: expect.stringMatching(/^https:/), appSlug: "lint-app" },
    {
      name: "test",
      conclusion: "success",
      url: `https://github.com/acme/shop/runs/${run.id}`,
      appSlug: "github-actions",
    },
  ]);
});

test("reads nothing where nothing was reported", async () => {
  expect(await fetchAll()).toEqual([]);
});

const byName = (entries: readonly (readonly [string, string | undefined])[]) =>
  entries.toSorted(([a], [b]) => (a < b ? -1 : 1));

test("gives GitHub's own word, so that nobody takes a neutral or skipped check for a success", async () => {
  const words = ["success", "neutral", "skipped", "failure", "cancelled", "timed_out", "action_required"];
  for (const conclusion of words) report(conclusion, conclusion);
  expect(await conclusions()).toEqual(byName(words.map((word) => [word, word])));
});

test("gives words that GitHub's description does not have, and never a success for a missing one", async () => {
  const undescribed = ["stale", "startup_failure", "a_new_one", null];
  for (const conclusion of undescribed) report(`${conclusion}`, "success");
  double.world.fault({
    match: operation(RUNS),
    fault: {
      kind: "change",
      change: ({ body, headers }) => {
        const { check_runs } = body as { check_runs: { name: string }[] };
        const changed = check_runs.map((run) => ({ ...run, conclusion: run.name === "null" ? null : run.name }));
        return { body: { total_count: changed.length, check_runs: changed }, headers };
      },
    },
  });
  const expected = undescribed.map((conclusion) => [`${conclusion}`, conclusion ?? "no conclusion"] as const);
  expect(await conclusions()).toEqual(byName(expected));
});

test("waits for every check run that is not completed", async () => {
  const running = ["queued", "in_progress", "waiting", "requested", "pending"];
  for (const status of running) report(status, undefined, { status });
  expect(await conclusions()).toEqual(byName(running.map((status) => [status, undefined])));
});

test("takes a commit status for what it says", async () => {
  for (const state of ["error", "failure", "pending", "success"] as const) {
    double.world.integrations.reportStatus({ context: state, headSha: double.head, state });
  }
  expect(await conclusions()).toEqual([
    ["error", "error"],
    ["failure", "failure"],
    ["pending", undefined],
    ["success", "success"],
  ]);
});

test("takes the latest of a name and app, also from another run of the workflow", async () => {
  report("test", "success");
  report("test", "failure", { suite: 11 });
  expect(await conclusions()).toEqual([["test", "failure"]]);
  report("test", "neutral", { suite: 12 });
  expect(await conclusions()).toEqual([["test", "neutral"]]);
  report("test", "success", { suite: 12 });
  expect(await conclusions()).toEqual([["test", "success"]]);
  report("test", undefined, { suite: 13 });
  expect(await conclusions()).toEqual([["test", undefined]]);
});

test("lets neither another app nor a status stand in for a check of the same name", async () => {
  report("test", "failure");
  const foreign = { name: "test", headSha: double.head, conclusion: "success", app: { id: 6, slug: "other-app" } };
  double.world.integrations.reportCheck(foreign);
  double.world.integrations.reportStatus({ context: "test", headSha: double.head, state: "success" });
  expect((await fetchAll()).map(({ conclusion, appSlug }) => [appSlug, conclusion])).toEqual(
    expect.arrayContaining([
      ["github-actions", "failure"],
      ["other-app", "success"],
      [undefined, "success"],
    ]),
  );
  expect(await fetchAll()).toHaveLength(3);
});

test("leaves our own checks out, whoever posted them and in whatever form", async () => {
  report("codex-plan-governance", "success");
  report("codex-plan-governance/request", "failure");
  const status = { context: "codex-plan-governance", headSha: double.head, state: "success" } as const;
  double.world.integrations.reportStatus(status);
  report("codex-plan-governance-lint", "success");
  expect(await conclusions()).toEqual([["codex-plan-governance-lint", "success"]]);
});

test("gives only addresses that a browser opens as pages", async () => {
  const targets = ["javascript:alert(1)", "ssh://ci.test/1", "http://ci.test/1"];
  for (const [index, targetUrl] of targets.entries()) {
    const context = `ci/${index}`;
    double.world.integrations.reportStatus({ context, headSha: double.head, state: "success", targetUrl });
  }
  expect((await fetchAll()).map(({ url }) => url)).toEqual([undefined, undefined, "http://ci.test/1"]);
});

test("reads all pages of both", async () => {
  for (let index = 0; index < 101; index++) {
    report(`run ${index}`, "success");
    double.world.integrations.reportStatus({ context: `status ${index}`, headSha: double.head, state: "success" });
  }
  expect(await fetchAll()).toHaveLength(202);
  expect(double.world.calls(RUNS).map(({ path }) => path.split("?")[1])).toEqual([
    "filter=latest&per_page=100",
    "filter=latest&per_page=100&page=2",
  ]);
  expect(double.world.calls(STATUSES)).toHaveLength(2);
});

test("fails without the permission to read statuses", async () => {
  report("test", "success");
  const failure = double.adapter(NARROW_TOKEN).fetchChecks(double.head);
  await expect(failure).rejects.toMatchObject({ code: "github_forbidden" });
});

const other = "b".repeat(40);
const faults: readonly [string, string, Omit<Fault, "match">, string][] = [
  [
    "a second page of check runs that fails",
    RUNS,
    { fault: { kind: "status", status: 500 }, skip: 1, times: 3 },
    "github_unavailable",
  ],
  [
    "a second page of statuses that fails",
    STATUSES,
    { fault: { kind: "status", status: 500 }, skip: 1, times: 3 },
    "github_unavailable",
  ],
  [
    "statuses of another commit",
    STATUSES,
    {
      fault: {
        kind: "change",
        change: ({ body, headers }) => ({ body: { ...(body as object), sha: other }, headers }),
      },
    },
    "github_malformed",
  ],
  [
    "check runs of another commit",
    RUNS,
    {
      fault: {
        kind: "change",
        change: ({ body, headers }) => ({
          body: JSON.parse(JSON.stringify(body).replaceAll(double.head, other)),
          headers,
        }),
      },
    },
    "github_malformed",
  ],
];

test.each(faults)("fails as a whole with %s", async (_, name, fault, code) => {
  for (let index = 0; index < 101; index++) {
    report(`run ${index}`, "success");
    double.world.integrations.reportStatus({ context: `status ${index}`, headSha: double.head, state: "success" });
  }
  double.world.fault({ ...fault, match: operation(name) });
  await expect(fetchAll()).rejects.toMatchObject({ code });
  expect(double.world.pendingFaults).toBe(0);
});

test("fails when there are more pages than its bound", async () => {
  const { id } = report("test", "success");
  let page = 1;
  let first: object | undefined;
  double.world.fault({
    match: operation(RUNS),
    times: 50,
    fault: {
      kind: "change",
      change: ({ body }) => {
        first ??= (body as { check_runs: object[] }).check_runs[0];
        page += 1;
        const path = `/repos/acme/shop/commits/${double.head}/check-runs?filter=latest&per_page=100&page=${page}`;
        const headers = { link: `<${double.world.url}${path}>; rel="next"` };
        return { body: { total_count: 1, check_runs: [{ ...first, id: id + page }] }, headers };
      },
    },
  });
  await expect(fetchAll()).rejects.toMatchObject({ message: expect.stringContaining("more than 50 pages") });
});
