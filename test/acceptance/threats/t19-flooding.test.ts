import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { Pull } from "../../world/pull.ts";
import { openScene } from "../scene.ts";

const scene = openScene();

describe("T19 comments flood the queue", () => {
  test("starts nothing: each stranger's comment costs one API call", async () => {
    const { world } = scene;
    const pull = await Pull.open(world);
    const before = world.github.requests.length;
    for (let index = 0; index < 10; index += 1) await pull.comment("mallory", `/codex flood ${index}`);
    expect(world.github.requests.slice(before).map(({ operation }) => operation)).toEqual(
      Array(10).fill("GET /repos/{owner}/{repo}/collaborators/{username}/permission"),
    );
    expect(pull.comments).toEqual([]);
    expect(world.github.state.checkRuns).toEqual([]);
  });

  test("pushes no waiting run out: a comment's job shares its group with no other job", () => {
    for (const file of readdirSync("examples").filter((name) => name.endsWith(".yml"))) {
      const { jobs } = parse(readFileSync(`examples/${file}`, "utf8"));
      const groups = Object.entries(jobs).map(([name, job]) => [
        name,
        (job as { concurrency: { group: string } }).concurrency,
      ]);
      for (const [name, concurrency] of groups as [string, { group: string; "cancel-in-progress": boolean }][]) {
        expect(concurrency["cancel-in-progress"], `${file} ${name}`).toBe(false);
        expect(concurrency.group.includes("comment.id"), `${file} ${name}`).toBe(name === "plan");
      }
    }
  });
});
