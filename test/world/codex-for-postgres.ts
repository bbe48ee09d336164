import { chmod, writeFile } from "node:fs/promises";
import { userInfo } from "node:os";
import { join } from "node:path";
import { type CodexLocation, locateCodex } from "../../src/adapters/codex/installation.ts";

/**
 * `daemon` or `bin`: every Linux names it in /etc/passwd, and nobody runs Codex as it. Codex keeps a directory for each
 * number in /tmp, so that with a person's number it would not start for that person any more.
 */
const NAMED_USER = 1;

/**
 * A Codex whose commands can start PostgreSQL, which refuses to run as root or as a user without a name. Where we are
 * one, Codex is started in a user namespace that gives the same user another number; its sandbox is made inside of it
 * as it would be anywhere.
 */
export async function locateCodexForPostgres(location: CodexLocation): Promise<string> {
  const native = await locateCodex(location);
  if (isAcceptable()) return native;
  const path = join(location.cacheDirectory, "codex-for-postgres");
  const unshare = `unshare --user --map-user=${NAMED_USER} --map-group=${NAMED_USER}`;
  await writeFile(path, `#!/bin/sh\nexec ${unshare} -- "${native}" "$@"\n`);
  await chmod(path, 0o755);
  return path;
}

/** Whether PostgreSQL would run as the user that we are. */
function isAcceptable(): boolean {
  try {
    return userInfo().uid !== 0;
  } catch {
    // The user has no name.
    return false;
  }
}
