import { expect, test } from "vitest";
import { person, REPOSITORY, useHarness } from "./harness.ts";
import { type Reply, startScriptedServer } from "./scripted-server.ts";

const world = useHarness();
const SINCE = "2026-11-20T09:50:00Z";
const ROUTE = `GET ${REPOSITORY}/issues/7/comments`;

const comment = (id: number) => ({
  id,
  node_id: `IC_${id}`,
  user: person("ada"),
  body: `comment ${id}`,
  created_at: "2026-11-20T10:00:00Z",
  updated_at: "2026-11-20T10:00:00Z",
  html_url: `https://github.com/octo/world/pull/7#issuecomment-${id}`,
});

const page = (ids: readonly number[], next?: string): Reply => ({
  status: 200,
  body: ids.map(comment),
  headers: next === undefined ? {} : { link: `<${next}>; rel="next", <${next}>; rel="last"` },
});

const at = (number: number): string => `${world.server.url}${REPOSITORY}/issues/7/comments?per_page=100&page=${number}`;

test("follows the pages to the end", async () => {
  world.server.on(ROUTE, page([1, 2], at(2)), page([3], at(3)), page([4]));
  const comments = await world.adapter().fetchComments(7, SINCE);
  expect(comments.map(({ id }) => id)).toEqual([1, 2, 3, 4]);
  expect(world.server.requests.map(({ query }) => query.toString())).toEqual([
    "since=2026-11-20T09%3A50%3A00Z&per_page=100",
    "per_page=100&page=2",
    "per_page=100&page=3",
  ]);
});

test("does not take another relation for the next page", async () => {
  const headers = { link: `<${at(1)}>; rel="prev", <${at(1)}>; rel="first"` };
  world.server.on(ROUTE, { ...page([1]), headers });
  expect(await world.adapter().fetchComments(7, SINCE)).toHaveLength(1);
});

test("finds the next page behind other relations", async () => {
  const headers = { link: `<${at(1)}>; rel="prev", <${at(2)}>; rel="next"` };
  world.server.on(ROUTE, { ...page([1]), headers }, page([2]));
  expect(await world.adapter().fetchComments(7, SINCE)).toHaveLength(2);
});

test("fails as a whole when the second page fails", async () => {
  world.server.on(ROUTE, page([1], at(2)), { status: 500, body: { message: "oops" } });
  await expect(world.adapter().fetchComments(7, SINCE)).rejects.toMatchObject({ code: "github_unavailable" });
  expect(world.server.count(ROUTE)).toBe(4);
});

test("fails as a whole when the second page is gone", async () => {
  world.server.on(ROUTE, page([1], at(2)), { status: 404, body: { message: "Not Found" } });
  await expect(world.adapter().fetchComments(7, SINCE)).rejects.toMatchObject({ code: "github_not_found" });
});

test("fails as a whole when the second page is malformed", async () => {
  world.server.on(ROUTE, page([1], at(2)), { status: 200, body: [{ ...comment(2), body: null }] });
  await expect(world.adapter().fetchComments(7, SINCE)).rejects.toMatchObject({ code: "github_malformed" });
});

test("fails when the cursor repeats", async () => {
  world.server.on(ROUTE, page([1], at(2)), page([2], at(2)), page([3], at(2)));
  await expect(world.adapter().fetchComments(7, SINCE)).rejects.toMatchObject({
    code: "github_malformed",
    message: expect.stringContaining("points back"),
  });
  expect(world.server.count(ROUTE)).toBe(2);
});

test("fails when a page comes twice under another address", async () => {
  world.server.on(ROUTE, page([1], at(2)), page([1], at(3)), page([3]));
  await expect(world.adapter().fetchComments(7, SINCE)).rejects.toMatchObject({
    code: "github_malformed",
    message: expect.stringContaining("page 2 is a page that was read before"),
  });
});

test("fails when the pages do not end", async () => {
  let number = 1;
  world.server.on(ROUTE, () => page([number], at(++number)));
  await expect(world.adapter().fetchComments(7, SINCE)).rejects.toMatchObject({
    code: "comments_flooded",
    message: expect.stringContaining("More than 2000 comments"),
  });
  expect(world.server.count(ROUTE)).toBe(20);
});

test("reads of an endless list the first page and the newest, oldest first", async () => {
  const asked: number[] = [];
  world.server.on(ROUTE, ({ query }) => {
    const number = Number(query.get("page"));
    asked.push(number);
    return { ...page([number]), headers: { link: `<${at(2)}>; rel="next", <${at(90_000)}>; rel="last"` } };
  });
  const comments = await world.adapter().fetchNewestComments(7);
  expect(asked).toEqual([1, 90_000, 89_999, 89_998, 89_997, 89_996]);
  expect(comments.map(({ id }) => id)).toEqual([1, 89_996, 89_997, 89_998, 89_999, 90_000]);
});

test("reads of a short list no page twice", async () => {
  world.server.on(ROUTE, ({ query }) => {
    const number = Number(query.get("page"));
    return { ...page([number]), headers: number === 1 ? { link: `<${at(3)}>; rel="last"` } : {} };
  });
  expect((await world.adapter().fetchNewestComments(7)).map(({ id }) => id)).toEqual([1, 2, 3]);
  world.server.on(ROUTE, page([1]));
  expect((await world.adapter().fetchNewestComments(7)).map(({ id }) => id)).toEqual([1]);
});

test("never carries the token to another server", async () => {
  const other = await startScriptedServer();
  try {
    world.server.on(ROUTE, page([1], `${other.url}${REPOSITORY}/issues/7/comments?page=2`));
    await expect(world.adapter().fetchComments(7, SINCE)).rejects.toMatchObject({
      code: "github_malformed",
      message: expect.stringContaining("another server"),
    });
    expect(other.requests).toEqual([]);
  } finally {
    await other.close();
  }
});
