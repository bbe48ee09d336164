import { Buffer } from "node:buffer";
import { IntegrityError } from "../../governance/errors.ts";
import { journalRows } from "../../governance/journal-rows.ts";
import type { Files } from "../../ports.ts";
import { packFiles } from "./packing.ts";
import type { ExportPlace } from "./place.ts";

/** An object to be written once. */
export interface NewObject {
  readonly key: string;
  readonly body: Uint8Array;
  readonly contentType: string;
  /** Whether what is stored there already says the same. */
  isSame(stored: Uint8Array): boolean;
}

/** What a bundle becomes. The bundle is written first, so that no row is without it. */
export interface Layout {
  readonly bundle: NewObject;
  /** Oldest first. */
  readonly rows: readonly NewObject[];
}

/** The objects of a bundle. Pure: the same bundle gives the same keys and bytes wherever that is done. */
export async function layOut(files: Files, { prefix }: ExportPlace): Promise<Layout> {
  const rows = journalRows(files);
  const last = rows.at(-1);
  if (last === undefined) throw unusable("its journal is empty");
  const archive = await packFiles(files);
  return {
    bundle: {
      key: `${prefix}bundles/${partition(last)}/${last.name}.zip`,
      body: archive,
      contentType: "application/zip",
      isSame: (stored) => Buffer.compare(stored, archive) === 0,
    },
    rows: rows.map((placed) => ({
      key: `${prefix}journal/${partition(placed)}/${placed.name}.jsonl`,
      body: Buffer.from(`${JSON.stringify(placed.row)}\n`),
      contentType: "application/x-ndjson",
      isSame: (stored) => recordOf(stored) === placed.row.record,
    })),
  };
}

/**
 * Partitions in Hive's notation. An owner's name never has a dot, so the first one ends it; whatever else a journal
 * calls a repository must not become a path.
 */
function partition({ date, repository }: { readonly date: string; readonly repository: string }): string {
  const [, owner, name] = /^([A-Za-z0-9_-]{1,100})\/([\w.-]{1,100})$/.exec(repository) ?? [];
  if (owner !== undefined) return `dt=${date}/repo=${owner}.${name}`;
  throw unusable(`it names the repository ${JSON.stringify(repository.slice(0, 200))}, expected owner/name`);
}

/** The record that a stored row holds. Its other columns may be those of another version of this action. */
function recordOf(stored: Uint8Array): unknown {
  try {
    return (JSON.parse(Buffer.from(stored).toString()) as { record?: unknown }).record;
  } catch {
    return undefined;
  }
}

function unusable(why: string): IntegrityError {
  return new IntegrityError("evidence_invalid", `The evidence bundle cannot be exported: ${why}.`);
}
