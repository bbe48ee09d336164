import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { message, type Reply, shell } from "../../world/model.ts";
import { processesWith } from "../../world/processes.ts";
import { decisionOf, denied, steps } from "../bed.ts";
import { openScene, planned } from "../scene.ts";

const scene = openScene({ policy: "codex:\n  timeout-minutes: 0.1\n", ready: ["planned"] });
const directory = mkdtempSync(join(tmpdir(), "codex-broken-"));
afterAll(() => rmSync(directory, { recursive: true }));

describe("T24 Codex hangs, dies, answers nonsense or claims success", () => {
  test.each<[string, Reply, string]>([
    ["hangs", { fault: "hang" }, "codex_timeout"],
    ["hangs after its last word", { fault: "hang", items: [message("Done.")] }, "codex_timeout"],
    ["is cut off", { fault: "cut", items: [message("Done.")] }, "codex_stream_cut"],
  ])("it %s: denied within its bound, and no process is left", async (_name, reply, reasonCode) => {
    const { world } = scene;
    const pull = await planned(world);
    const marker = `47${Math.floor(Math.random() * 1e6)}`;
    let turn = 0;
    world.agent.change = () => {
      turn += 1;
      return turn === 1 ? [shell({ cmd: `(setsid sleep ${marker} &) ; sleep ${marker}`, yield_time_ms: 200 })] : reply;
    };
    expect(decisionOf(await pull.label())).toEqual(denied(reasonCode));
    // Nobody decided anything: the approval waits for a re-run.
    expect(pull.isLabelPresent).toBe(true);
    expect(processesWith(marker)).toEqual([]);
    expect(pull.checks((await pull.head) ?? "").map(({ conclusion }) => conclusion)).not.toContain("success");
  });

  test.each<[string, string, string]>([
    ["dies at once", "exit 0", "codex_exited"],
    ["dies with noise", "echo '{\"id\":1}' ; exit 7", "codex_"],
    [
      "answers twice",
      `read -r line; ${'echo \'{"id":1,"result":{"userAgent":"codex/0.171.0"}}\';'.repeat(2)} sleep 2`,
      "codex_protocol",
    ],
    ["answers garbage", "while read -r line; do echo 'so what'; done", "codex_protocol"],
  ])("the binary %s: denied", async (name, script, reasonCode) => {
    const { world } = scene;
    const path = join(directory, name.replaceAll(" ", "-"));
    writeFileSync(path, `#!/bin/sh\nif [ "$1" = --version ]; then echo codex-cli 0.171.0; exit 0; fi\n${script}\n`);
    chmodSync(path, 0o755);
    const pull = await planned(world);
    const result = await pull.label("grace", { inputs: { "codex-path": path } });
    expect(result.outputs.decision).toBe("deny");
    expect(result.outputs["reason-code"]).toContain(reasonCode);
    expect(result.outputs.stage).toBe("denied");
  });

  test("the binary has children in sessions of their own: denied, and none of them is left", async () => {
    const { world } = scene;
    const marker = `48${Math.floor(Math.random() * 1e6)}`;
    const path = join(directory, "parent");
    const children = `trap "" TERM; setsid sleep ${marker} & sleep ${marker} & sleep 1; echo "so what"; wait`;
    writeFileSync(path, `#!/bin/sh\nif [ "$1" = --version ]; then echo codex-cli 0.171.0; exit 0; fi\n${children}\n`);
    chmodSync(path, 0o755);
    const pull = await planned(world);
    expect(decisionOf(await pull.label("grace", { inputs: { "codex-path": path } }))).toEqual(denied("codex_protocol"));
    expect(processesWith(marker)).toEqual([]);
  });

  test("it claims success without a change: denied", async () => {
    const pull = await planned(scene.world);
    scene.world.agent.change = steps(message("I changed everything, all tests pass."));
    expect(decisionOf(await pull.label())).toEqual(denied("no_change"));
  });
});
