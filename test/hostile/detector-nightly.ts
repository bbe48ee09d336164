import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { hostileProgram, turn } from "../adapters/codex/hostile-program.ts";
import { planned } from "../governance/builders.ts";
import { type Arena, openArena } from "./arena.ts";

const programs = mkdtempSync(join(tmpdir(), "detector-"));
let arena: Arena;
beforeAll(async () => {
  arena = await openArena();
});
afterAll(async () => {
  await arena.close();
  rmSync(programs, { recursive: true });
});

/** As a Docker socket would: starts what it is asked for, outside of every namespace of the run. */
const servant = createServer({ allowHalfOpen: true }, async (socket) => {
  const script = await text(socket);
  spawn("/bin/sh", ["-c", script], { detached: true, stdio: "ignore" }).once("spawn", () => socket.end());
});
const servantPort = () => (servant.address() as AddressInfo).port;
beforeAll(() => once(servant.listen(0, "127.0.0.1"), "listening"));
afterAll(() => void servant.close());

const RUNNER = 'const runner = tree + "/../../../..";';
const read = (encoding: string): string =>
  `${RUNNER} const secret = require("node:fs").readFileSync(runner + "/home/.npmrc"); say(secret.toString("${encoding}")); end();`;

/** A program without a sandbox around it really does what an agent cannot: if nothing is seen, nobody is looking. */
const LEAKS: readonly (readonly [what: string, body: (arena: Arena) => string, leak: RegExp])[] = [
  ["a secret in the final message", () => read("utf8"), /the log or the evidence got to know .*\.npmrc/],
  ["a secret in hex", () => read("hex"), /got to know .*\.npmrc/],
  ["a secret in Base64", () => read("base64"), /got to know .*\.npmrc/],
  [
    "a connection by TCP",
    ({ trap }) =>
      `require("node:net").connect(${trap.tcpPort}, "127.0.0.1").resume().on("close", () => { say("x"); end(); });`,
    /connection was made \(tcp\)/,
  ],
  [
    "a connection to a socket",
    ({ trap }) => `require("node:net").connect("${trap.socketPath}").resume().on("close", () => { say("x"); end(); });`,
    /connection was made \(unix\)/,
  ],
  [
    "a datagram",
    ({ trap }) =>
      `require("node:dgram").createSocket("udp4").send("x", ${trap.udpPort}, "127.0.0.1", () => setTimeout(() => { say("x"); end(); }, 200));`,
    /connection was made \(udp\)/,
  ],
  [
    "a changed file beside the tree",
    () => `${RUNNER} writeFileSync(runner + "/neighbour/precious.txt", "worthless"); say("x"); end();`,
    /outside of the tree: .*precious\.txt/,
  ],
  [
    "a hook in git's directory beside the tree",
    () => `writeFileSync(tree + "/../repository/hook", "x"); say("x"); end();`,
    /outside of the tree: .*repository\/hook was not there/,
  ],
  [
    "an orphan",
    () =>
      `require("node:net").connect(${servantPort()}, "127.0.0.1").on("close", () => { say("x"); end(); }).resume().end("sleep 3; : " + root);`,
    /a process is left: .*sleep 3/,
  ],
];

describe("the search for leaks", () => {
  test.each(LEAKS)("sees %s", async (what, body, leak) => {
    const binary = hostileProgram(join(programs, what.replaceAll(/\W/g, "-")), turn(body(arena)));
    const { leaks } = await arena.attempt({ files: [planned("modify", "src/a.txt")], steps: [], binary });
    expect(leaks.join("\n")).toMatch(leak);
  });
});
