import { realpathSync } from "node:fs";
import { type GuardAnswer, InterruptedRun } from "../../governance/guarded-request.ts";
import type { Codex, CodexRun, CodexSettings, CommandResult, CommandSandbox } from "../../ports.ts";
import { VERIFY_PROFILE } from "./configuration.ts";
import { protocolError } from "./failure.ts";
import { ChangeGuard } from "./guard.ts";
import { PrivateHome } from "./private-home.ts";
import { redact } from "./redaction.ts";
import { RunLog } from "./run-log.ts";
import { createCommandSandbox } from "./sandbox.ts";
import { type CodexOptions, Session } from "./session.ts";
import { runCommands } from "./verification.ts";

const DECLINE_ALL = (): GuardAnswer => ({ grant: false, finding: "No file may be changed while a plan is made" });

/** Twice of what a plan may be, in UTF-16 units: what is longer is refused without being looked at. */
const MAX_ANSWER = 2 * 1024 * 1024;

interface Scope {
  readonly directory: string;
  readonly settings: CodexSettings;
}

/** What was done in a turn is told even when the turn fails: an agent must not hide its requests by breaking off. */
async function accountedFor<T>(log: RunLog, guard: ChangeGuard, turns: () => Promise<T>): Promise<T> {
  try {
    return await turns();
  } catch (error) {
    const cause = error instanceof Error ? error : new Error(String(error));
    log.record("interrupted", { reason: cause.message });
    throw new InterruptedRun(cause, { log: log.bytes(), requests: guard.requests });
  }
}

const secretsOf = ({ apiKey, secrets = [] }: CodexOptions): readonly string[] => [apiKey, ...secrets];

/** Opens a session, hands it over, and ends its processes whatever happens. */
async function withSession<T>(
  options: CodexOptions,
  scope: Scope & { readonly guard: ChangeGuard; readonly hasModel: boolean },
  work: (session: Session, log: RunLog) => Promise<T>,
): Promise<T> {
  const log = new RunLog(secretsOf(options));
  const session = new Session(await options.locate(scope.settings.version), options, { ...scope, log });
  try {
    await session.open();
    return await work(session, log);
  } finally {
    await session.close();
    scope.guard.removeUnusedDirectories();
  }
}

function result(session: Session, log: RunLog, message: string): CodexRun {
  return {
    message,
    usage: session.usage,
    log: log.bytes(),
    instructionSources: session.instructionSources,
  };
}

/**
 * Codex through `codex app-server`: read-only sandbox, no network, every file change asked for. Throws
 * ConfigurationError (`codex_missing`, `codex_version_mismatch`, `sandbox_unavailable`) and ExternalError (`codex_*`);
 * once a turn was begun they are the cause of an InterruptedRun.
 */
export function createCodex(options: CodexOptions): Codex {
  const secrets = secretsOf(options);
  return {
    async plan({ directory, settings, prompt, outputSchema, accept, attempts }) {
      if (attempts < 1) throw protocolError(`A plan needs at least one attempt, got ${attempts}.`);
      const guard = new ChangeGuard(directory, DECLINE_ALL);
      return withSession(options, { directory, settings, guard, hasModel: true }, async (session, log) => {
        await session.startThread();
        return accountedFor(log, guard, async () => {
          let message = "";
          let text: string | undefined = prompt;
          for (let attempt = 1; attempt <= attempts && text !== undefined; attempt += 1) {
            const answer = await session.turn(text, outputSchema);
            // As it came: a path is judged by its own name. Whoever keeps a part of it takes the secrets out.
            message = answer.slice(0, MAX_ANSWER);
            text = accept(message);
            log.record("plan_attempt", { attempt, accepted: text === undefined, answer: text });
          }
          return result(session, log, message);
        });
      });
    },

    async change({ directory, settings, prompt, guard: decide }) {
      const guard = new ChangeGuard(directory, decide);
      return withSession(options, { directory, settings, guard, hasModel: true }, async (session, log) => {
        await session.startThread();
        const answer = await accountedFor(log, guard, async () => {
          const said = await session.turn(prompt);
          await session.proveWritten();
          return said;
        });
        const message = redact(answer, secrets);
        return { ...result(session, log, message), requests: guard.requests };
      });
    },

    async verify({ directory, settings, commands }): Promise<readonly CommandResult[]> {
      if (commands.length === 0) return [];
      const guard = new ChangeGuard(directory, DECLINE_ALL);
      return withSession(options, { directory, settings, guard, hasModel: false }, (session, log) =>
        runCommands(session, log, { directory: realpathSync(directory), settings, commands, profile: VERIFY_PROFILE }),
      );
    },

    async openSandbox({ directory, settings }): Promise<CommandSandbox> {
      const guard = new ChangeGuard(directory, DECLINE_ALL);
      const log = new RunLog(secrets);
      const binary = await options.locate(settings.version);
      const home = new PrivateHome(options.temporaryDirectory);
      const create = () => new Session(binary, options, { directory, settings, guard, log, hasLoopback: true, home });
      const place = { directory: realpathSync(directory), settings, home, log: options.log };
      return createCommandSandbox(create, log, place);
    },
  };
}
