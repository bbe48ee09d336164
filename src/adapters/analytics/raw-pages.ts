import { lstat, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { ANALYTICS_ENDPOINTS, type AnalyticsEndpoint, type AnalyticsReport } from "../../governance/analytics-facts.ts";
import { renderChecksums } from "../../governance/digest.ts";
import { ConfigurationError, IntegrityError } from "../../governance/errors.ts";
import { type KeepPage, MAX_PAGES, readReport } from "./reports.ts";

/** What the pages are of, beside them. The key is not in it. */
const requestSchema = z.strictObject({
  version: z.literal(1),
  url: z.string(),
  workspace: z.string(),
  /** Seconds since 1970, the first inclusive, the second exclusive. */
  startTime: z.number().int(),
  endTime: z.number().int(),
});
export type RawRequest = Readonly<z.infer<typeof requestSchema>>;

const REQUEST = "request.json";
const CHECKSUMS = "raw.sha256";

/** As much as the reports may have, with what stands beside them. */
const MAX_FILES = ANALYTICS_ENDPOINTS.length * MAX_PAGES + 2;
const MAX_BYTES = 16 * 1024 * 1024;

function nameOf(endpoint: AnalyticsEndpoint, number: number): string {
  return `${endpoint}-${String(number).padStart(3, "0")}.json`;
}

/** Where raw pages are put, each once. `seal` writes the checksums of what is there; nothing is added after it. */
export interface RawPages {
  readonly keep: KeepPage;
  seal(): Promise<void>;
}

/** Makes the directory. Throws ConfigurationError when something is in it: kept pages are never overwritten. */
export async function createRawPages(directory: string, request: RawRequest): Promise<RawPages> {
  // Pages may name people: they are for the owner's eyes alone.
  await mkdir(directory, { recursive: true, mode: 0o700 }).catch((cause: Error) => {
    const message = `${directory}: expected a directory that can be written to: ${cause.message}`;
    throw new ConfigurationError("configuration_invalid", message, { cause });
  });
  if ((await readdir(directory)).length > 0) {
    throw new ConfigurationError(
      "configuration_invalid",
      `${directory}: expected an empty directory for the raw pages, got one with files. Choose another --out.`,
    );
  }
  const kept = new Map<string, Uint8Array>();
  const write = async (name: string, bytes: Uint8Array) => {
    await writeFile(join(directory, name), bytes, { flag: "wx", mode: 0o600 });
    kept.set(name, bytes);
  };
  await write(REQUEST, Buffer.from(`${JSON.stringify(requestSchema.parse(request), undefined, 2)}\n`));
  return {
    keep: (endpoint, number, bytes) => write(nameOf(endpoint, number), bytes),
    seal: () => writeFile(join(directory, CHECKSUMS), renderChecksums(kept), { flag: "wx", mode: 0o600 }),
  };
}

/**
 * Kept pages as reports, without network. Throws IntegrityError `evidence_invalid` when a file is not the one of
 * raw.sha256, and ExternalError `analytics_malformed` when the pages are not understood.
 */
export async function readRawPages(
  directory: string,
): Promise<{ readonly request: RawRequest; readonly reports: readonly AnalyticsReport[] }> {
  const files = await readFiles(directory);
  const checksums = Buffer.from(files.get(CHECKSUMS) ?? "").toString();
  files.delete(CHECKSUMS);
  assertSame(directory, checksums, renderChecksums(files));
  const request = requestSchema.safeParse(parseJson(files.get(REQUEST)));
  if (!request.success) throw unusable(directory, `expected ${REQUEST} of version 1, got something else`);
  const read = new Set([REQUEST]);
  const reports: AnalyticsReport[] = [];
  for (const endpoint of ANALYTICS_ENDPOINTS) {
    const next = async (_cursor: string | undefined, number: number) => {
      const name = nameOf(endpoint, number);
      const bytes = files.get(name);
      if (bytes === undefined) throw unusable(directory, `expected ${name}, which the pages before it name, got none`);
      read.add(name);
      return bytes;
    };
    reports.push(await readReport(endpoint, next));
  }
  const more = [...files.keys()].find((name) => !read.has(name));
  if (more !== undefined) throw unusable(directory, `expected no page after the last one, got ${JSON.stringify(more)}`);
  return { request: request.data, reports };
}

async function readFiles(directory: string): Promise<Map<string, Uint8Array>> {
  const names = await readdir(directory).catch(() => {
    throw new ConfigurationError(
      "configuration_invalid",
      `--raw: expected a directory of raw pages, got ${directory}.`,
    );
  });
  if (names.length > MAX_FILES) throw unusable(directory, `expected at most ${MAX_FILES} files, got ${names.length}`);
  const files = new Map<string, Uint8Array>();
  for (const name of names.sort()) {
    const facts = await lstat(join(directory, name));
    if (!facts.isFile() || facts.size > MAX_BYTES) {
      throw unusable(directory, `expected plain files of at most ${MAX_BYTES} bytes, got ${JSON.stringify(name)}`);
    }
    files.set(name, await readFile(join(directory, name)));
  }
  return files;
}

/** The first line that differs names the file. */
function assertSame(directory: string, expected: string, got: string): void {
  if (expected === got) return;
  const lines = new Set(got.split("\n"));
  const line = expected.split("\n").find((each) => !lines.has(each));
  const what = line ? `the file of the line ${JSON.stringify(line.slice(0, 200))}` : "no file that it does not name";
  throw unusable(directory, `expected ${CHECKSUMS} to hold, and ${what}; got something else`);
}

function parseJson(bytes: Uint8Array | undefined): unknown {
  try {
    return JSON.parse(Buffer.from(bytes ?? "").toString());
  } catch {
    return undefined;
  }
}

function unusable(directory: string, why: string): IntegrityError {
  return new IntegrityError(
    "evidence_invalid",
    `The raw pages in ${directory} do not hold together: ${why}. Fetch them anew.`,
  );
}
