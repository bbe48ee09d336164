import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { Pull } from "../../world/pull.ts";
import { openScene } from "../scene.ts";

const scene = openScene();

describe("T19 comments flood the queue", () => {
  // Of the three, two belong to the repository: how GitHub calls somebody opens nothing.
  const people = ["mallory", "rene", "tess"];
  const words = [
    "/codex flood",
    "/codex",
    "/codex-gate communication pass Yes.",
    "/codex-decision go",
    "/codex-approve",
  ];

  test.each(people)("start nothing: each comment of %s, who may not write, costs one API call", async (login) => {
    const { world } = scene;
    const pull = await Pull.open(world);
    const before = world.github.requests.length;
    for (const word of [...words, ...words]) {
      const refused = await pull.comment(login, word);
      expect(refused.outputs["reason-code"]).toBe(
        word.startsWith("/codex-") ? "sign_off_refused" : "requester_not_authorised",
      );
      expect(refused.summary).toContain("write or admin");
    }
    expect(world.github.requests.slice(before).map(({ operation }) => operation)).toEqual(
      Array(2 * words.length).fill("GET /repos/{owner}/{repo}/collaborators/{username}/permission"),
    );
    expect(world.model.requests).toEqual([]);
    expect(pull.comments).toEqual([]);
    expect(world.github.state.checkRuns).toEqual([]);
  });

  test("start nothing when a bot posts them", async () => {
    const { world } = scene;
    world.github.administration.addUser({ login: "chatty[bot]", type: "Bot", role: "write" });
    const pull = await Pull.open(world);
    const before = world.github.requests.length;
    expect((await pull.comment("chatty[bot]", "/codex flood")).outputs["reason-code"]).toBe("requester_not_authorised");
    expect((await pull.comment("chatty[bot]", "/deploy")).outputs["reason-code"]).toBe("not_for_us");
    expect(world.github.requests.slice(before)).toHaveLength(2);
    expect(pull.comments.map(({ body }) => body)).toEqual(["/codex flood", "/deploy"]);
    expect(world.github.state.checkRuns).toEqual([]);
  });

  test("cost no call at all when they are no commands", async () => {
    const { world } = scene;
    const pull = await Pull.open(world);
    const before = world.github.requests.length;
    for (const word of ["Nice work!", "Please /codex flood", "codex"]) {
      expect((await pull.comment("mallory", word)).outputs["reason-code"]).toBe("not_for_us");
    }
    expect(world.github.requests).toHaveLength(before);
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
