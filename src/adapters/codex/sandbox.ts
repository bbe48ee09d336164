import type { CodexSettings, CommandSandbox } from "../../ports.ts";
import { LOOPBACK_PROFILE } from "./configuration.ts";
import { proveIsolation } from "./isolation.ts";
import type { RunLog } from "./run-log.ts";
import type { Session } from "./session.ts";
import { runCommands } from "./verification.ts";

/** The commands of an open session, in the profile with a loopback. `session` must have been opened with one. */
export async function openCommandSandbox(
  session: Session,
  log: RunLog,
  { directory, settings }: { readonly directory: string; readonly settings: CodexSettings },
): Promise<CommandSandbox> {
  await proveIsolation(session, log, directory);
  const run: CommandSandbox["run"] = (commands) =>
    runCommands(session, log, { directory, settings, commands, profile: LOOPBACK_PROFILE });
  return { run, close: () => session.close() };
}
