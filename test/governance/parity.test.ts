import { describe, expect, test } from "vitest";
import { allowancesOf, evaluateParity, findOutsidePlan } from "../../src/governance/parity.ts";
import type { PlannedFile } from "../../src/governance/plan.ts";
import type { FileMode, RequestedChange, TreeChange } from "../../src/governance/tree.ts";
import { planned, planOf, richPlan } from "./builders.ts";

type Side = TreeChange["before"];
const side = (mode: FileMode | undefined, oid = "1"): Side => (mode === undefined ? undefined : { mode, oid });
const change = (path: string, before: FileMode | undefined, after: FileMode | undefined): TreeChange => ({
  path,
  before: side(before, "1"),
  after: side(after, "2"),
});

const FILE = "100644";
const EXECUTABLE = "100755";
const SYMLINK = "120000";
const SUBMODULE = "160000";
const NONE = undefined;

describe("what a plan allows", () => {
  test("is found under the paths that it touches, and under nothing else", () => {
    const plan = planOf([planned("modify", "a"), planned("rename", "new", "old")]);
    expect([...allowancesOf(plan).keys()]).toEqual(["a", "new", "old"]);
  });
});

describe("what Codex asks for", () => {
  const ask = (file: PlannedFile, request: RequestedChange) => findOutsidePlan(allowancesOf(planOf([file])), request);
  const at = (path: string) =>
    ({
      create: { path, operation: "create" },
      modify: { path, operation: "modify" },
      delete: { path, operation: "delete" },
      rename: { path, operation: "rename", from: "old" },
      "foreign rename": { path, operation: "rename", from: "other" },
      "sourceless rename": { path, operation: "rename" },
    }) as const satisfies Record<string, RequestedChange>;
  type Asked = keyof ReturnType<typeof at>;

  /** For each planned file and the path that is asked about: what is granted. All else is denied. */
  const GRANTED: readonly [PlannedFile, string, readonly Asked[], string][] = [
    [planned("create", "a"), "a", ["create", "modify"], "create"],
    [planned("modify", "a"), "a", ["modify"], "modify"],
    [planned("delete", "a"), "a", ["delete"], "delete"],
    [planned("rename", "a", "old"), "a", ["create", "modify", "rename"], "rename from old"],
    [planned("rename", "a", "old"), "old", ["delete"], "rename to a"],
  ];
  const asked = Object.keys(at("")) as Asked[];
  const cases = GRANTED.flatMap(([file, path, granted, expected]) =>
    asked.map((kind) => ({ plan: expected, path, kind, file, expected, isGranted: granted.includes(kind) })),
  );

  test.each(cases)(
    "a planned $plan and a $kind of $path: granted is $isGranted",
    ({ file, path, kind, expected, isGranted }) => {
      const got = { create: "create", modify: "modify", delete: "delete", rename: "rename from old" };
      const finding = {
        code: "operation_not_in_plan",
        message: "The plan allows another operation on this file.",
        path,
        expected,
        got: { ...got, "foreign rename": "rename from other", "sourceless rename": "rename" }[kind],
      };
      expect(ask(file, at(path)[kind])).toEqual(isGranted ? undefined : finding);
    },
  );

  test.each(["b", "A", "a ", "./a", "x/a", "a/x", "cafe\u{301}", ""])(
    "is denied for %j, which is not the path of the plan",
    (path) => {
      expect(ask(planned("modify", "a"), { path, operation: "modify" })).toEqual({
        code: "file_not_in_plan",
        message: "The plan does not name this file.",
        path,
        got: "modify",
      });
    },
  );

  test("is denied with its source when a listed file is moved to an unlisted name (T22)", () => {
    expect(ask(planned("modify", "a"), { path: "b", operation: "rename", from: "a" })).toEqual({
      code: "file_not_in_plan",
      message: "The plan does not name this file.",
      path: "b",
      got: "rename from a",
    });
  });
});

describe("the tree after the work", () => {
  const check = (file: PlannedFile, ...changes: TreeChange[]) => evaluateParity(planOf([file]), changes);

  test("lists every change and every planned file that was left alone", () => {
    const parity = evaluateParity(richPlan, [
      change("a.ts", FILE, FILE),
      change("old.ts", FILE, NONE),
      change("c.ts", NONE, FILE),
      change("x.ts", NONE, FILE),
    ]);
    expect(parity).toEqual({
      isInside: false,
      isEmpty: false,
      files: [
        { path: "a.ts", approved: "modify", found: "modify", isInside: true },
        { path: "old.ts", approved: "rename", found: "delete", isInside: true },
        { path: "c.ts", approved: "rename", found: "create", isInside: true },
        { path: "x.ts", approved: undefined, found: "create", isInside: false },
        { path: "b.ts", approved: "delete", found: undefined, isInside: true },
        { path: "d.ts", approved: "create", found: undefined, isInside: true },
      ],
      findings: [
        { code: "file_not_in_plan", message: "The plan does not name this file.", path: "x.ts", got: "create" },
      ],
    });
  });

  test("is inside and empty when nothing changed", () => {
    expect(evaluateParity(planOf([planned("modify", "a")]), [])).toEqual({
      isInside: true,
      isEmpty: true,
      files: [{ path: "a", approved: "modify", found: undefined, isInside: true }],
      findings: [],
    });
  });

  test.each<[string, PlannedFile, TreeChange[]]>([
    ["a new plain file", planned("create", "a"), [change("a", NONE, FILE)]],
    ["a changed file", planned("modify", "a"), [change("a", FILE, FILE)]],
    ["a changed executable", planned("modify", "a"), [change("a", EXECUTABLE, EXECUTABLE)]],
    ["a removed file", planned("delete", "a"), [change("a", FILE, NONE)]],
    ["a removed executable", planned("delete", "a"), [change("a", EXECUTABLE, NONE)]],
    ["a move", planned("rename", "a", "old"), [change("a", NONE, FILE), change("old", FILE, NONE)]],
    [
      "a move of an executable",
      planned("rename", "a", "old"),
      [change("a", NONE, EXECUTABLE), change("old", EXECUTABLE, NONE)],
    ],
    [
      "a move that loses the executable bit",
      planned("rename", "a", "old"),
      [change("a", NONE, FILE), change("old", EXECUTABLE, NONE)],
    ],
  ])("is inside the plan with %s", (_, file, changes) => {
    const parity = check(file, ...changes);
    expect(parity).toMatchObject({ isInside: true, isEmpty: false, findings: [] });
    expect(parity.files.map(({ isInside }) => isInside)).toEqual(changes.map(() => true));
  });

  test.each<[string, PlannedFile, TreeChange, string, string]>([
    [
      "a modification where a creation was planned",
      planned("create", "a"),
      change("a", FILE, FILE),
      "create",
      "modify",
    ],
    ["a removal where a creation was planned", planned("create", "a"), change("a", FILE, NONE), "create", "delete"],
    [
      "a creation where a modification was planned",
      planned("modify", "a"),
      change("a", NONE, FILE),
      "modify",
      "create",
    ],
    ["a removal where a modification was planned", planned("modify", "a"), change("a", FILE, NONE), "modify", "delete"],
    ["a modification where a removal was planned", planned("delete", "a"), change("a", FILE, FILE), "delete", "modify"],
    ["a mode-only change (T22)", planned("modify", "a"), change("a", FILE, EXECUTABLE), "modify", "mode change"],
    ["an executable bit that goes", planned("modify", "a"), change("a", EXECUTABLE, FILE), "modify", "mode change"],
    [
      "a file turned into a symbolic link (T16)",
      planned("modify", "a"),
      change("a", FILE, SYMLINK),
      "modify",
      "symbolic link",
    ],
    ["a new symbolic link (T16)", planned("create", "a"), change("a", NONE, SYMLINK), "create", "symbolic link"],
    [
      "a symbolic link that leads elsewhere",
      planned("modify", "a"),
      change("a", SYMLINK, SYMLINK),
      "modify",
      "symbolic link",
    ],
    ["a symbolic link turned into a file", planned("modify", "a"), change("a", SYMLINK, FILE), "modify", "mode change"],
    ["a new submodule (T16)", planned("create", "a"), change("a", NONE, SUBMODULE), "create", "submodule"],
    ["a file turned into a submodule", planned("modify", "a"), change("a", FILE, SUBMODULE), "modify", "submodule"],
  ])("is outside the plan with %s", (_, file, found, expected, got) => {
    const parity = check(file, found);
    expect(parity.isInside).toBe(false);
    expect(parity.files).toEqual([{ path: "a", approved: expected, found: got, isInside: false }]);
    expect(parity.findings).toEqual([
      {
        code: "operation_not_in_plan",
        message: "The file was changed in another way than planned.",
        path: "a",
        expected,
        got,
      },
    ]);
  });

  const mode = (path: string, expected: string, got: string) => ({
    code: "mode_not_in_plan",
    message: "The file's mode is not the planned one.",
    path,
    expected,
    got,
  });

  test("denies a new file that is executable", () => {
    expect(check(planned("create", "a"), change("a", NONE, EXECUTABLE)).findings).toEqual([
      mode("a", FILE, EXECUTABLE),
    ]);
  });

  test("denies a change that leaves nothing where a file was to be created", () => {
    expect(check(planned("create", "a"), change("a", NONE, NONE)).findings).toEqual([mode("a", FILE, "none")]);
  });

  const rename = planned("rename", "a", "old");

  test("denies a move that gives the executable bit, at both of its paths", () => {
    const parity = check(rename, change("old", FILE, NONE), change("a", NONE, EXECUTABLE));
    expect(parity.findings).toEqual([mode("old", FILE, EXECUTABLE), mode("a", FILE, EXECUTABLE)]);
  });

  test("denies a move to an executable whose source had no mode", () => {
    const parity = check(rename, change("old", NONE, NONE), change("a", NONE, EXECUTABLE));
    expect(parity.findings).toEqual([
      {
        code: "operation_not_in_plan",
        message: "The file was changed in another way than planned.",
        path: "old",
        expected: "rename to a",
        got: "create",
      },
      mode("a", "none", EXECUTABLE),
    ]);
  });

  test.each([
    ["only its target", change("a", NONE, FILE), "rename from old", "create"],
    ["only its source", change("old", FILE, NONE), "rename to a", "delete"],
  ])("denies a rename of which %s was done", (_, half, expected, got) => {
    const parity = check(rename, half);
    expect(parity.isInside).toBe(false);
    expect(parity.findings).toEqual([
      { code: "rename_incomplete", message: "Only one half of the rename was done.", path: half.path, expected, got },
    ]);
  });

  test("denies a rename whose source stays, changed", () => {
    expect(check(rename, change("a", NONE, FILE), change("old", FILE, FILE)).findings).toEqual([
      {
        code: "operation_not_in_plan",
        message: "The file was changed in another way than planned.",
        path: "old",
        expected: "rename to a",
        got: "modify",
      },
    ]);
  });

  test("denies a rename that overwrites its target", () => {
    expect(check(rename, change("a", FILE, FILE), change("old", FILE, NONE)).findings).toMatchObject([
      { code: "operation_not_in_plan", path: "a", expected: "rename from old", got: "modify" },
    ]);
  });
});
