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
    const jobs = readdirSync("examples")
      .filter((name) => name.endsWith(".yml"))
      .flatMap((file) => Object.entries<Job>(parse(readFileSync(`examples/${file}`, "utf8")).jobs).map(jobOf(file)))
      // Others neither run the action nor start what does, and nobody can flood them with comments.
      .filter(({ name, job }) => name === "relay" || job.steps.some((step) => step.with?.mode !== undefined));
    expect(jobs.map(({ name }) => name).sort()).toEqual(
      [...Array(3).fill("approve"), ...Array(4).fill("execute"), ...Array(3).fill("plan"), "relay"].sort(),
    );
    for (const { file, name, job } of jobs) {
      expect(job.concurrency?.["cancel-in-progress"], `${file} ${name}`).toBe(false);
      expect(job.concurrency?.group.includes("comment.id"), `${file} ${name}`).toBe(name === "plan");
    }
  });
});

interface Job {
  readonly concurrency?: { readonly group: string; readonly "cancel-in-progress": boolean };
  readonly steps: readonly { readonly with?: { readonly mode?: string } }[];
}

function jobOf(file: string) {
  return ([name, job]: readonly [string, Job]) => ({ file, name, job });
}
