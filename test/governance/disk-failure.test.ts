import { describe, expect, test } from "vitest";
import { diskCodeIn, diskCodeOf } from "../../src/governance/disk-failure.ts";
import { ExternalError, IntegrityError } from "../../src/governance/errors.ts";

const FULL = "runner_disk_full";
const FAILED = "runner_disk_failed";

const systemError = (code: unknown, syscall: unknown): Error =>
  Object.assign(new Error(`${code}: it failed, ${syscall}`), { code, syscall });

describe("the code of an error", () => {
  test.each([
    ["ENOSPC", "write", FULL],
    ["EDQUOT", "mkdir", FULL],
    ["EFBIG", "write", FULL],
    ["EROFS", "mkdtemp", FAILED],
    ["EIO", "read", FAILED],
    ["ESTALE", "open", FAILED],
    ["EMFILE", "open", FAILED],
    ["ENFILE", "open", FAILED],
    ["EACCES", "mkdir", FAILED],
    ["EPERM", "open", FAILED],
    ["ENOENT", "open", undefined],
    ["EACCES", "connect", undefined],
    ["EPERM", "spawn git", undefined],
    ["EMFILE", "listen", undefined],
    ["constructor", "open", undefined],
    [28, "open", undefined],
    ["ENOSPC", undefined, undefined],
  ])("%s of %s is %s", (code, syscall, expected) => {
    expect(diskCodeOf(systemError(code, syscall))).toBe(expected);
  });

  test("is found below a failure of git or Codex, and a code of its own counts", () => {
    const cause = systemError("ENOSPC", "write");
    expect(diskCodeOf(new ExternalError("git_failed", "x", { cause }))).toBe(FULL);
    expect(diskCodeOf(new Error("x", { cause: new ExternalError(FAILED, "y", { cause }) }))).toBe(FAILED);
  });

  test("is not found where there is none", () => {
    expect(diskCodeOf("ENOSPC")).toBeUndefined();
    expect(diskCodeOf(new IntegrityError("artifact_missing", "ENOSPC"))).toBeUndefined();
  });

  test("is looked for in a bounded number of causes", () => {
    const loop = new Error("x");
    loop.cause = loop;
    expect(diskCodeOf(loop)).toBeUndefined();
  });
});

describe("the code in a program's words", () => {
  test.each([
    ["fatal: write error: No space left on device", FULL],
    ["error: unable to write file x: Disk quota exceeded\nfatal: y", FULL],
    ["fatal: cannot pwrite: File too large", FULL],
    ["npm error code ENOSPC\nnpm error syscall write", FULL],
    ["npm ERR! code EDQUOT", FULL],
    ["fatal: Unable to create 'index.lock': Read-only file system", FAILED],
    ["fatal: read error: Input/output error", FAILED],
    ["fatal: cannot mkdir x: Stale file handle", FAILED],
    ["error: cannot open x: Too many open files", FAILED],
    ["npm error code EACCES", FAILED],
    // The other side's disk.
    ["remote: fatal: write error: No space left on device", undefined],
    // A file may have any name.
    ["error: patch failed: No space left on device:1", undefined],
    ["error: ENOSPC: patch does not apply", undefined],
    ["fatal: could not read from remote: Permission denied", undefined],
    ["", undefined],
  ])("%j is %s", (words, expected) => {
    expect(diskCodeIn(words)).toBe(expected);
  });
});
