import { crc32, deflateRawSync } from "node:zlib";

/** One entry of a zip as it will stand there, however wrong. */
export interface ZipEntry {
  readonly name: string;
  readonly content: Uint8Array | string;
  /** Unix mode with file type; a regular file when absent. */
  readonly mode?: number;
  readonly encrypted?: boolean;
  readonly method?: 0 | 8 | 14;
  /** The size that the directory claims; the true one when absent. */
  readonly claimedSize?: number;
  readonly claimedCrc32?: number;
}

/** Writes a zip byte by byte, because archivers refuse to make the ones that the tests need. */
export function zipOf(entries: readonly ZipEntry[]): Uint8Array {
  const locals: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const entry of entries) {
    const { local, central } = renderEntry(entry, offset);
    locals.push(local);
    directory.push(central);
    offset += local.length;
  }
  const index = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(index.length, 12);
  end.writeUInt32LE(offset, 16);
  return new Uint8Array(Buffer.concat([...locals, index, end]));
}

function renderEntry(entry: ZipEntry, offset: number): { local: Buffer; central: Buffer } {
  const name = Buffer.from(entry.name);
  const content = Buffer.from(entry.content);
  const method = entry.method ?? 8;
  const data = method === 8 ? deflateRawSync(content) : content;
  // Flags to name length are the same in both headers.
  const shared = Buffer.alloc(24);
  shared.writeUInt16LE(20, 0);
  shared.writeUInt16LE(0x800 | (entry.encrypted ? 1 : 0), 2);
  shared.writeUInt16LE(method, 4);
  shared.writeUInt32LE(entry.claimedCrc32 ?? crc32(content), 10);
  shared.writeUInt32LE(data.length, 14);
  shared.writeUInt32LE(entry.claimedSize ?? content.length, 18);
  shared.writeUInt16LE(name.length, 22);

  const local = Buffer.alloc(30);
  local.writeUInt32LE(0x04034b50, 0);
  shared.copy(local, 4);

  const central = Buffer.alloc(46);
  central.writeUInt32LE(0x02014b50, 0);
  central.writeUInt16LE((3 << 8) | 20, 4);
  shared.copy(central, 6);
  central.writeUInt32LE(((entry.mode ?? 0o100644) << 16) >>> 0, 38);
  central.writeUInt32LE(offset, 42);
  return { local: Buffer.concat([local, name, data]), central: Buffer.concat([central, name]) };
}
