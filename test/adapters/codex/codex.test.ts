import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { GuardedRequest } from "../../../src/governance/guarded-request.ts";
import { applyPatch, message, script, shell } from "../../world/model.ts";
import { NEWER_SERVICE_ERRORS, SERVICE_ERRORS } from "../../world/service-errors.ts";
import { API_KEY, FILES, grantOnly, MISSING, openBench, textOf, VERSIONS } from "./bench.ts";

const update = (path: string, from: string, to: string) => [`*** Update File: ${path}`, "@@", `-${from}`, `+${to}`];
const PLAN_A = grantOnly("modify src/a.txt");

const summary = (requests: readonly GuardedRequest[]): string[] =>
  requests.map((request) =>
    request.kind === "escalation"
      ? `escalation ${request.method} ${request.detail}`
      : `${request.granted ? "granted" : "declined"} ${request.changes
          .map(({ operation, path, from }) => `${operation} ${from === undefined ? "" : `${from} -> `}${path}`)
          .join(", ")}`,
  );

it("has the older Codex versions in CI, so that each is tested", () => {
  if (process.env.CI !== "true") return expect(VERSIONS.length).toBeGreaterThan(0);
  expect(MISSING, "run `node scripts/older-codex.mjs` before the tests").toEqual([]);
});

describe.each(VERSIONS)("with Codex $version", (installed) => {
  it("changes an approved file, and neither an unlisted file nor a mixed patch nor a shell write", async () => {
    await using bench = await openBench({
      ...installed,
      respond: script(
        [applyPatch(update("src/a.txt", "one", "two"))],
        [applyPatch(update("b.txt", "b", "evil"))],
        [applyPatch([...update("src/a.txt", "two", "three"), ...update("b.txt", "b", "evil")])],
        [shell({ cmd: "echo sneaky > c.txt; echo more >> src/a.txt; echo rc=$?" })],
        [message("done")],
      ),
    });
    const { codex, directory, settings, model } = bench;
    const run = await codex.change({ directory, settings, prompt: "Change a.", guard: PLAN_A });
    expect(summary(run.requests)).toEqual([
      "granted modify src/a.txt",
      "declined modify b.txt",
      expect.stringMatching(/^declined modify (src\/a|b)\.txt, modify (src\/a|b)\.txt$/),
    ]);
    expect(run.requests[1]).toMatchObject({ granted: false, finding: "modify b.txt is not planned" });
    expect(readFileSync(join(directory, "src/a.txt"), "utf8")).toBe("two\n");
    expect(readFileSync(join(directory, "b.txt"), "utf8")).toBe("b\n");
    expect(readdirSync(directory).sort()).toEqual(["AGENTS.md", "b.txt", "src"]);
    expect(model.requests.at(-1)?.toolOutputs.at(-1)).toContain("Read-only file system");
    expect(run.message).toBe("done");
    expect(run.usage).toEqual({ inputTokens: 500, cachedInputTokens: 200, outputTokens: 100, totalTokens: 600 });
    expect(run.instructionSources).toEqual(["AGENTS.md"]);
    expect(model.failures).toEqual([]);
  });

  it("refuses and lists escalation, delete instead of modify, rename, outside paths and overwriting adds", async () => {
    await using bench = await openBench({
      ...installed,
      respond: script(
        [shell({ cmd: "echo x > c.txt", sandbox_permissions: "require_escalated", justification: "please" })],
        [applyPatch(["*** Delete File: src/a.txt"])],
        [applyPatch(["*** Update File: src/a.txt", "*** Move to: src/z.txt", "@@", "-one", "+two"])],
        [applyPatch(["*** Add File: ../outside.txt", "+x"])],
        [applyPatch(["*** Add File: b.txt", "+x"])],
        [applyPatch(["*** Add File: link/in.txt", "+x"])],
        [message("done")],
      ),
    });
    const { codex, directory, settings, base } = bench;
    symlinkSync(join(base, "scratch"), join(directory, "link"));
    const guard = grantOnly("modify src/a.txt", "create b.txt", "create link/in.txt", "create ../outside.txt");
    const run = await codex.change({ directory, settings, prompt: "Change a.", guard });
    expect(summary(run.requests)).toEqual([
      expect.stringMatching(/^escalation item\/commandExecution\/requestApproval .*echo x > c\.txt/),
      "declined delete src/a.txt",
      "declined rename src/a.txt -> src/z.txt",
      expect.stringMatching(/^declined create .*outside\.txt$/),
      "declined modify b.txt",
      expect.stringMatching(/^declined create .*in\.txt$/),
    ]);
    for (const [path, content] of Object.entries(FILES)) {
      expect(readFileSync(join(directory, path), "utf8")).toBe(content);
    }
    expect(existsSync(join(base, "outside.txt"))).toBe(false);
    expect(existsSync(join(base, "scratch", "in.txt"))).toBe(false);
  });

  it("applies a granted creation, deletion and rename", async () => {
    await using bench = await openBench({
      ...installed,
      respond: script(
        [applyPatch(["*** Add File: new/deep/c.txt", "+c"])],
        [applyPatch(["*** Delete File: b.txt"])],
        [applyPatch(["*** Update File: src/a.txt", "*** Move to: other/z.txt", "@@", "-one", "+two"])],
        [message("done")],
      ),
    });
    const { codex, directory, settings } = bench;
    const guard = grantOnly("create new/deep/c.txt", "delete b.txt", "rename other/z.txt");
    const run = await codex.change({ directory, settings, prompt: "Move things.", guard });
    expect(run.requests.map((request) => request.granted)).toEqual([true, true, true]);
    expect(readFileSync(join(directory, "new/deep/c.txt"), "utf8")).toBe("c\n");
    expect(readFileSync(join(directory, "other/z.txt"), "utf8")).toBe("two\n");
    expect(readdirSync(directory).sort()).toEqual(["AGENTS.md", "new", "other", "src"]);
  });

  it("gives the plan's schema and the reason of a refusal to the model, and declines any change", async () => {
    const outputSchema = {
      type: "object",
      properties: { summary: { type: "string" } },
      required: ["summary"],
      additionalProperties: false,
    };
    await using bench = await openBench({
      ...installed,
      respond: (request, index) => {
        if (index === 0) return [applyPatch(update("src/a.txt", "one", "two"))];
        return [message(request.lastUserText === "Too short." ? '{"summary":"long"}' : '{"summary":"s"}')];
      },
    });
    const { codex, directory, settings, model } = bench;
    const run = await codex.plan({
      directory,
      settings,
      prompt: "Plan it.",
      outputSchema,
      accept: (text) => (text.includes("long") ? undefined : "Too short."),
      attempts: 3,
    });
    expect(run.message).toBe('{"summary":"long"}');
    expect(model.requests.map((request) => request.lastUserText)).toEqual(["Plan it.", "Plan it.", "Too short."]);
    expect(model.requests.every((request) => request.wantsJson)).toBe(true);
    expect(model.requests[0]?.schema).toEqual(outputSchema);
    expect(model.requests[1]?.toolOutputs[0]).toContain("rejected");
    expect(readFileSync(join(directory, "src/a.txt"), "utf8")).toBe("one\n");
  });

  it("takes no instructions from above the directory, even when that is a repository of its own", async () => {
    await using bench = await openBench({ ...installed, respond: () => [message("done")] });
    const { codex, directory, settings, model, base } = bench;
    mkdirSync(join(base, ".git"));
    writeFileSync(join(base, "AGENTS.md"), "EVIL INSTRUCTION\n");
    const run = await codex.change({ directory, settings, prompt: "Go.", guard: PLAN_A });
    expect(run.instructionSources).toEqual(["AGENTS.md"]);
    expect(model.requests[0]?.raw).toContain("Write short lines.");
    expect(model.requests[0]?.raw).not.toContain("EVIL INSTRUCTION");
  });

  it("tells the model of no skills but those of the directory", async () => {
    await using bench = await openBench({ ...installed, respond: () => [message("done")] });
    const { codex, directory, settings, model } = bench;
    await codex.change({ directory, settings, prompt: "Go.", guard: PLAN_A });
    expect(model.requests[0]?.raw).not.toContain("SKILL.md");
    mkdirSync(join(directory, ".agents/skills/shop"), { recursive: true });
    const skill = "---\nname: shop\ndescription: How the shop is built.\n---\nBuild it.\n";
    writeFileSync(join(directory, ".agents/skills/shop/SKILL.md"), skill);
    await codex.change({ directory, settings, prompt: "Go.", guard: PLAN_A });
    expect(model.requests[1]?.raw.match(/[\w-]+\/SKILL\.md/g)).toEqual(["shop/SKILL.md"]);
  });

  it("returns the last message when no attempt was accepted", async () => {
    await using bench = await openBench({ ...installed, respond: (_request, index) => [message(`try ${index}`)] });
    const { codex, directory, settings, model } = bench;
    const accept = () => "Again.";
    const run = await codex.plan({ directory, settings, prompt: "P", outputSchema: {}, accept, attempts: 2 });
    expect(run.message).toBe("try 1");
    expect(model.requests).toHaveLength(2);
  });

  it("shows no secret: not the key, not a denied file, not the environment of the job", async () => {
    process.env.CANARY_GITHUB_TOKEN = "ghs_canarycanarycanarycanary";
    await using bench = await openBench({
      ...installed,
      respond: (_request, index) =>
        index === 0
          ? [shell({ cmd: `cat ${bench.secret}/canary; env; cat /proc/*/environ | tr '\\0' '\\n'; ls -a ~` })]
          : [message(`The key is ${API_KEY} and ghp_0123456789abcdefghijABCDEFGHIJ012345.`)],
    });
    const { codex, directory, settings, model, scratch } = bench;
    const run = await codex.change({ directory, settings, prompt: "Look.", guard: PLAN_A });
    delete process.env.CANARY_GITHUB_TOKEN;
    const seen = model.requests[1]?.toolOutputs.join("\n") ?? "";
    expect(seen).toContain("PATH=");
    expect(seen).toMatch(/canary: (Permission denied|No such file)/);
    for (const secret of [API_KEY, "CANARY-IN-A-FILE", "ghs_canary"]) {
      expect(model.requests.map((request) => request.raw).join("\n")).not.toContain(secret);
    }
    expect(model.requests[0]?.headers.authorization).toBe(`Bearer ${API_KEY}`);
    const log = textOf(run.log);
    expect(log).toContain("The key is [redacted:secret]");
    expect(log).not.toContain(API_KEY);
    expect(log).not.toContain("ghp_");
    expect(
      log
        .trimEnd()
        .split("\n")
        .every((line) => typeof JSON.parse(line).event === "string"),
    ).toBe(true);
    expect(readdirSync(scratch)).toEqual([]);
  });

  // Codex and this adapter mostly wait in these, each with a Codex and a model of its own.
  it.concurrent.each([
    ...SERVICE_ERRORS,
    // Codex knows the policy on biology from 0.171.0 on.
    ...NEWER_SERVICE_ERRORS.filter(
      ([what]) =>
        installed.version === "0.171.0" || (installed.version === "0.169.0" && what !== "the policy on biology"),
    ),
    ["half an answer", { fault: "cut" }, "codex_stream_cut", /Re-run/],
    ["no stream at all", { fault: "garbage" }, "codex_stream_cut", /Re-run/],
  ] as const)("tells of %s with the reason and what helps", async (_what, fault, code, says) => {
    await using bench = await openBench({ ...installed, respond: () => fault });
    const { codex, directory, settings, model, scratch } = bench;
    const run = codex.change({ directory, settings, prompt: "Go.", guard: PLAN_A });
    const cause = { name: "ExternalError", code, message: expect.stringMatching(says) };
    await expect(run).rejects.toMatchObject({ name: "InterruptedRun", cause });
    expect(model.requests.length).toBeGreaterThan(0);
    expect(readdirSync(scratch)).toEqual([]);
  });

  it.concurrent("fails with codex_timeout when the model hangs after its final message, and leaves no process", async () => {
    const marker = `${4_000 + (process.pid % 1000)}.${installed.version.replaceAll(".", "")}`;
    await using bench = await openBench({
      ...installed,
      settings: { timeoutSeconds: 6 },
      respond: (_request, index) =>
        index === 0
          ? [shell({ cmd: `(setsid sleep ${marker} &); sleep ${marker}`, yield_time_ms: 300 })]
          : { fault: "hang", items: [message("done")] },
    });
    const { codex, directory, settings, model } = bench;
    const run = codex.change({ directory, settings, prompt: "Go.", guard: PLAN_A });
    await expect(run).rejects.toMatchObject({ cause: { name: "ExternalError", code: "codex_timeout" } });
    expect(model.requests).toHaveLength(2);
    expect(commandLines().filter((line) => line.includes(marker))).toEqual([]);
  });

  it.concurrent("fails within its bound when nobody listens at the model's address", async () => {
    await using bench = await openBench({ ...installed, settings: { timeoutSeconds: 30 } });
    const { codex, directory, settings, model } = bench;
    await model.close();
    const run = codex.change({ directory, settings, prompt: "Go.", guard: PLAN_A });
    await expect(run).rejects.toMatchObject({ cause: { name: "ExternalError", code: "codex_service_failed" } });
  });

  it("verifies in the sandbox: the directory is writable, nothing outside is, nothing is online", async () => {
    await using bench = await openBench({ ...installed, settings: { timeoutSeconds: 4 } });
    const { codex, directory, settings, model, base, secret } = bench;
    const results = await codex.verify({
      directory,
      settings,
      commands: [
        "echo made > made.txt && cat made.txt && echo to-stderr >&2; exit 3",
        `echo x > ${base}/outside.txt`,
        `cat ${secret}/canary`,
        "env",
        `${process.execPath} -e 'fetch(process.argv[1]).then(() => console.log("online"), () => console.log("offline"))' ${model.baseUrl}`,
        "head -c 200000 /dev/zero | tr '\\0' x; echo THE-END",
        "sleep 60",
        'echo x > "$TMPDIR/x" && cat "$TMPDIR/x"',
      ],
    });
    expect(results[0]).toMatchObject({ exitCode: 3, timedOut: false });
    expect(results[0]?.output.split("\n").sort()).toEqual(["", "made", "to-stderr"]);
    // A disk of the command's own, which is gone with it.
    expect(existsSync(join(base, "outside.txt"))).toBe(false);
    expect(results[2]?.output).not.toContain("CANARY");
    expect(results[3]?.output).toContain("PATH=");
    expect(results[3]?.output).not.toContain(API_KEY);
    expect(results[4]?.output).toBe("offline\n");
    expect(results[5]?.output.length).toBeLessThanOrEqual(64 * 1024);
    expect(results[5]?.output).toMatch(/xTHE-END\n$/);
    expect(results[6]).toMatchObject({ timedOut: true });
    expect(results[7]).toMatchObject({ exitCode: 0, output: "x\n" });
    expect(readdirSync(directory).sort()).toEqual(["AGENTS.md", "b.txt", "made.txt", "src"]);
    expect(model.others).toEqual([]);
  });

  it("refuses to run when the pinned version is another one", async () => {
    await using bench = await openBench({ ...installed, settings: { version: "0.1.2" } });
    const { codex, directory, settings, model } = bench;
    const run = codex.change({ directory, settings, prompt: "Go.", guard: PLAN_A });
    await expect(run).rejects.toMatchObject({ code: "codex_version_mismatch" });
    expect(model.requests).toEqual([]);
  });
});

function commandLines(): string[] {
  return readdirSync("/proc")
    .filter((entry) => /^\d+$/.test(entry))
    .flatMap((entry) => {
      try {
        return [readFileSync(`/proc/${entry}/cmdline`, "utf8").replaceAll("\0", " ")];
      } catch {
        return [];
      }
    });
}
