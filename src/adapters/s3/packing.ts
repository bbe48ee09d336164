import { Buffer } from "node:buffer";
import { ZipFile } from "yazl";
import type { Files } from "../../ports.ts";

/** Local time without a zone, which is how a zip without extra fields has it: the same bytes everywhere. */
const EPOCH = new Date(1980, 0, 1);

/**
 * A zip of files, sorted by name. Nothing is compressed: what a compressor makes differs between versions of it, and
 * the same bundle must become the same bytes again.
 */
export async function packFiles(files: Files): Promise<Uint8Array> {
  const zip = new ZipFile();
  for (const [name, bytes] of [...files].sort(([a], [b]) => (a < b ? -1 : 1))) {
    zip.addBuffer(Buffer.from(bytes), name, {
      mtime: EPOCH,
      mode: 0o100644,
      compress: false,
      forceDosTimestamp: true,
    });
  }
  zip.end();
  const chunks: Buffer[] = [];
  for await (const chunk of zip.outputStream) chunks.push(Buffer.from(chunk as Uint8Array));
  return Buffer.concat(chunks);
}
