import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { hasCommit, readInstructionHistory } from "../../../src/adapters/git/instruction-history.ts";

let directory: string;
let at: string;
let day: number;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "instruction-history-"));
  at = join(directory, "clone");
  day = 0;
  execFileSync("git", ["init", "--quiet", "--initial-branch=main", at]);
});
afterEach(() => rmSync(directory, { recursive: true }));

function git(...args: readonly string[]): string {
  const date = `2026-11-${String(day).padStart(2, "0")}T12:00:00Z`;
  const env = { ...process.env, GIT_COMMITTER_DATE: date, GIT_AUTHOR_DATE: "2020-01-01T00:00:00Z" };
  const person = ["-c", "user.name=a", "-c", "user.email=a@b.example"];
  return execFileSync("git", ["-C", at, ...person, ...args], { encoding: "utf8", env }).trim();
}

/** A commit of the next day that writes these files. */
function commit(files: Readonly<Record<string, string | Uint8Array>>): string {
  day += 1;
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(join(at, dirname(path)), { recursive: true });
    writeFileSync(join(at, path), content);
  }
  git("add", "--all");
  git("commit", "--quiet", "--message", `Day ${day}`);
  return git("rev-parse", "HEAD");
}

const read = (head: string, gitDirectory = join(at, ".git")) =>
  readInstructionHistory(gitDirectory, { repository: "acme/shop", commit: head });

test("tells when each file last changed, and what changed under it since, each file for the nearest one", async () => {
  const start = commit({ "AGENTS.md": "root\n", "api/AGENTS.md": "api\n", "api/old.ts": "1\n2\n", "web/a.ts": "1\n" });
  commit({ "api/old.ts": "1\n", "api/deep/new.ts": "1\n2\n3\n", "web/a.ts": "2\n" });
  const api = commit({ "api/AGENTS.md": "api, anew\n", ".codex/config.toml": "x\n" });
  const head = commit({ "api/picture.png": new Uint8Array([0, 1, 2, 0]), "web/a.ts": "3\n" });
  expect(await read(head)).toEqual({
    repository: "acme/shop",
    commit: head,
    committedAt: "2026-11-04T12:00:00.000Z",
    omitted: 0,
    instructions: [
      // Of web/a.ts the sum of both changes, of api nothing, of the instructions themselves nothing.
      { path: "AGENTS.md", changedCommit: start, changedAt: "2026-11-01T12:00:00.000Z", filesSince: 1, linesSince: 2 },
      {
        path: "api/AGENTS.md",
        changedCommit: api,
        changedAt: "2026-11-03T12:00:00.000Z",
        filesSince: 1,
        linesSince: 0,
      },
    ],
  });
});

test("takes the day on which a change landed on the branch, not the one on which it was written", async () => {
  commit({ "AGENTS.md": "one\n" });
  git("checkout", "--quiet", "-b", "side");
  commit({ "AGENTS.md": "two\n" });
  git("checkout", "--quiet", "main");
  commit({ "before.ts": "1\n" });
  day += 1;
  git("merge", "--quiet", "--no-ff", "--message", "Merge", "side");
  const merge = git("rev-parse", "HEAD");
  const head = commit({ "after.ts": "1\n" });
  expect((await read(head)).instructions).toEqual([
    { path: "AGENTS.md", changedCommit: merge, changedAt: "2026-11-04T12:00:00.000Z", filesSince: 1, linesSince: 1 },
  ]);
});

test("reads names that mean something to git, to a shell or in a list as what they are", async () => {
  const names = ["*/AGENTS.md", ":(glob)x/AGENTS.md", "a b/AGENTS.override.md", "é/agents.md", "tab\there/AGENTS.md"];
  commit(Object.fromEntries(names.map((name) => [name, "x\n"])));
  const head = commit({ "*/one.ts": "1\n", "other/two.ts": "2\n", "tab\there/é\n.ts": "1\n2\n" });
  const { instructions } = await read(head);
  expect(new Map(instructions.map(({ path, filesSince }) => [path, filesSince]))).toEqual(
    new Map(names.map((name) => [name, name.startsWith("*") || name.startsWith("tab") ? 1 : 0])),
  );
});

test("looks at two hundred files and counts the others", async () => {
  const names = Array.from({ length: 203 }, (_, index) => `d${index}/AGENTS.md`);
  const { instructions, omitted } = await read(commit(Object.fromEntries(names.map((name) => [name, "x\n"]))));
  expect([instructions.length, omitted]).toEqual([200, 3]);
});

test("takes nothing of the clone's configuration, and writes nothing there", async () => {
  const head = commit({ "AGENTS.md": "x\n", ".gitattributes": "* diff=own\n", "a.ts": "1\n" });
  const next = commit({ "a.ts": "2\n" });
  const mark = join(directory, "mark");
  for (const name of ["diff.own.textconv", "diff.own.command", "diff.external", "core.fsmonitor", "core.pager"])
    git("config", name, `touch ${mark}; cat`);
  const list = () => readdirSync(join(at, ".git"), { recursive: true }).sort();
  const before = list();
  expect((await read(next)).instructions[0]).toMatchObject({ changedCommit: head, filesSince: 1, linesSince: 2 });
  expect(list()).toEqual(before);
  expect(readdirSync(directory)).toEqual(["clone"]);
});

test("refuses a shallow clone, in which the oldest commit seems to have made everything", async () => {
  commit({ "AGENTS.md": "x\n" });
  const head = commit({ "a.ts": "1\n" });
  const shallow = join(directory, "shallow");
  execFileSync("git", ["clone", "--quiet", "--depth=1", `file://${at}`, shallow]);
  await expect(read(head, join(shallow, ".git"))).rejects.toMatchObject({
    code: "configuration_invalid",
    message: expect.stringContaining("`fetch-depth: 0`"),
  });
});

test("knows which commits a clone has", async () => {
  const head = commit({ "a.ts": "1\n" });
  const has = (sha: string) => hasCommit(join(at, ".git"), sha);
  expect([await has(head), await has("0".repeat(40)), await has(git("rev-parse", "HEAD^{tree}"))]).toEqual([
    true,
    false,
    false,
  ]);
});
