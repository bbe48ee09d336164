import { existsSync } from "node:fs";
import { chmod, mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { removeDirectory } from "../../../src/adapters/git/removal.ts";

test("removes directories that nobody may write to or look into", async () => {
  // Permissions do not bind root, so root tries it as somebody else.
  if (process.geteuid?.() === 0) {
    process.seteuid?.(65534);
    onTestFinished(() => process.seteuid?.(0));
  }
  const directory = await mkdtemp(join(tmpdir(), "removal-"));
  await mkdir(join(directory, "locked/inner"), { recursive: true });
  await writeFile(join(directory, "locked/inner/file"), "x");
  await chmod(join(directory, "locked/inner"), 0);
  await chmod(join(directory, "locked"), 0o555);
  await removeDirectory(directory);
  expect(existsSync(directory)).toBe(false);
});

test("has nothing against a directory that is not there", async () => {
  await expect(removeDirectory(join(tmpdir(), "removal-of-nothing"))).resolves.toBeUndefined();
});
