import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { execJs, message, patchText, script } from "../../world/model.ts";
import { grantOnly, openBench, VERSIONS } from "./bench.ts";

/** A model whose catalogue entry says `tool_mode: code_mode_only`: its tools are functions in JavaScript. */
const CODE_MODE_MODEL = "gpt-6.1-sol";

const call = (tool: string, argument: unknown): string =>
  `try { text(JSON.stringify(await tools.${tool}(${JSON.stringify(argument)}))); } catch (e) { text(String(e)); }`;
const patch = (...lines: string[]): string => call("apply_patch", patchText(lines));

/** 0.139.0 has no code mode. */
const WITH_CODE_MODE = VERSIONS.filter(({ version }) => version !== "0.139.0");

it.each(WITH_CODE_MODE)(
  "guards the calls of code mode in Codex $version like any other: one file granted, everything else refused",
  async (installed) => {
    await using bench = await openBench({
      ...installed,
      settings: { model: CODE_MODE_MODEL },
      respond: script(
        [execJs(patch("*** Update File: src/a.txt", "@@", "-one", "+two"))],
        [execJs(patch("*** Update File: b.txt", "@@", "-b", "+evil"))],
        [execJs(patch("*** Delete File: src/a.txt"))],
        [execJs(call("exec_command", { cmd: "echo x > c.txt; echo y >> src/a.txt" }))],
        [
          execJs(
            call("exec_command", {
              cmd: "echo x > c.txt",
              sandbox_permissions: "require_escalated",
              justification: "j",
            }),
          ),
        ],
        [message("done")],
      ),
    });
    const { codex, directory, settings, model } = bench;
    const guard = grantOnly("modify src/a.txt");
    const run = await codex.change({ directory, settings, prompt: "Change a.", guard });
    expect(run.message).toBe("done");
    expect(run.requests).toMatchObject([
      { kind: "file_change", granted: true, changes: [{ path: "src/a.txt", operation: "modify" }] },
      { kind: "file_change", granted: false, changes: [{ path: "b.txt", operation: "modify" }] },
      { kind: "file_change", granted: false, changes: [{ path: "src/a.txt", operation: "delete" }] },
      { kind: "escalation", granted: false, method: "item/commandExecution/requestApproval" },
    ]);
    const outputs = model.requests.at(-1)?.toolOutputs ?? [];
    expect(outputs[1]).toContain("rejected");
    expect(outputs[3]).toContain("Read-only file system");
    expect(readFileSync(join(directory, "src/a.txt"), "utf8")).toBe("two\n");
    expect(readFileSync(join(directory, "b.txt"), "utf8")).toBe("b\n");
    expect(readdirSync(directory).sort()).toEqual(["AGENTS.md", "b.txt", "src"]);
  },
);

it("shows no file outside of the allow list in code mode", async () => {
  await using bench = await openBench({
    settings: { model: CODE_MODE_MODEL },
    respond: (_request, index) =>
      index === 0 ? [execJs(call("exec_command", { cmd: `cat ${bench.secret}/canary; env` }))] : [message("done")],
  });
  const { codex, directory, settings, model } = bench;
  await codex.change({ directory, settings, prompt: "Look.", guard: grantOnly() });
  expect(model.requests[1]?.toolOutputs[0]).toContain("No such file");
  expect(model.requests[1]?.raw).not.toContain("CANARY-IN-A-FILE");
});
