import type { Carrier } from "../../carrier.ts";
import type { Files } from "../../ports.ts";
import { layOut } from "./layout.ts";
import { type ExportPlace, placeOf, renderUri } from "./place.ts";
import { type ObjectStore, openStore, type StoreOptions } from "./store.ts";

/** What became of a bundle. */
export interface Exported {
  /** `s3://…` of the bundle. */
  readonly uri: string;
  /** Objects that were not there before, and objects that were. */
  readonly written: number;
  readonly there: number;
}

/** Rows that are on their way at once. */
const LANES = 8;

/**
 * Stores a bundle and one row for each record of its journal; what is there already stays. All of the journal, not
 * only what this run added: a run that was killed before its export is made good by the next one of the same plan.
 */
export async function exportBundle(files: Files, place: ExportPlace, store: ObjectStore): Promise<Exported> {
  const { bundle, rows } = await layOut(files, place);
  const results = [await store.write(bundle)];
  for (let start = 0; start < rows.length; start += LANES) {
    results.push(...(await Promise.all(rows.slice(start, start + LANES).map((row) => store.write(row)))));
  }
  const written = results.filter((result) => result === "written").length;
  return { uri: renderUri(place, bundle.key), written, there: results.length - written };
}

/** Takes each run's bundle and journal to a bucket. Throws ConfigurationError for a wrong URI. */
export function createExport(uri: string, options: StoreOptions): Carrier["carry"] {
  const place = placeOf(uri);
  return async ({ evidence }) => (await exportBundle(evidence, place, openStore(place, options))).uri;
}
