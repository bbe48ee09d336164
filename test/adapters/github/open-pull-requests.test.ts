import { beforeEach, expect, test } from "vitest";
import { NARROW_TOKEN, operation, useDouble } from "./double-harness.ts";

const double = useDouble();
const LIST = "GET /repos/{owner}/{repo}/pulls";
let second: number;

beforeEach(async () => {
  await double.git.setBranch("twin", double.head);
  await double.git.setBranch("eve/fork", double.head);
  second = (await double.world.authors.openPullRequest({ user: "ada", head: "twin" })).number;
});

const openFork = () => double.world.authors.openPullRequest({ user: "eve", head: "fork", fork: "eve" });

test("lists open pull requests, newest change first, forks included", async () => {
  const { number: fork } = await openFork();
  double.world.authors.openIssue("ada", "No pull request");
  double.world.people.comment("ada", double.pull, "hello");
  const all = { numbers: [double.pull, fork, second], hasMore: false };
  expect(await double.adapter().fetchOpenPullRequestNumbers(10)).toEqual(all);
  await double.world.authors.close(double.pull);
  expect(await double.adapter().fetchOpenPullRequestNumbers(10)).toEqual({ numbers: [fork, second], hasMore: false });
});

test("says when there are more than were asked for, and reads no more than it needs", async () => {
  const { number: third } = await openFork();
  expect(await double.adapter().fetchOpenPullRequestNumbers(1)).toEqual({ numbers: [third], hasMore: true });
  const all = { numbers: [third, second, double.pull], hasMore: false };
  expect(await double.adapter().fetchOpenPullRequestNumbers(3)).toEqual(all);
  const query = (limit: number) => `/repos/acme/shop/pulls?state=open&sort=updated&direction=desc&per_page=${limit}`;
  expect(double.world.calls(LIST).map(({ path }) => path)).toEqual([query(2), query(4)]);
});

test("reads on over several pages up to its limit", async () => {
  for (let index = 0; index < 118; index++) await openFork();
  const some = await double.adapter().fetchOpenPullRequestNumbers(110);
  expect([some.numbers.length, some.hasMore, new Set(some.numbers).size]).toEqual([110, true, 110]);
  const all = await double.adapter().fetchOpenPullRequestNumbers(120);
  expect([all.numbers.length, all.hasMore]).toEqual([120, false]);
}, 60_000);

test("fails without the permission, when a page fails, and on a closed one among the open", async () => {
  const forbidden = double.adapter(NARROW_TOKEN).fetchOpenPullRequestNumbers(10);
  await expect(forbidden).rejects.toMatchObject({ code: "github_forbidden" });
  double.world.fault({ match: operation(LIST), fault: { kind: "status", status: 502 }, times: 3 });
  const failing = double.adapter().fetchOpenPullRequestNumbers(10);
  await expect(failing).rejects.toMatchObject({ code: "github_unavailable" });
  double.world.fault({
    match: operation(LIST),
    fault: {
      kind: "change",
      change: ({ body, headers }) => ({
        body: (body as object[]).map((pull) => ({ ...pull, state: "closed" })),
        headers,
      }),
    },
  });
  const wrong = double.adapter().fetchOpenPullRequestNumbers(10);
  await expect(wrong).rejects.toMatchObject({ code: "github_malformed" });
});
