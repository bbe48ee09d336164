import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { type GitPlace, runGit } from "../../../src/adapters/git/git-process.ts";
import { initRepository } from "../../../src/adapters/git/remote.ts";
import { processesWith } from "../../world/processes.ts";

async function makePlace(): Promise<GitPlace> {
  const root = await mkdtemp(join(tmpdir(), "git-process-"));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  const place = { gitDirectory: join(root, "repository"), home: join(root, "home"), timeoutSeconds: 30 };
  await mkdir(place.home);
  await initRepository(place, "0".repeat(40));
  return place;
}

/** A `git` of our own making, first on PATH. */
async function fakeGit(place: GitPlace, script: string): Promise<void> {
  const path = process.env.PATH ?? "";
  await writeFile(join(place.home, "git"), `#!/bin/sh\n${script}\n`);
  await chmod(join(place.home, "git"), 0o755);
  process.env.PATH = `${place.home}:${path}`;
  onTestFinished(() => {
    process.env.PATH = path;
  });
}

async function untilGone(pid: number): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
    if (stat === "" || stat.includes(") Z ")) return;
    await sleep(50);
  }
  throw new Error(`The process ${pid} is still there.`);
}

describe("running git", () => {
  test("gives input and takes output as bytes", async () => {
    const place = await makePlace();
    const bytes = Buffer.from([0, 255, 13, 10]);
    const oid = (await runGit(place, { args: ["hash-object", "-w", "--stdin"], input: bytes })).stdout
      .toString()
      .trim();
    expect((await runGit(place, { args: ["cat-file", "blob", oid] })).stdout).toEqual(bytes);
  });

  test("fails with git's last words, the secrets in them blotted out", async () => {
    const place = await makePlace();
    await fakeGit(place, "echo 'remote: no such thing as hunter2' >&2; exit 3");
    const failure = runGit(place, { args: ["fetch"], secrets: ["hunter2", ""] });
    await expect(failure).rejects.toMatchObject({ name: "ExternalError", code: "git_failed" });
    await expect(failure).rejects.toThrow("git fetch ended with 3: remote: no such thing as ***.");
  });

  test("ends git and everything git started when the time is up", async () => {
    const place = await makePlace();
    const note = join(place.home, "pid");
    await fakeGit(place, `sleep 600 & echo $! >${note}; wait`);
    await expect(runGit(place, { args: ["gc"], timeoutSeconds: 1 })).rejects.toThrow("did not end within 1 s");
    await untilGone(Number(await readFile(note, "utf8")));
  });

  test("leaves nothing running that git left behind with its pipes open", async () => {
    const place = await makePlace();
    const note = join(place.home, "pid");
    await fakeGit(place, `sleep 600 & echo $! >${note}; echo done`);
    expect((await runGit(place, { args: ["gc"] })).stdout.toString()).toBe("done\n");
    await untilGone(Number(await readFile(note, "utf8")));
  });

  test("fails when git prints more than the bound", async () => {
    const place = await makePlace();
    await fakeGit(place, "cat /dev/zero");
    await expect(runGit(place, { args: ["log"], maxBytes: 100_000 })).rejects.toThrow("more than the bound");
  });

  test("keeps only the end of endless complaints", async () => {
    const place = await makePlace();
    await fakeGit(place, "seq 1 500000 >&2; exit 1");
    const failure = await runGit(place, { args: ["log"] }).catch((error: Error) => error.message);
    expect(failure).toContain("499999 | 500000.");
    expect(failure).toHaveProperty(
      "length",
      expect.toSatisfy((length: number) => length < 300),
    );
  });

  test("fails when there is no git", async () => {
    const place = await makePlace();
    const path = process.env.PATH ?? "";
    process.env.PATH = "/nonexistent";
    onTestFinished(() => {
      process.env.PATH = path;
    });
    await expect(runGit(place, { args: ["log"] })).rejects.toMatchObject({ code: "git_failed" });
  });

  test("fails with the input's own failure", async () => {
    const place = await makePlace();
    async function* input() {
      yield Buffer.from("a");
      throw new Error("the input broke");
    }
    await expect(runGit(place, { args: ["hash-object", "--stdin"], input: input() })).rejects.toThrow(
      "the input broke",
    );
  });

  test("does not mind a git that ends without reading its input", async () => {
    const place = await makePlace();
    await fakeGit(place, "exit 0");
    await expect(runGit(place, { args: ["log"], input: Buffer.alloc(4_000_000) })).resolves.toMatchObject({ code: 0 });
  });

  test("reads nobody's configuration and runs no hook, filter or monitor of the repository", async () => {
    const place = await makePlace();
    const mark = join(place.home, "mark");
    await mkdir(join(place.gitDirectory, "hooks"), { recursive: true });
    await writeFile(join(place.gitDirectory, "hooks/post-index-change"), `#!/bin/sh\ntouch ${mark}\n`);
    await chmod(join(place.gitDirectory, "hooks/post-index-change"), 0o755);
    process.env.GIT_CONFIG_PARAMETERS = "'user.name=canary'";
    onTestFinished(() => void delete process.env.GIT_CONFIG_PARAMETERS);
    const listed = (await runGit(place, { args: ["config", "--list", "--show-scope"] })).stdout.toString();
    expect(listed).not.toMatch(/^(system|global)/m);
    expect(listed).not.toContain("canary");
    const env = { GIT_INDEX_FILE: join(place.home, "index") };
    const info = Buffer.from(`100644 ${"1".repeat(40)}\ta\0`);
    await runGit(place, { args: ["update-index", "-z", "--index-info"], env, input: info });
    expect(existsSync(mark)).toBe(false);
  });

  test.each(["file:///etc", "ssh://git@example.com/x", "git://127.0.0.1/x", "ext::sh -c id"])(
    "does not speak %s",
    async (url) => {
      const place = await makePlace();
      await expect(runGit(place, { args: ["ls-remote", "--", url] })).rejects.toThrow(/not allowed/);
    },
  );
});

test("a fetch that hangs does not outlive a run that is killed", async () => {
  const place = await makePlace();
  const asked = Promise.withResolvers<void>();
  const server = createServer(() => asked.resolve()).listen(0, "127.0.0.1");
  onTestFinished(() => void server.close());
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const module = new URL("../../../src/adapters/git/remote.ts", import.meta.url).href;
  const script = `import { Remote } from "${module}";
    await new Remote("http://127.0.0.1:${port}/x.git", "t", 60).fetchCommits(${JSON.stringify(place)}, ["${"1".repeat(40)}"]);`;
  const run = spawn(process.execPath, ["--input-type=module", "-e", script], { stdio: "ignore" });
  await asked.promise;
  expect(processesWith(place.home).some((command) => command.includes("git-remote-http"))).toBe(true);
  run.kill("SIGKILL");
  await once(run, "exit");
  await vi.waitUntil(() => processesWith(place.home).length === 0, { timeout: 10_000 });
});
