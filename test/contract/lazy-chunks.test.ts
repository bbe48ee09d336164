import { readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { staticImportsOf } from "./modules.ts";

/** Words that are in the S3 client, and survive the minifier. */
const CLIENT = /S3Client|PutObjectCommand|IfNoneMatch/;

/** A file of dist with all that is loaded together with it. */
function loadedWith(file: string, seen = new Set<string>()): ReadonlySet<string> {
  if (seen.has(file)) return seen;
  seen.add(file);
  for (const specifier of staticImportsOf(file, readFileSync(file, "utf8"))) {
    if (specifier.startsWith(".")) loadedWith(path.join(path.dirname(file), specifier), seen);
  }
  return seen;
}

const clientsIn = (files: Iterable<string>) => [...files].filter((file) => CLIENT.test(readFileSync(file, "utf8")));

test.each(["main", "cli", "chunks/run", "chunks/plan", "chunks/approve", "chunks/execute"])(
  "dist/%s.js does not load the S3 client unless it is asked for",
  (name) => {
    expect(clientsIn(loadedWith(`dist/${name}.js`))).toEqual([]);
  },
);

test("the S3 client is in the chunk that is loaded on demand", () => {
  expect(clientsIn(loadedWith("dist/chunks/export.js"))).not.toEqual([]);
});
