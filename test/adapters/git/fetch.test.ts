import { execFileSync } from "node:child_process";
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { createGit } from "../../../src/adapters/git/git-adapter.ts";
import { runGit } from "../../world/git-process.ts";
import { createScene, TOKEN } from "./scene.ts";

const BASIC = Buffer.from(`x-access-token:${TOKEN}`).toString("base64");

/** Puts a `git` first on PATH that notes its arguments and environment, then becomes the real one. */
async function recordGit(): Promise<() => Promise<{ args: string; env: string }[]>> {
  const directory = await mkdtemp(join(tmpdir(), "recorded-git-"));
  const real = execFileSync("sh", ["-c", "command -v git"], { encoding: "utf8" }).trim();
  const notes = join(directory, "notes");
  await mkdir(notes);
  const script = `#!/bin/sh\nprintf '%s\\0' "$@" >"${notes}/$$.args"\nenv >"${notes}/$$.env"\nexec ${real} "$@"\n`;
  await writeFile(join(directory, "git"), script);
  await chmod(join(directory, "git"), 0o755);
  const path = process.env.PATH ?? "";
  process.env.PATH = `${directory}:${path}`;
  onTestFinished(async () => {
    process.env.PATH = path;
    await rm(directory, { recursive: true, force: true });
  });
  return async () => {
    const names = (await readdir(notes)).filter((name) => name.endsWith(".args"));
    return Promise.all(
      names.map(async (name) => ({
        args: (await readFile(join(notes, name), "utf8")).replaceAll("\0", " "),
        env: await readFile(join(notes, name.replace(".args", ".env")), "utf8"),
      })),
    );
  };
}

describe("the token", () => {
  test("is in the environment of the fetching process alone: not in argv, not in other commands", async () => {
    const scene = await createScene();
    process.env.CANARY_OF_THE_PARENT = "canary-of-the-parent";
    onTestFinished(() => void delete process.env.CANARY_OF_THE_PARENT);
    await scene.repository.commit("main", { a: "1" });
    const recorded = await recordGit();
    const tree = await scene.open({ a: "2" }, { b: "3" });
    await writeFile(join(tree.directory, "a"), "4");
    await tree.applyPatch(await tree.renderPatch((await tree.compare()).changes));
    await tree.compareUnignored();
    // The world's own commands name their git directory; the adapter's do not.
    const commands = (await recorded()).filter(({ args }) => !args.startsWith("--git-dir="));
    expect(commands.length).toBeGreaterThan(10);
    const holders = commands.filter(({ env }) => env.includes(TOKEN) || env.includes(BASIC));
    expect(holders.length).toBeGreaterThan(0);
    for (const { args } of holders) expect(args).toMatch(/^fetch /);
    for (const { args, env } of commands) {
      expect(args).not.toContain(TOKEN);
      expect(args).not.toContain(BASIC);
      expect(env).not.toContain("canary-of-the-parent");
    }
  });

  test("is nowhere on the disk", async () => {
    const scene = await createScene();
    const tree = await scene.open({ a: "1" }, { b: "2" });
    await tree.compare();
    const inside = await readdir(scene.temporaryDirectory, { recursive: true, withFileTypes: true });
    const files = inside.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
    expect(files.length).toBeGreaterThan(5);
    for (const file of files) {
      const bytes = await readFile(file);
      expect(bytes.includes(TOKEN) || bytes.includes(BASIC), file).toBe(false);
    }
  });

  test("is not in the message when the server refuses it", async () => {
    const scene = await createScene({ token: "ghs_unknown_canary" });
    const failure = scene.open({ a: "1" });
    await expect(failure).rejects.toMatchObject({ name: "ExternalError", code: "git_failed" });
    await expect(failure).rejects.not.toThrow(/canary/);
    expect(scene.server.requests.every(({ status }) => status === 401)).toBe(true);
  });
});

describe("fetching", () => {
  test("takes exactly the commits asked for, also when the branch moved on", async () => {
    const scene = await createScene();
    const base = await scene.repository.commit("main", { a: "1" });
    const head = await scene.repository.commit("topic", { a: "2" }, { parent: base });
    await scene.repository.commit("topic", { a: "3" });
    await scene.repository.setBranch("main", await scene.repository.commit("other", { z: "unrelated" }));
    const tree = await scene.git.openScratchTree({ head, base });
    onTestFinished(() => tree.dispose());
    expect(await readFile(join(tree.directory, "a"), "utf8")).toBe("2");
  });

  test("fails for a commit that is not there, and leaves nothing behind", async () => {
    const scene = await createScene();
    const base = await scene.repository.commit("main", { a: "1" });
    const failure = scene.git.openScratchTree({ head: "f".repeat(40), base });
    await expect(failure).rejects.toMatchObject({ code: "git_failed" });
    expect(await readdir(scene.temporaryDirectory)).toEqual([]);
  });

  test("fails for an id that is a tree or a tag rather than a commit", async () => {
    const scene = await createScene();
    const base = await scene.repository.commit("main", { a: "1" });
    const tree = (await scene.repository.commitInfo(base))?.tree ?? "";
    const at = `--git-dir=${scene.repository.directory}`;
    const tag = `object ${base}\ntype commit\ntag t\ntagger A <a@example.com> 0 +0000\n\nt\n`;
    const tagId = (await runGit([at, "hash-object", "-w", "-t", "tag", "--stdin"], { input: tag })).stdout
      .toString()
      .trim();
    await runGit([at, "update-ref", "refs/tags/t", tagId]);
    for (const head of [tree, tagId]) {
      await expect(scene.git.openScratchTree({ head, base })).rejects.toMatchObject({ code: "git_failed" });
    }
  });

  test("gives git nothing that is not a full lower-case id", async () => {
    const scene = await createScene();
    const base = await scene.repository.commit("main", { a: "1" });
    const recorded = await recordGit();
    for (const head of ["--upload-pack=touch /tmp/x", "main", base.slice(0, 39), base.toUpperCase(), `${base}\n`, ""]) {
      await expect(scene.git.openScratchTree({ head, base })).rejects.toMatchObject({ code: "git_failed" });
      await expect(scene.git.openScratchTree({ head: base, base: head })).rejects.toMatchObject({ code: "git_failed" });
    }
    expect((await recorded()).filter(({ args }) => args.startsWith("fetch"))).toEqual([]);
    expect(scene.server.requests).toEqual([]);
  });

  test.each([500, 404])("fails when the server answers %i", async (status) => {
    const scene = await createScene({ fault: () => ({ status }) });
    await expect(scene.open({ a: "1" })).rejects.toMatchObject({ code: "git_failed" });
  });

  test("does not carry the token to where the server redirects it", async () => {
    const other = await createScene();
    const scene = await createScene({
      fault: () => ({ status: 302, location: `${other.server.url}/owner/name.git/info/refs?service=git-upload-pack` }),
    });
    await expect(scene.open({ a: "1" })).rejects.toMatchObject({ code: "git_failed" });
    expect(scene.server.requests.length).toBeGreaterThan(0);
    expect(other.server.requests).toEqual([]);
  });

  test("ends when the server stalls", async () => {
    const scene = await createScene({
      fault: ({ method }) => (method === "POST" ? "stall" : undefined),
      fetchTimeoutSeconds: 1,
    });
    await expect(scene.open({ a: "1" })).rejects.toThrow("did not end within 1 s");
    expect(await readdir(scene.temporaryDirectory)).toEqual([]);
  });

  test.each([
    "http://github.com/o/r.git",
    "file:///etc",
    "ssh://git@github.com/o/r.git",
    "ext::sh -c id",
    "https://user:secret@github.com/o/r.git",
    "/etc",
  ])("is refused from %s", (remoteUrl) => {
    const make = () => createGit({ remoteUrl, token: TOKEN, temporaryDirectory: tmpdir(), log: () => undefined });
    expect(make).toThrow(expect.objectContaining({ code: "configuration_invalid" }));
    expect(make).not.toThrow(/secret@/);
  });

  test("fails when there is no directory to work in", async () => {
    const scene = await createScene({ temporaryDirectory: "/nonexistent/place" });
    await expect(scene.open({ a: "1" })).rejects.toMatchObject({ code: "git_failed" });
  });
});

describe("the files of the pull request", () => {
  test("are those changed since the merge base, not those that the base changed since", async () => {
    const scene = await createScene();
    const start = await scene.repository.commit("main", { a: "1", b: "2", c: "3" });
    const base = await scene.repository.commit("main", { b: "changed on main" });
    await scene.repository.commit("topic", { a: "x" }, { parent: start });
    const head = await scene.repository.commit("topic", { "d/new": "y", c: null });
    const tree = await scene.git.openScratchTree({ head, base });
    onTestFinished(() => tree.dispose());
    expect(tree.pullRequestFiles).toEqual(["a", "c", "d/new"]);
    expect(scene.log).toEqual([]);
  });

  test("are found when the branch left its base long ago", async () => {
    const scene = await createScene();
    let head = await scene.repository.commit("main", { a: "1" });
    const { tree } = (await scene.repository.commitInfo(head)) ?? { tree: "" };
    const base = await scene.repository.commit("main", { b: "on main" });
    for (let at = 0; at < 60; at++) {
      head = await scene.repository.writeCommit({ tree, parents: [head], message: `commit ${at}` });
    }
    head = await scene.repository.commit("topic", { c: "on topic" }, { parent: head });
    const opened = await scene.git.openScratchTree({ head, base });
    onTestFinished(() => opened.dispose());
    expect(opened.pullRequestFiles).toEqual(["c"]);
  });

  test("are those that differ from the base when there is no common history, and the log says so", async () => {
    const scene = await createScene();
    const base = await scene.repository.commit("main", { a: "1", b: "2" });
    const root = await scene.repository.writeTree(undefined, { a: "1", c: "3" });
    const head = await scene.repository.writeCommit({ tree: root, parents: [], message: "unrelated" });
    const tree = await scene.git.openScratchTree({ head, base });
    onTestFinished(() => tree.dispose());
    expect(tree.pullRequestFiles).toEqual(["b", "c"]);
    expect(scene.log).toEqual([expect.stringContaining("comparison of base and head")]);
  });

  test("do not fail the run when the history cannot be fetched", async () => {
    let packs = 0;
    const scene = await createScene({
      // The first pack is the commits themselves; from then on the server is gone.
      fault: ({ method }) => (method === "POST" && ++packs > 1 ? { status: 500 } : undefined),
    });
    const tree = await scene.open({ a: "1" }, { b: "2" });
    expect(tree.pullRequestFiles).toEqual(["b"]);
    expect(scene.log[0]).toContain("No merge base");
  });

  test("are none when head and base are the same commit", async () => {
    const scene = await createScene();
    const head = await scene.repository.commit("main", { a: "1" });
    const tree = await scene.git.openScratchTree({ head, base: head });
    onTestFinished(() => tree.dispose());
    expect(tree.pullRequestFiles).toEqual([]);
  });
});

describe("scratch trees", () => {
  test("are independent of each other at the same time", async () => {
    const scene = await createScene();
    const base = await scene.repository.commit("main", { a: "1" });
    const heads = await Promise.all(
      [1, 2, 3].map((n) => scene.repository.commit(`topic-${n}`, { a: `head ${n}` }, { parent: base })),
    );
    const trees = await Promise.all(heads.map((head) => scene.git.openScratchTree({ head, base })));
    await Promise.all(trees.map((tree, n) => writeFile(join(tree.directory, `new-${n}`), `${n}`)));
    const compared = await Promise.all(trees.flatMap((tree) => [tree.compare(), tree.compare()]));
    expect(compared.map(({ changes }) => changes.map(({ path }) => path))).toEqual(
      [0, 0, 1, 1, 2, 2].map((n) => [`new-${n}`]),
    );
    const [first, ...others] = trees;
    await first?.dispose();
    for (const tree of others) expect((await tree.compare()).changes).toHaveLength(1);
    for (const tree of others) await tree.dispose();
    expect(await readdir(scene.temporaryDirectory)).toEqual([]);
  });

  test("are removed whole, also what is write-protected or nests deeper than a path may be long", async () => {
    const scene = await createScene();
    const tree = await scene.open({ a: "1" });
    await mkdir(join(tree.directory, "locked/inner"), { recursive: true });
    await writeFile(join(tree.directory, "locked/inner/file"), "x");
    await chmod(join(tree.directory, "locked/inner"), 0);
    await chmod(join(tree.directory, "locked"), 0o555);
    const name = "n".repeat(200);
    const deeper = 'for i in $(seq 30); do mkdir "$1" && cd -P "$1" || exit 1; done';
    execFileSync("bash", ["-c", deeper, "bash", name], { cwd: tree.directory });
    await expect(tree.compare()).rejects.toMatchObject({ code: "git_failed" });
    await tree.dispose();
    expect(await readdir(scene.temporaryDirectory)).toEqual([]);
    await tree.dispose();
  });

  test("give blobs by full id alone", async () => {
    const scene = await createScene();
    const tree = await scene.open({ a: "content" });
    expect(Buffer.from(await tree.readBlob(tree.entries[0]?.oid ?? "")).toString()).toBe("content");
    for (const oid of ["HEAD", "--batch", "", "0".repeat(40)]) {
      await expect(tree.readBlob(oid)).rejects.toMatchObject({ code: "git_failed" });
    }
  });
});
