import { describe, expect, test } from "vitest";
import { CODEOWNERS_PATHS, isOwnerOfAll, parseOwners } from "../../src/governance/owners.ts";

test("GitHub looks for CODEOWNERS in three places, in this order", () => {
  expect(CODEOWNERS_PATHS).toEqual([".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS"]);
});

describe("a pattern of CODEOWNERS", () => {
  test.each<[string, string[], string[]]>([
    ["*", ["a", "a/b/c.ts", ".env", "a/.b/c"], []],
    ["*.js", ["a.js", "x/y/a.js"], ["a.jsx", "a.ts"]],
    ["/*.js", ["a.js"], ["x/a.js"]],
    ["/build/logs/", ["build/logs/a", "build/logs/x/a"], ["build/logs", "x/build/logs/a", "build/other"]],
    ["docs/*", ["docs/a.md"], ["docs/x/a.md", "x/docs/a.md", "docs"]],
    ["apps/", ["apps/a", "x/apps/y/a"], ["apps", "myapps/a"]],
    ["/docs/", ["docs/a", "docs/x/a"], ["x/docs/a", "docs"]],
    ["/docs", ["docs", "docs/a/b"], ["x/docs"]],
    ["/scripts/ci", ["scripts/ci", "scripts/ci/a"], ["x/scripts/ci", "scripts/cid"]],
    ["**/logs", ["logs/a", "x/logs/a", "x/y/logs"], ["x/logss"]],
    ["src/**/test", ["src/test", "src/a/b/test", "src/a/test/x"], ["test", "x/src/test"]],
    ["Makefile", ["Makefile", "x/Makefile", "Makefile/x"], ["makefile", "Makefile.am"]],
    ["a?c", ["abc", "x/abc"], ["ac", "a/c"]],
    ["app/(group)/", ["app/(group)/page.tsx"], ["app/group/page.tsx"]],
    ["x{a,b}.js", ["x{a,b}.js"], ["xa.js"]],
    ["a|b", ["a|b"], ["a", "b"]],
    ["a+b@c", ["a+b@c"], ["aab@c"]],
  ])("%s", (pattern, matching, others) => {
    const ownersOf = parseOwners(`${pattern} @team`);
    expect(matching.filter((path) => ownersOf(path)[0] !== "@team")).toEqual([]);
    expect(others.filter((path) => ownersOf(path).length > 0)).toEqual([]);
  });
});

describe("the owners of a path", () => {
  const FILE = [
    "# A comment of @nobody",
    "",
    "*       @everyone   mail@example.org # and a remark @x",
    "  src/  @src\t@src-2",
    "/src/free.ts",
    "#*      @comment",
    "a#b     @hash",
    "!src/x  @negated",
    "s[rc]c  @class",
    "z]      @class",
    "wow!x   @wow",
  ].join("\r\n");

  test.each<[string, string[]]>([
    ["README.md", ["@everyone", "mail@example.org"]],
    ["src/a.ts", ["@src", "@src-2"]],
    ["src/free.ts", []],
    ["src/x", ["@src", "@src-2"]],
    ["a#b", ["@hash"]],
    ["#x", ["@everyone", "mail@example.org"]],
    ["wow!x", ["@wow"]],
    ["src", ["@everyone", "mail@example.org"]],
    ["z]", ["@everyone", "mail@example.org"]],
  ])("%s are %j: the last rule that matches wins", (path, owners) => {
    expect(parseOwners(FILE)(path)).toEqual(owners);
  });

  test("are nobody without a rule", () => {
    expect(parseOwners("")("a")).toEqual([]);
    expect(parseOwners("\n \n# x\n")("a")).toEqual([]);
    expect(parseOwners("/b @b")("a")).toEqual([]);
  });

  test("are not those of a remark, whatever signs it has", () => {
    expect(parseOwners("* @a # see\u{2028}@b")("x")).toEqual(["@a"]);
    expect(parseOwners("* @a # see\r@b")("x")).toEqual(["@a"]);
  });

  test("are found with plain line feeds too", () => {
    expect(parseOwners("* @a\n*.ts @b")("x.ts")).toEqual(["@b"]);
  });
});

describe("an owner of all that is owned", () => {
  const none: readonly string[] = [];
  const naming =
    (...names: readonly string[]) =>
    (owner: string) =>
      names.includes(owner) || (owner.startsWith("@closed/") ? "unknown" : false);

  test.each<[string, readonly (readonly string[])[], boolean | "unknown"]>([
    ["owns the only path", [["@ada"]], true],
    ["is one of a path's owners", [["@grace", "@ada"]], true],
    ["owns every path, as a person or through a team", [["@ada"], ["@acme/pay", "@grace"]], true],
    ["is not asked about paths that nobody owns", [none, ["@ada"], none], true],
    ["owns one of two paths", [["@ada"], ["@grace"]], false],
    ["owns nothing", [["@grace"]], false],
    ["is not to be found where nobody owns anything", [none, none], false],
    ["is not to be found without paths", [], false],
    ["may be in a team that cannot be read", [["@ada"], ["@grace", "@closed/team"]], "unknown"],
    ["needs no team that cannot be read", [["@closed/team", "@ada"]], true],
    ["lacks a path whatever the team that cannot be read says", [["@closed/team"], ["@grace"]], false],
  ])("%s", (_, owners, expected) => {
    expect(isOwnerOfAll(owners, naming("@ada", "@acme/pay"))).toBe(expected);
  });
});

test("a blank of a name is written with a backslash", () => {
  const ownersOf = parseOwners("* @all\n/my\\ dir/ @sec\nread\\ me.md @docs @web\n");
  expect(ownersOf("my dir/x")).toEqual(["@sec"]);
  expect(ownersOf("docs/read me.md")).toEqual(["@docs", "@web"]);
  expect(ownersOf("my/x")).toEqual(["@all"]);
});
