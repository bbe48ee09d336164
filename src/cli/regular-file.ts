import { constants } from "node:fs";
import { type FileHandle, open, stat } from "node:fs/promises";
import { encodePath } from "../adapters/git/path-bytes.ts";

/** A file's bytes, or why it was not read, in words that follow its name. */
export type FileRead = { readonly bytes: Buffer } | { readonly problem: string };

const FIRST_READ_BYTES = 64 * 1024;

/**
 * Reads a regular file of at most `maxBytes` bytes. Anything else (a pipe, a device, a socket, a directory, a file that
 * grows while it is read) is a problem, never a wait or an exception: what the command line reads may have been put
 * there by somebody else. `path` is text as `decodePath` gives it.
 */
export async function readRegularFile(path: string, maxBytes: number): Promise<FileRead> {
  try {
    const name = encodePath(path);
    // Looked at before it is opened, since opening alone already acts on some devices; and again once it is open.
    const before = kindOf(await stat(name));
    if (before !== undefined) return { problem: `it is ${before}, expected a regular file` };
    // Without O_NONBLOCK a pipe that took the file's place meanwhile would make us wait for its writer.
    const file = await open(name, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
    try {
      return await readOpen(file, maxBytes);
    } finally {
      await file.close();
    }
  } catch (error) {
    return { problem: `it cannot be read (${systemCode(error)})` };
  }
}

async function readOpen(file: FileHandle, maxBytes: number): Promise<FileRead> {
  const facts = await file.stat();
  const kind = kindOf(facts);
  if (kind !== undefined) return { problem: `it is ${kind}, expected a regular file` };
  if (facts.size > maxBytes) return { problem: `it has ${facts.size} bytes, expected at most ${maxBytes}` };
  // The size is only a hint: files below /proc say 0, and a file can grow.
  let buffer = Buffer.allocUnsafe(Math.max(facts.size + 1, FIRST_READ_BYTES));
  let length = 0;
  for (;;) {
    const { bytesRead } = await file.read(buffer, length, buffer.length - length);
    if (bytesRead === 0) return { bytes: buffer.subarray(0, length) };
    length += bytesRead;
    if (length > maxBytes) return { problem: `it has more than ${maxBytes} bytes` };
    if (length === buffer.length) buffer = Buffer.concat([buffer], Math.min(2 * length, maxBytes + 1));
  }
}

/** What it is, unless it is a regular file. */
function kindOf(facts: {
  isFile(): boolean;
  isDirectory(): boolean;
  isFIFO(): boolean;
  isSocket(): boolean;
  isCharacterDevice(): boolean;
}): string | undefined {
  if (facts.isFile()) return undefined;
  if (facts.isDirectory()) return "a directory";
  if (facts.isFIFO()) return "a named pipe";
  if (facts.isSocket()) return "a socket";
  return "a device";
}

/** The system's word for what went wrong, such as `EACCES`. Its message is left out: it quotes the name unescaped. */
export function systemCode(error: unknown): string {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return typeof code === "string" ? code : error instanceof Error ? error.name : "unknown error";
}
