import { ConfigurationError } from "../../governance/errors.ts";

/** Where exports go: a bucket, and the keys' beginning, which is empty or ends with a slash. */
export interface ExportPlace {
  readonly bucket: string;
  readonly prefix: string;
}

/** What a place looks like, for messages. */
export const PLACE_GRAMMAR = "s3://bucket/prefix, with a prefix of letters, digits and . _ = -";

const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
const PREFIX = /^(?:(?!\.{1,2}\/)[\w.=-]{1,128}\/){0,12}$/;

/** Undefined for what is no place. */
export function parsePlace(uri: string): ExportPlace | undefined {
  const [, bucket = "", rest = ""] = /^s3:\/\/([^/]*)(?:\/(.*))?$/s.exec(uri) ?? [];
  const prefix = rest === "" || rest.endsWith("/") ? rest : `${rest}/`;
  return BUCKET.test(bucket) && PREFIX.test(prefix) ? { bucket, prefix } : undefined;
}

/** Throws ConfigurationError for what is no place. */
export function placeOf(uri: string): ExportPlace {
  const place = parsePlace(uri);
  if (place !== undefined) return place;
  const got = JSON.stringify(uri.slice(0, 200));
  throw new ConfigurationError("configuration_invalid", `Expected ${PLACE_GRAMMAR}, got ${got}.`);
}

export const renderUri = ({ bucket }: ExportPlace, key: string): string => `s3://${bucket}/${key}`;
