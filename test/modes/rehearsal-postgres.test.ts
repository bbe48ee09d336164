import { describe, expect, test } from "vitest";
import type { RehearsalReport } from "../../src/governance/rehearsal.ts";
import { rehearsalCommands, rehearsalFiles } from "../world/postgres-rehearsal.ts";
import { openStage } from "./rehearsal-stage.ts";

/** A shop with a schema and rows. */
const SHOP = {
  ...rehearsalFiles(),
  "rehearsal/seed.sql": "insert into items (name, price) values ('tea', 3), ('cup', 7);\n",
  "migrations/1_items.mjs": `export const up = (pgm) => {
  pgm.createTable("items", { id: "id", name: { type: "text", notNull: true }, price: "integer" });
};
`,
};

const rehearseMigration = async (migration: string): Promise<RehearsalReport> => {
  const stage = await openStage(SHOP);
  return stage.rehearse({ "migrations/2_change.mjs": migration }, rehearsalCommands());
};

const failedEntry = ({ entries }: RehearsalReport) => entries.find(({ status }) => status === "failed");

describe("the example's rehearsal of a migration on a real PostgreSQL in Codex's sandbox", () => {
  test("passes where the way down undoes the way up", async () => {
    const report = await rehearseMigration(`export const up = (pgm) => {
  pgm.createTable("orders", { id: "id", item: { type: "integer", references: "items" }, state: "text" });
  pgm.createIndex("orders", "state");
  pgm.addColumn("items", { note: { type: "text", default: "none" } });
  pgm.sql("create function total() returns bigint language sql as 'select sum(price) from items'");
};
export const down = (pgm) => {
  pgm.dropFunction("total", []);
  pgm.dropColumn("items", "note");
  pgm.dropTable("orders");
};
`);
    expect(failedEntry(report)).toBeUndefined();
    expect(report).toMatchObject({ result: "pass", findings: [] });
    const outputOf = (wanted: string) => report.entries.find(({ step }) => step === wanted)?.output;
    expect(outputOf("baseline")).toContain("MIGRATION 1_items (UP)");
    expect(outputOf("up")).toContain("MIGRATION 2_change (UP)");
    expect(outputOf("up")).not.toContain("MIGRATION 1_items");
    expect(outputOf("down")).toContain("MIGRATION 2_change (DOWN)");
  });

  test("fails with the tool's words where the way down throws", async () => {
    const report = await rehearseMigration(`export const up = (pgm) => pgm.dropColumn("items", "price");
export const down = () => {
  throw new Error("The prices are gone for good.");
};
`);
    expect(report).toMatchObject({ result: "fail", failedStep: "down" });
    expect(failedEntry(report)?.output).toContain("The prices are gone for good.");
    expect(report.entries.find(({ step }) => step === "verify rolled back")?.status).toBe("not run");
  });

  test("fails where the migration says itself that there is no way down", async () => {
    const report = await rehearseMigration(`export const up = (pgm) => pgm.sql("update items set price = 0");
export const down = false;
`);
    expect(report).toMatchObject({ result: "fail", failedStep: "down" });
    expect(failedEntry(report)?.output).toContain("User has disabled down migration on file: 2_change");
  });

  test("fails with the difference where the way down forgets a table", async () => {
    const report = await rehearseMigration(`export const up = (pgm) => {
  pgm.createTable("orders", { id: "id" });
  pgm.createTable("forgotten", { id: "id" });
};
export const down = (pgm) => pgm.dropTable("orders");
`);
    expect(report).toMatchObject({ result: "fail", failedStep: "verify rolled back" });
    expect(failedEntry(report)?.output).toContain("+ rows public.forgotten: 0 -");
    expect(failedEntry(report)?.output).not.toContain("orders");
  });

  test("fails with the difference where the schema is back and the rows are not", async () => {
    const report = await rehearseMigration(`export const up = (pgm) => pgm.dropColumn("items", "price");
export const down = (pgm) => pgm.addColumn("items", { price: "integer" });
`);
    expect(report).toMatchObject({ result: "fail", failedStep: "verify rolled back" });
    const differences = failedEntry(report)?.output.match(/^[-+] .*$/gm) ?? [];
    expect(differences.map((line) => line.replace(/ [0-9a-f]{32}$/, ""))).toEqual([
      "- rows public.items: 2",
      "+ rows public.items: 2",
    ]);
  });

  test("fails where the migration itself fails, with the server's words", async () => {
    const report = await rehearseMigration(
      'export const up = (pgm) => pgm.sql("alter table nowhere add column x int");\n',
    );
    expect(report).toMatchObject({ result: "fail", failedStep: "up" });
    expect(failedEntry(report)?.output).toContain('relation "nowhere" does not exist');
  });
});
