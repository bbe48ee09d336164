import { expect, test } from "vitest";
import { useDouble } from "./double-harness.ts";

const double = useDouble();

test("tells a comment that a person typed from one that an app posted in their name", async () => {
  const { people } = double.world;
  const typed = people.comment("ada", double.pull, "by hand").commentId;
  const sent = people.comment("ada", double.pull, "by app", { viaApp: { id: 99, slug: "sign-app" } }).commentId;
  const own = await double.adapter().createComment(double.pull, "by our token");
  expect((await double.adapter().fetchComments(double.pull)).map(({ viaApp }) => viaApp)).toEqual([
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
  expect((await double.adapter().fetchComments(double.pull)).map(({ isEdited }) => isEdited)).toEqual([true]);
});

test("does not take a reaction or a folding for an edit", async () => {
  const { commentId } = double.world.people.comment("ada", double.pull, "pass");
  const comment = await double.adapter().fetchComment(commentId);
  await double.adapter().addReaction(commentId, "eyes");
  await double.adapter().minimizeComment(comment?.nodeId ?? "");
  expect((await double.adapter().fetchComment(commentId))?.isEdited).toBe(false);
});
