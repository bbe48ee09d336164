import { readFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { layOut } from "../../../src/adapters/s3/layout.ts";
import type { Files } from "../../../src/ports.ts";

const DOCUMENTS = new URL("../../../docs/athena/", import.meta.url);
export const DDL = readFileSync(new URL("journal.sql", DOCUMENTS), "utf8");

/** Athena's types in DuckDB's words. */
const TYPES: Readonly<Record<string, string>> = {
  int: "INTEGER",
  bigint: "BIGINT",
  string: "VARCHAR",
  "array<string>": "VARCHAR[]",
};

/** The columns that the table's definition declares, without the partitions. */
export function declaredColumns(): readonly (readonly [name: string, type: string])[] {
  const [, body = ""] = /CREATE EXTERNAL TABLE codex_journal \(\n(.*?)\n\)/s.exec(DDL) ?? [];
  return body.split("\n").map((line) => {
    const [, name = "", type = ""] = /^ {2}(\w+) (\S+?),?$/.exec(line) ?? [];
    return [name, TYPES[type] ?? `no type of ours: ${line}`] as const;
  });
}

/** Puts the objects of bundles where a bucket would have them. */
export async function storeLocally(directory: string, bundles: Iterable<Files>): Promise<void> {
  for (const files of bundles) {
    const { bundle, rows } = await layOut(files, { bucket: "local", prefix: "codex/" });
    for (const { key, body } of [bundle, ...rows]) {
      await mkdir(dirname(join(directory, key)), { recursive: true });
      await writeFile(join(directory, key), body);
    }
  }
}

/** Runs a query of docs/athena, word for word, over the rows in a directory. */
export class AthenaTable {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  async query(name: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
    const instance = await DuckDBInstance.create(":memory:");
    const connection = await instance.connect();
    try {
      const columns = declaredColumns().map(([column, type]) => `'${column}': '${type}'`);
      await connection.run(
        `CREATE VIEW codex_journal AS SELECT * FROM read_json('${this.#directory}/codex/journal/*/*/*.jsonl',
         format = 'newline_delimited', columns = {${columns.join(", ")}},
         hive_partitioning = true, hive_types = {'dt': VARCHAR, 'repo': VARCHAR})`,
      );
      const reader = await connection.runAndReadAll(readFileSync(new URL(`queries/${name}.sql`, DOCUMENTS), "utf8"));
      return reader.getRowObjectsJson();
    } finally {
      connection.closeSync();
      instance.closeSync();
    }
  }
}
