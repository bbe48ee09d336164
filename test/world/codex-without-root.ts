import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type CodexLocation, locateCodex } from "../../src/adapters/codex/installation.ts";

/**
 * A Codex whose commands can start PostgreSQL, which refuses to run as root. Where we are root, Codex is started in a
 * user namespace that gives the same user another number; its sandbox is made inside of it as it would be anywhere.
 */
export async function locateCodexWithoutRoot(location: CodexLocation): Promise<string> {
  const native = await locateCodex(location);
  if (process.getuid?.() !== 0) return native;
  const path = join(location.cacheDirectory, "codex-without-root");
  await writeFile(path, `#!/bin/sh\nexec unshare --user --map-user=1000 --map-group=1000 -- "${native}" "$@"\n`);
  await chmod(path, 0o755);
  return path;
}
