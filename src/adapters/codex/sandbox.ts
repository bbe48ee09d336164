import type { CodexSettings, CommandSandbox } from "../../ports.ts";
import { LOOPBACK_PROFILE } from "./configuration.ts";
import { proveIsolation } from "./isolation.ts";
import type { PrivateHome } from "./private-home.ts";
import type { RunLog } from "./run-log.ts";
import type { Session } from "./session.ts";
import { runCommands } from "./verification.ts";

interface SandboxPlace {
  readonly directory: string;
  readonly settings: CodexSettings;
  /** What the commands share; removed with the sandbox. */
  readonly home: PrivateHome;
  /** The log of the job. */
  readonly log: (line: string) => void;
}

/** Commands in the profile with a loopback. `create` makes a session that has one, in the place's home. */
export function createCommandSandbox(create: () => Session, log: RunLog, place: SandboxPlace): CommandSandbox {
  const { directory, settings, home } = place;
  let session: Session | undefined;
  const settle = async (): Promise<void> => {
    const ending = session;
    session = undefined;
    await ending?.close();
  };
  const open = async (): Promise<Session> => {
    if (session !== undefined) return session;
    session = create();
    try {
      await session.open();
      await proveIsolation(session, log, directory);
      return session;
    } catch (error) {
      // No command runs in what was not proven.
      await settle();
      throw error;
    }
  };
  return {
    run: async (commands) =>
      runCommands(await open(), log, { directory, settings, commands, profile: LOOPBACK_PROFILE }),
    settle,
    close: async () => {
      try {
        await settle();
      } finally {
        await home.remove(place.log);
      }
    },
  };
}
