import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { LISTING_MOST, listFiles } from "../../src/governance/listing.ts";
import type { PlannedFile } from "../../src/governance/plan.ts";
import { evaluatePlan } from "../../src/governance/plan-rules.ts";
import { planContext, planned, planOf } from "./builders.ts";

/** What a reader makes of a listing. */
function readListing(text: string): readonly string[] {
  const read: string[] = [];
  let operation = "";
  let directory = "";
  let from: string | undefined;
  for (const line of text.split("\n")) {
    const [, indent = "", name = ""] = /^( *)(.*)$/s.exec(line) ?? [];
    if (indent === "") [operation, directory] = [name, ""];
    else if (operation === "rename") {
      if (from === undefined) from = name;
      else {
        read.push(`rename ${from} to ${name.slice(2)}`);
        from = undefined;
      }
    } else if (indent.length === 2) {
      directory = name.endsWith("/") ? name : "";
      if (directory === "") read.push(`${operation} ${name}`);
    } else read.push(`${operation} ${directory}${name}`);
  }
  return read;
}

const told = ({ operation, path, from }: PlannedFile): string =>
  from === undefined ? `${operation} ${path}` : `${operation} ${from} to ${path}`;

describe("the listing of a plan's files", () => {
  test("has every file under its operation and directory", () => {
    const files = [
      planned("create", "src/b.ts"),
      planned("modify", "README.md"),
      planned("create", "src/a.ts"),
      planned("rename", "src/to.ts", "lib/from.ts"),
      planned("delete", "src/deep/old.ts"),
      planned("modify", "src/deep/kept.ts"),
    ];
    expect(listFiles(files).split("\n")).toEqual([
      "delete",
      "  src/deep/",
      "    old.ts",
      "rename",
      "  lib/from.ts",
      "  → src/to.ts",
      "modify",
      "  README.md",
      "  src/deep/",
      "    kept.ts",
      "create",
      "  src/",
      "    a.ts",
      "    b.ts",
    ]);
    expect(listFiles([])).toBe("");
  });

  const segment = fc.stringMatching(/^[a-c→`#-][a-c→` .]{0,3}[a-c→]$/);
  const path = fc.array(segment, { minLength: 1, maxLength: 3 }).map((parts) => parts.join("/"));
  const file = fc.oneof(
    fc
      .tuple(fc.constantFrom("create" as const, "modify" as const, "delete" as const), path)
      .map(([operation, name]) => planned(operation, name)),
    fc.tuple(path, path).map(([name, from]) => planned("rename", name, from)),
  );

  test("can be read back, whatever the names: two plans with other files never look alike", () => {
    fc.assert(
      fc.property(fc.uniqueArray(file, { selector: ({ path }) => path, maxLength: 12 }), (files) => {
        expect([...readListing(listFiles(files))].sort()).toEqual(files.map(told).sort());
        expect(listFiles([...files].reverse())).toBe(listFiles(files));
      }),
    );
  });
});

describe("a plan that could not be shown as a whole", () => {
  const context = planContext({ entries: [], maxFiles: 1_000 });
  /** Files whose listing has exactly `length` characters. */
  const filesOf = (length: number): readonly PlannedFile[] => {
    const names = Array.from({ length: 40 }, (_, index) => `${index}`.padStart(3, "0").padEnd(600, "x"));
    const missing = length - listFiles(names.map((name) => planned("create", name))).length;
    const fill = Math.floor(missing / 40);
    const rest = missing - fill * 40;
    return names.map((name, index) => planned("create", name + "y".repeat(fill + (index === 0 ? rest : 0))));
  };

  test("is allowed up to the limit, and refused one character above it", () => {
    const most = filesOf(LISTING_MOST);
    expect(listFiles(most)).toHaveLength(LISTING_MOST);
    expect(evaluatePlan(planOf(most), context).reasonCode).toBeUndefined();
    expect(evaluatePlan(planOf(filesOf(LISTING_MOST + 1)), context)).toEqual({
      reasonCode: "plan_too_large",
      findings: [
        {
          code: "plan_not_showable",
          message:
            "The names of the planned files do not fit one comment, so nobody could approve what they cannot see.",
          expected: "a listing of at most 28,000 characters",
          got: "28,001 characters",
        },
      ],
    });
  });
});
