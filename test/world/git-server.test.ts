import { mkdtemp, rm } from "node:fs/promises";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { runGit } from "./git-process.ts";
import { type GitServer, type GitServerOptions, startGitServer } from "./git-server.ts";
import { type BareRepository, createRepository } from "./repository.ts";

interface World {
  readonly root: string;
  readonly repository: BareRepository;
  readonly server: GitServer;
  /** The served repository with a password in the URL. */
  readonly urlFor: (password: string) => string;
}

async function startWorld(fault?: GitServerOptions["fault"]): Promise<World> {
  const root = await mkdtemp(join(tmpdir(), "git-server-"));
  const repository = await createRepository({ directory: join(root, "owner/name.git"), files: { a: "1" } });
  const tokens = new Map([
    ["reading", { login: "reader", push: false }],
    ["writing", { login: "writer", push: true }],
  ]);
  const server = await startGitServer({ root, tokens, ...(fault === undefined ? {} : { fault }) });
  onTestFinished(async () => {
    await server.close();
    await rm(root, { recursive: true, force: true, maxRetries: 3 });
  });
  const urlFor = (password: string) => `${server.url.replace("//", `//x:${password}@`)}/owner/name.git`;
  return { root, repository, server, urlFor };
}

describe("the git server of the test world", () => {
  test("lets a reader clone, and serves any commit by its id", async () => {
    const { root, repository, urlFor } = await startWorld();
    const old = (await repository.head("main")) as string;
    await repository.setBranch("main", await repository.commit("fresh", { b: "2" }));
    await runGit(["clone", "--quiet", "--bare", urlFor("reading"), join(root, "clone")]);
    await runGit(["-C", join(root, "clone"), "fetch", "--quiet", "--depth=1", "origin", old]);
    await repository.deleteBranch("main");
    await runGit(["-C", join(root, "clone"), "cat-file", "-e", old]);
  });

  test("wants a token it knows", async () => {
    const { server, urlFor } = await startWorld();
    await expect(runGit(["ls-remote", urlFor("wrong")])).rejects.toThrow(/Authentication failed/);
    await expect(runGit(["ls-remote", `${server.url}/owner/name.git`])).rejects.toThrow(/could not read Username/);
    expect(new Set(server.requests.map(({ status }) => status))).toEqual(new Set([401]));
  });

  test("takes a push from a writer and not from a reader", async () => {
    const { root, repository, server, urlFor } = await startWorld();
    const clone = await createRepository({ from: repository.directory, directory: join(root, "clone") });
    const sha = await clone.commit("main", { a: "2" });
    const push = (password: string) => runGit(["-C", clone.directory, "push", "--quiet", urlFor(password), "main"]);
    await expect(push("reading")).rejects.toThrow(/403/);
    expect(await repository.head("main")).not.toBe(sha);
    await push("writing");
    expect(await repository.head("main")).toBe(sha);
    expect(server.requests.at(-1)).toMatchObject({ login: "writer", service: "git-receive-pack", status: 200 });
  });

  test("answers 404 for a repository that is not there", async () => {
    const { server, urlFor } = await startWorld();
    await expect(runGit(["ls-remote", urlFor("reading").replace("name", "none")])).rejects.toThrow(/not found/);
    expect(server.requests.at(-1)?.status).toBe(404);
  });

  test("answers with the fault it is told", async () => {
    const { server, urlFor } = await startWorld(({ method }) => (method === "POST" ? { status: 502 } : undefined));
    await expect(runGit(["ls-remote", urlFor("reading")])).rejects.toThrow(/502/);
    expect(server.requests.map(({ method, status }) => [method, status]).at(-1)).toEqual(["POST", 502]);
  });

  test("closes while a request stalls and after a client left in the middle", async () => {
    const { server } = await startWorld(({ path }) => (path.startsWith("/stall") ? "stall" : undefined));
    const headers = { authorization: `Basic ${Buffer.from("x:reading").toString("base64")}` };
    const ended = new Promise((resolve) => {
      request(`${server.url}/stall`).on("error", resolve).end();
    });
    const leaving = request(`${server.url}/owner/name.git/git-upload-pack`, { method: "POST", headers });
    leaving.on("error", () => undefined);
    await new Promise((resolve) => leaving.write("0032", resolve));
    while (server.requests.length < 2) await new Promise((resolve) => setTimeout(resolve, 10));
    leaving.destroy();
    await server.close();
    expect(await ended).toMatchObject({ code: "ECONNRESET" });
    expect(server.requests.find(({ path }) => path === "/stall")?.status).toBeUndefined();
  });
});
