import { chmodSync, existsSync, readdirSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { codexArguments } from "../../../src/adapters/codex/configuration.ts";
import { codexFiles, locateCodex } from "../../../src/adapters/codex/installation.ts";
import type { CommandSandbox } from "../../../src/ports.ts";
import { readablePlaces } from "../../../src/readable-places.ts";
import { processesWith } from "../../world/processes.ts";
import { API_KEY, type Bench, type BenchOptions, CURRENT, FILES, hasLoopback, openBench, VERSIONS } from "./bench.ts";

/** A listener on the machine's own loopback: whoever reaches it got out. */
async function openCanary(): Promise<AsyncDisposable & { readonly port: number; readonly visits: number }> {
  let visits = 0;
  const server: Server = createServer((socket) => {
    visits += 1;
    socket.end("HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nOUT\n");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as { port: number }).port,
    get visits() {
      return visits;
    },
    async [Symbol.asyncDispose]() {
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Tries every way out that a program has, and a server of its own; prints a line for each. */
const PROBE = `
import { spawn } from "node:child_process";
import { connect, createServer } from "node:net";
import { get } from "node:http";
const [canary, unixSocket] = process.argv.slice(2);
const dial = (name, to) => new Promise((resolve) => {
  const socket = connect(to, () => resolve(name + ": reached", socket.destroy()));
  socket.on("error", ({ code }) => resolve(name + ": " + code));
});
const ask = (name, host, proxy) => new Promise((resolve) => {
  get({ host: proxy.hostname, port: proxy.port, path: "http://" + host + "/", headers: { host }, agent: false }, (answer) => {
    answer.resume().on("end", () => resolve(name + ": " + answer.statusCode));
  }).on("error", ({ code }) => resolve(name + ": " + code));
});
const own = createServer((socket) => socket.on("error", () => {}).end("mine")).listen(0, "127.0.0.1");
await new Promise((resolve) => own.once("listening", resolve));
const proxy = new URL(process.env.HTTP_PROXY);
const child = await new Promise((resolve) => spawn("true").on("close", (code) => resolve("child: " + code)));
console.log([
  await dial("own server", { host: "127.0.0.1", port: own.address().port }),
  await dial("canary", { host: "127.0.0.1", port: Number(canary) }),
  await dial("outside", { host: "192.0.2.1", port: 443 }),
  await dial("unix socket", { path: unixSocket }),
  await ask("canary by proxy", "127.0.0.1:" + canary, proxy),
  await ask("canary by name and proxy", "localhost:" + canary, proxy),
  await ask("outside by proxy", "example.com", proxy),
  child,
].join("\\n"));
own.close();
`;

async function withSandbox(options: BenchOptions, use: (sandbox: CommandSandbox, bench: Bench) => Promise<void>) {
  await using bench = await openBench(options);
  const { directory, settings } = bench;
  const sandbox = await bench.codex.openSandbox({ directory, settings });
  try {
    await use(sandbox, bench);
  } finally {
    await sandbox.close();
  }
  expect(readdirSync(bench.scratch)).toEqual([]);
}

describe.each(VERSIONS.filter(({ version }) => hasLoopback(version)))(
  "the open sandbox of Codex $version",
  (installed) => {
    it("lets a command serve and call on a loopback of its own, from which nothing else can be reached", async () => {
      await using canary = await openCanary();
      await withSandbox(installed, async (sandbox, { directory, base }) => {
        const unixSocket = join(base, "canary.sock");
        const listener = createServer((socket) => socket.end("OUT")).listen(unixSocket);
        await new Promise((resolve) => listener.once("listening", resolve));
        writeFileSync(join(directory, "probe.mjs"), PROBE);
        const [result] = await sandbox.run([`${process.execPath} probe.mjs ${canary.port} ${unixSocket}`]);
        listener.close();
        expect(result?.output.trim().split("\n")).toEqual([
          "own server: reached",
          "canary: ECONNREFUSED",
          "outside: ENETUNREACH",
          "unix socket: EPERM",
          "canary by proxy: 403",
          "canary by name and proxy: 403",
          "outside by proxy: 403",
          "child: 0",
        ]);
        expect(canary.visits).toBe(0);
      });
    });

    it("keeps one TMPDIR for all its commands and no process of any of them", async () => {
      await withSandbox(installed, async (sandbox, { directory, base, secret }) => {
        const first = await sandbox.run([
          'echo kept > "$TMPDIR/state"; (setsid sleep 300 &) ; echo made > made.txt',
          "exit 3",
        ]);
        const second = await sandbox.run([
          'cat "$TMPDIR/state" /proc/[0-9]*/comm',
          `echo x > ${base}/outside.txt`,
          `cat ${secret}/canary`,
          "env",
        ]);
        expect(first.map(({ exitCode }) => exitCode)).toEqual([0, 3]);
        expect(second[0]?.output).toMatch(/^kept\n/);
        expect(second[0]?.output).not.toContain("sleep");
        // A disk of the command's own, which is gone with it.
        expect(existsSync(join(base, "outside.txt"))).toBe(false);
        expect(second[2]?.output).not.toContain("CANARY");
        expect(second[3]?.output).not.toContain(API_KEY);
        expect(readdirSync(directory).sort()).toEqual(
          [...Object.keys(FILES), "made.txt", "src"].filter((name) => !name.includes("/")).sort(),
        );
      });
    });
  },
);

it.each(VERSIONS.filter(({ version }) => !hasLoopback(version)))(
  "runs nothing with Codex $version, whose proxy cannot be reached without the machine's /tmp",
  async (installed) => {
    await using bench = await openBench(installed);
    const { codex, directory, settings } = bench;
    const sandbox = await codex.openSandbox({ directory, settings });
    await expect(sandbox.run(["true"])).rejects.toMatchObject({
      code: "sandbox_unavailable",
      message: expect.stringContaining('"proxy":0'),
    });
    await sandbox.close();
  },
);

/** The real Codex, started with one more setting that undoes a part of what keeps its commands apart. */
async function weaken(bench: Bench, setting: string): Promise<BenchOptions> {
  const native = await locateCodex({
    version: CURRENT.version,
    codexPath: CURRENT.launcher,
    cacheDirectory: bench.scratch,
    environment: process.env,
  });
  const path = join(bench.base, "weak-codex");
  writeFileSync(path, `#!/bin/sh\nexec "${native}" "$@" -c '${setting}'\n`);
  chmodSync(path, 0o755);
  // As for any script in place of Codex, a team would have to open what it starts.
  const readable = () => readablePlaces(process.env, bench.scratch, [codexFiles(native)]);
  return { binary: path, options: { readable } };
}

it.each([
  ["would leave the commands in the machine's own network", "features.network_proxy=false", /"proxy":0/],
  [
    "would let names through its proxy",
    'permissions.governed-loopback.network.domains={"*"="allow"}',
    /"proxy":(?!403|0)/,
  ],
])("runs nothing where Codex %s", async (_what, setting, observed) => {
  await using outer = await openBench(CURRENT);
  await using bench = await openBench(await weaken(outer, setting));
  const { codex, directory, settings } = bench;
  const sandbox = await codex.openSandbox({ directory, settings });
  await expect(sandbox.run(["true"])).rejects.toMatchObject({
    code: "sandbox_unavailable",
    message: expect.stringMatching(observed),
  });
  await sandbox.close();
  expect(readdirSync(bench.scratch)).toEqual([]);
});

it("has no process once it has settled, and shares its TMPDIR with the commands that come after", async () => {
  await using bench = await openBench(CURRENT);
  const { codex, directory, settings } = bench;
  const sandbox = await codex.openSandbox({ directory, settings });
  expect(processesWith(bench.scratch)).toEqual([]);
  await sandbox.run(['echo kept > "$TMPDIR/kept"']);
  expect(processesWith(bench.scratch)).not.toEqual([]);
  await sandbox.settle();
  expect(processesWith(bench.scratch)).toEqual([]);
  expect(await sandbox.run(['cat "$TMPDIR/kept"'])).toMatchObject([{ exitCode: 0, output: "kept\n" }]);
  await sandbox.close();
  expect(processesWith(bench.scratch)).toEqual([]);
  expect(readdirSync(bench.scratch)).toEqual([]);
});

it("has the proxy's feature and the profile with a network in no other session", () => {
  const shared = {
    version: "0.171.0",
    baseUrl: "http://x/v1",
    reading: new Map(),
    verifying: new Map(),
    variables: {},
  };
  const closed = codexArguments({ ...shared, hasLoopback: false }).join(" ");
  expect(closed).toContain("features.network_proxy=false");
  expect(closed).not.toContain("network=");
  const open = codexArguments({ ...shared, hasLoopback: true });
  expect(open.filter((argument) => argument.includes("network={"))).toEqual([
    expect.stringMatching(/^permissions\.governed-loopback=.*domains=\{\}/),
  ]);
});
