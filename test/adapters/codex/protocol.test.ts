import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { failureKind, KINDS } from "../../../src/adapters/codex/failure-kinds.ts";
import { ChangeGuard } from "../../../src/adapters/codex/guard.ts";
import { locateCodex } from "../../../src/adapters/codex/installation.ts";
import { temporary, VERSIONS } from "./bench.ts";

/** The types of its protocol as the binary prints them: the names of error kinds and of its requests to us. */
async function protocolOf({ version, launcher }: (typeof VERSIONS)[number]) {
  using home = temporary();
  const location = { version, codexPath: launcher, cacheDirectory: home.path, environment: process.env };
  const types = join(home.path, "types");
  const { status } = spawnSync(
    await locateCodex(location),
    ["app-server", "generate-ts", "--experimental", "--out", types],
    { env: { PATH: process.env.PATH, HOME: home.path, CODEX_HOME: home.path } },
  );
  expect(status).toBe(0);
  const declared = (file: string) => readFileSync(join(types, file), "utf8").replace(/^[\s\S]*?export type/, "");
  const names = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].map(([, name = ""]) => name);
  return {
    errors: names(declared("v2/CodexErrorInfo.ts"), /"(\w+)"/g),
    requests: names(declared("ServerRequest.ts"), /"method": "([^"]+)"/g),
  };
}

it.each(VERSIONS)("knows what helps against each kind of error of Codex $version", async (installed) => {
  const { errors } = await protocolOf(installed);
  expect(errors).toEqual(expect.arrayContaining(["contextWindowExceeded", "other", "cyberPolicy"]));
  expect(errors.filter((name) => !Object.hasOwn(KINDS, name))).toEqual([]);
});

it("has no kind that no version knows", async () => {
  const known = new Set((await Promise.all(VERSIONS.map(protocolOf))).flatMap(({ errors }) => errors));
  expect(Object.keys(KINDS).filter((name) => !known.has(name))).toEqual([]);
});

it.each(["brandNewKind", "constructor", "__proto__", ""])("takes the unknown kind %j for a failure", (name) => {
  expect(failureKind(name, undefined, "it failed")).toMatchObject({
    code: "codex_service_failed",
    remedy: expect.stringContaining("does not know"),
  });
});

/** Each was looked at; one that a new version adds is looked at before the version is pinned. */
const REVIEWED: Readonly<Record<string, unknown>> = {
  "item/commandExecution/requestApproval": { result: { decision: "decline" } },
  "item/fileChange/requestApproval": { result: { decision: "decline" } },
  "item/permissions/requestApproval": { result: { permissions: {}, scope: "turn" } },
  "item/tool/requestUserInput": { result: { answers: {} } },
  "item/tool/call": { result: { contentItems: [], success: false } },
  "mcpServer/elicitation/request": { result: { action: "decline", content: null, _meta: null } },
  "account/chatgptAuthTokens/refresh": { error: expect.anything() },
  "attestation/generate": { error: expect.anything() },
  "currentTime/read": { error: expect.anything() },
  applyPatchApproval: { error: expect.anything() },
  execCommandApproval: { error: expect.anything() },
};

it.each(VERSIONS)("says no to every request of Codex $version that is no planned file change", async (installed) => {
  using tree = temporary();
  const { requests } = await protocolOf(installed);
  expect(requests.length).toBeGreaterThanOrEqual(10);
  const guard = new ChangeGuard(tree.path, () => ({ grant: true }));
  guard.bindThread("t1");
  const answers = [...requests, "some/new/request"].map((method, id) => [
    method,
    guard.answer(id, method, { threadId: "t1", turnId: "u1", itemId: "i1", command: "touch x" }),
  ]);
  const expected = [...requests.map((method) => [method, REVIEWED[method]])];
  expect(answers).toEqual([...expected, ["some/new/request", { error: expect.anything() }]]);
  expect(guard.requests.map(({ granted }) => granted)).toEqual(answers.map(() => false));
});
