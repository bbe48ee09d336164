import { afterEach, beforeEach } from "vitest";
import { createGitHub, type GitHubOptions } from "../../../src/adapters/github/github.ts";
import type { GitHub } from "../../../src/ports.ts";
import { type ScriptedServer, startScriptedServer } from "./scripted-server.ts";

export const TOKEN = "ghs_0123456789abcdefghijABCDEFGHIJ";
export const REPOSITORY = "/repos/octo/world";

export interface Harness {
  readonly server: ScriptedServer;
  readonly log: readonly string[];
  adapter(overrides?: Partial<GitHubOptions>): GitHub;
}

/** A scripted server for each test, with an adapter that waits milliseconds instead of seconds. */
export function useHarness(): Harness {
  const log: string[] = [];
  let server: ScriptedServer | undefined;
  const running = (): ScriptedServer => {
    if (server === undefined) throw new Error("the server is only there inside of a test");
    return server;
  };
  beforeEach(async () => {
    log.length = 0;
    server = await startScriptedServer();
  });
  afterEach(async () => {
    await server?.close();
    server = undefined;
  });
  return {
    get server() {
      return running();
    },
    log,
    adapter: (overrides = {}) =>
      createGitHub({
        token: TOKEN,
        apiUrl: running().url,
        owner: "octo",
        repo: "world",
        log: (line) => log.push(line),
        retryBaseMs: 1,
        ...overrides,
      }),
  };
}

export const sha = (digit: string): string => digit.repeat(40);

export const person = (login: string, id = 7) => ({ id, login, type: "User" });
