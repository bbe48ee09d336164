import { ConfigurationError, GovernanceError } from "../governance/errors.ts";
import { spellOutLine } from "../governance/visible.ts";
import { ACTION_VERSION } from "../version.ts";
import { EXPORT_USAGE, exportBundles } from "./export.ts";
import { REPORT_USAGE, report } from "./report.ts";
import { REVIEW_NOTE_USAGE, reviewNote } from "./review-note.ts";
import { VERIFY_USAGE, verify } from "./verify.ts";

/** Exit codes of the command line. */
export const EXIT = { ok: 0, wrong: 1, usage: 2 } as const;

/** Where a command writes; a process, or a test. */
export interface Terminal {
  readonly stdout: { write(text: string): unknown };
  readonly stderr: { write(text: string): unknown; readonly isTTY?: boolean };
}

/** The arguments are wrong; the message says what is expected. */
export class UsageError extends Error {}

const USAGE = `codex-plan-governance <command> [options]

  verify       prove evidence bundles, offline
  export       store evidence bundles in a bucket, for Athena
  report       metrics from evidence bundles
  review-note  what the evidence and the Codex Analytics API say of repositories
               and workflows

Each command explains itself with --help; --version prints the version.

Exit code: 0 when all is well, 1 when something is wrong, 2 for wrong arguments
or settings.
`;

const COMMANDS = {
  verify: { run: verify, usage: VERIFY_USAGE },
  export: { run: exportBundles, usage: EXPORT_USAGE },
  report: { run: report, usage: REPORT_USAGE },
  "review-note": { run: reviewNote, usage: REVIEW_NOTE_USAGE },
} as const;

/** A file or directory that may not be read, say: the message names it, and a stack would help nobody. */
function isRefusedBySystem(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && "syscall" in error && "path" in error;
}

/** Runs a command of the command line and gives its exit code. */
export async function runCommand(argv: readonly string[], terminal: Terminal): Promise<number> {
  const [name = "--help", ...args] = argv;
  if (name === "--help" || name === "-h") {
    terminal.stdout.write(USAGE);
    return argv.length === 0 ? EXIT.usage : EXIT.ok;
  }
  if (name === "--version") {
    terminal.stdout.write(`${ACTION_VERSION}\n`);
    return EXIT.ok;
  }
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name as keyof typeof COMMANDS] : undefined;
  if (command === undefined) {
    terminal.stderr.write(`${spellOutLine(`There is no command ${JSON.stringify(name)}.`)}\n\n${USAGE}`);
    return EXIT.usage;
  }
  if (args.includes("--help") || args.includes("-h")) {
    terminal.stdout.write(command.usage);
    return EXIT.ok;
  }
  try {
    return await command.run(args, terminal);
  } catch (error) {
    if (error instanceof UsageError) {
      terminal.stderr.write(`${spellOutLine(error.message)}\n\n${command.usage}`);
      return EXIT.usage;
    }
    if (!(error instanceof GovernanceError || isRefusedBySystem(error))) throw error;
    // Messages quote names of files, which may have a terminal's commands in them.
    terminal.stderr.write(`${spellOutLine(error.message)}\n`);
    // What the caller can mend is no word on the evidence: an argument that only an adapter understands, a missing key.
    const isMendable = error instanceof ConfigurationError && error.code === "configuration_invalid";
    return isMendable ? EXIT.usage : EXIT.wrong;
  }
}
