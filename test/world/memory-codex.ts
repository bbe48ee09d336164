import { mkdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { GuardedRequest } from "../../src/governance/guarded-request.ts";
import type { RequestedChange } from "../../src/governance/tree.ts";
import type { Codex, CodexRun } from "../../src/ports.ts";

/** One file change that the agent asks for; `content` undefined deletes the file. */
export interface ScriptedChange extends RequestedChange {
  readonly content?: string;
}

export interface MemoryCodexScript {
  /** The final message of a planning turn, by attempt from 0. */
  plan: (attempt: number) => string;
  changes: readonly ScriptedChange[];
  /** Exit codes of verification commands; 0 when not named. */
  exitCodes: Readonly<Record<string, number>>;
}

const RUN: Omit<CodexRun, "message"> = {
  usage: { inputTokens: 1, cachedInputTokens: 0, outputTokens: 1, totalTokens: 2 },
  log: new TextEncoder().encode('{"event":"scripted"}\n'),
  instructionSources: [],
};

/**
 * Codex without a process, for tests of the modes that are about everything else. A contract suite runs against
 * this one and the real one.
 */
export function createMemoryCodex(script: MemoryCodexScript): Codex {
  const run = (commands: readonly string[]) =>
    commands.map((command) => ({
      command,
      exitCode: script.exitCodes[command] ?? 0,
      output: "",
      timedOut: false,
    }));
  return {
    async plan({ accept, attempts }) {
      let message = "";
      for (let attempt = 0; attempt < attempts; attempt += 1) {
        message = script.plan(attempt);
        if (accept(message) === undefined) break;
      }
      return { ...RUN, message };
    },
    async change({ directory, guard }) {
      const requests: GuardedRequest[] = [];
      for (const { content, ...change } of script.changes) {
        const answer = guard([change]);
        const finding = answer.grant ? undefined : answer.finding;
        requests.push({ kind: "file_change", changes: [change], granted: answer.grant, finding });
        if (!answer.grant) continue;
        const target = join(directory, change.path);
        await mkdir(dirname(target), { recursive: true });
        if (content === undefined) await rm(target);
        else await writeFile(target, content);
      }
      return { ...RUN, message: "Done.", requests };
    },
    verify: async ({ commands }) => run(commands),
    openSandbox: async () => ({
      run: async (commands) => run(commands),
      settle: async () => undefined,
      close: async () => undefined,
    }),
  };
}
