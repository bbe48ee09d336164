import { Buffer } from "node:buffer";
import { crc32 } from "node:zlib";
import { type Entry, fromBufferPromise, type ZipFile } from "yauzl";
import { IntegrityError } from "../../governance/errors.ts";
import type { Files } from "../../ports.ts";

/**
 * Bounds on a bundle, in bytes and files. A zip and what it unpacks to are in memory at the same time, which has to stay
 * below 250 MB for whatever somebody hands to the command line.
 */
export interface Limits {
  readonly archiveBytes: number;
  readonly unpackedBytes: number;
  readonly files: number;
}

export const LIMITS: Limits = { archiveBytes: 32 * 1024 ** 2, unpackedBytes: 96 * 1024 ** 2, files: 64 };

/** What may be the name of a file of a bundle: no directory, no hidden file, ASCII only. */
export function isPlainName(name: string): boolean {
  return name.length <= 255 && /^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(name);
}

/**
 * Reads a zip in memory; nothing is written anywhere. Throws IntegrityError `artifact_tampered` for anything but
 * plain files of distinct names within the limits.
 */
export async function readArchive(archive: Uint8Array, limits: Limits = LIMITS): Promise<Files> {
  try {
    const zip = await fromBufferPromise(Buffer.from(archive.buffer, archive.byteOffset, archive.byteLength), {
      lazyEntries: true,
      strictFileNames: true,
      validateEntrySizes: true,
    });
    return await readEntries(zip, limits);
  } catch (error) {
    if (error instanceof IntegrityError) throw error;
    throw tampered(`the zip is broken (${(error as Error).message})`);
  }
}

async function readEntries(zip: ZipFile, limits: Limits): Promise<Files> {
  if (zip.entryCount > limits.files) throw tampered(`${zip.entryCount} entries, expected at most ${limits.files}`);
  const files = new Map<string, Uint8Array>();
  const names = new Set<string>();
  let left = limits.unpackedBytes;
  for await (const entry of zip.eachEntry()) {
    assertPlainFile(entry);
    // Two names that differ in case alone would be one file on some systems.
    const folded = entry.fileName.toLowerCase();
    if (names.has(folded)) throw tampered(`the entry ${entry.fileName} is there twice`);
    names.add(folded);
    left -= entry.uncompressedSize;
    if (left < 0) throw tampered(`it unpacks to more than ${limits.unpackedBytes} bytes`);
    // Into memory that is there once: what is claimed was counted, and more than that is an error of the stream.
    files.set(entry.fileName, await readEntry(zip, entry));
  }
  return files;
}

const TYPE_MASK = 0o170000;
const REGULAR_FILE = 0o100000;
const STORED = 0;
const DEFLATED = 8;

function assertPlainFile(entry: Entry): void {
  const name = JSON.stringify(entry.fileName);
  if (!isPlainName(entry.fileName)) throw tampered(`the entry ${name} is not a plain file name`);
  // The upper half holds the Unix mode; zero when the zip was not made on Unix.
  const type = (entry.externalFileAttributes >>> 16) & TYPE_MASK;
  if (type !== 0 && type !== REGULAR_FILE) throw tampered(`the entry ${name} is not a regular file`);
  if (entry.compressionMethod !== STORED && entry.compressionMethod !== DEFLATED) {
    throw tampered(`the entry ${name} has the unknown compression ${entry.compressionMethod}`);
  }
}

async function readEntry(zip: ZipFile, entry: Entry): Promise<Uint8Array> {
  const bytes = new Uint8Array(entry.uncompressedSize);
  let length = 0;
  for await (const chunk of await zip.openReadStreamPromise(entry)) {
    bytes.set(chunk, length);
    length += chunk.length;
  }
  if (crc32(bytes) !== entry.crc32) throw tampered(`the checksum of the entry ${entry.fileName} is wrong`);
  return bytes;
}

export function tampered(why: string): IntegrityError {
  // What to do depends on who asks: a run's reason code says it, and whoever verifies a copy gets another one.
  return new IntegrityError("artifact_tampered", `The evidence artifact is not acceptable: ${why}.`);
}
