import { placeOf, renderUri } from "./place.ts";
import { openStore, type StoreOptions } from "./store.ts";

/** A bundle in a bucket. */
export interface StoredBundle {
  readonly uri: string;
  /** Bytes. */
  readonly size: number;
  /** Throws IntegrityError `evidence_invalid` for more than `maxBytes`. */
  fetch(maxBytes: number): Promise<Uint8Array>;
}

/** Objects that are listed at most: a year of a large organisation. */
const MAX_OBJECTS = 1_000_000;

/**
 * The bundles below `s3://bucket/prefix`, by key. The prefix is the one of the export, or leads into its `bundles/`, or
 * is one bundle.
 */
export async function findStoredBundles(uri: string, options: StoreOptions): Promise<readonly StoredBundle[]> {
  const isOne = uri.endsWith(".zip");
  const place = placeOf(uri);
  const store = openStore(place, options);
  const isInside = `/${place.prefix}`.includes("/bundles/");
  const prefix = isOne ? place.prefix.slice(0, -1) : `${place.prefix}${isInside ? "" : "bundles/"}`;
  const objects = await store.list(prefix, MAX_OBJECTS);
  return objects
    .filter(({ key }) => key.endsWith(".zip"))
    .map(({ key, size }) => ({ uri: renderUri(place, key), size, fetch: (maxBytes) => store.read(key, maxBytes) }));
}
