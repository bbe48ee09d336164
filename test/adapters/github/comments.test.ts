import { expect, test } from "vitest";
import { useDouble } from "./double-harness.ts";

const double = useDouble();

test("tells a comment that a person typed from one that an app posted in their name", async () => {
  const { people } = double.world;
  const typed = people.comment("ada", double.pull, "by hand").commentId;
  const sent = people.comment("ada", double.pull, "by app", { viaApp: { id: 99, slug: "sign-app" } }).commentId;
  const own = await double.adapter().createComment(double.pull, "by our token");
  expect((await double.adapter().fetchNewestComments(double.pull)).map(({ viaApp }) => viaApp)).toEqual([
    undefined,
    "sign-app",
    "github-actions",
  ]);
  expect((await double.adapter().fetchComment(typed))?.viaApp).toBeUndefined();
  expect((await double.adapter().fetchComment(sent))?.viaApp).toBe("sign-app");
  expect(own.viaApp).toBe("github-actions");
});

test("tells an edited comment, also when the text is back to what it was", async () => {
  const { people } = double.world;
  const { commentId } = people.comment("ada", double.pull, "pass");
  const edited = async () => (await double.adapter().fetchComment(commentId))?.isEdited;
  expect(await edited()).toBe(false);
  people.editComment("max", commentId, "fail");
  expect(await edited()).toBe(true);
  people.editComment("max", commentId, "pass");
  expect(await edited()).toBe(true);
  expect((await double.adapter().fetchNewestComments(double.pull)).map(({ isEdited }) => isEdited)).toEqual([true]);
});

test("does not take a reaction or a folding for an edit", async () => {
  const { commentId } = double.world.people.comment("ada", double.pull, "pass");
  const comment = await double.adapter().fetchComment(commentId);
  await double.adapter().addReaction(commentId, "eyes");
  await double.adapter().minimizeComment(comment?.nodeId ?? "");
  expect((await double.adapter().fetchComment(commentId))?.isEdited).toBe(false);
});

test("tells who else edited a comment, also when the text was put back, and whoever was deleted since", async () => {
  const { administration, people } = double.world;
  const made = await double.adapter().createComment(double.pull, "the plan");
  const editors = async () => double.adapter().fetchForeignEditors(made.nodeId);
  expect(await editors()).toEqual([]);
  await double.adapter().updateComment(made.id, "the plan, approved");
  expect(await editors()).toEqual([]);
  people.editComment("max", made.id, "another plan");
  people.editComment("max", made.id, "the plan, approved");
  expect(await editors()).toEqual([
    { type: "User", login: "max" },
    { type: "User", login: "max" },
  ]);
  administration.deleteUser("max");
  expect(await editors()).toEqual([
    { type: "deleted", login: "ghost" },
    { type: "deleted", login: "ghost" },
  ]);
});

test("reads every page of a comment's edits", async () => {
  const made = await double.adapter().createComment(double.pull, "0");
  for (let index = 1; index <= 240; index++) await double.adapter().updateComment(made.id, `${index}`);
  double.world.people.editComment("max", made.id, "another plan");
  expect(await double.adapter().fetchForeignEditors(made.nodeId)).toEqual([{ type: "User", login: "max" }]);
});
