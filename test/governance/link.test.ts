import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { aliasesOf, indexLinks } from "../../src/governance/link.ts";

type Links = Readonly<Record<string, string>>;
const aliases = (path: string, links: Links) =>
  aliasesOf(path, indexLinks(Object.entries(links).map(([at, target]) => ({ path: at, target }))));

describe("the other names of a path", () => {
  test.each<[what: string, path: string, links: Links, expected: readonly string[]]>([
    ["none without links", "a/b", {}, []],
    ["a link to the file", "a/b", { "x/y": "../a/b" }, ["x/y"]],
    ["a link with detours in its text", "a/b", { "x/y": "./../a//c/../b/" }, ["x/y"]],
    ["a link to its directory", "a/b/c", { x: "a" }, ["x/b/c"]],
    ["a link to the root", "a", { "x/root": ".." }, ["x/root/a"]],
    ["a link in another spelling", "Stra\u00dfe/b", { x: "STRASSE" }, ["x/b"]],
    ["two links to it", "a", { x: "a", y: "a" }, ["x", "y"]],
    ["a link to a link", "a/b", { x: "a", "y/z": "../x/b" }, ["x/b", "y/z"]],
    ["a link in a linked directory", "a/b", { "x/l": "../a", z: "x" }, ["x/l/b", "z/l/b"]],
    ["links that lead to each other, once each", "a/b", { "a/l": "m", "a/m": "l", "a/x": "b" }, ["a/x"]],
    ["a link to the directory around it, once", "a/b", { "a/self": "." }, ["a/self/b"]],
  ])("are %s", (_, path, links, expected) => {
    expect(aliases(path, links)).toEqual(expected);
  });

  test.each<[what: string, links: Links]>([
    ["an absolute link", { x: "/a/b" }],
    ["a link out of the tree that comes back in by name", { x: "../repository/a/b" }],
    ["a link to a neighbour", { x: "a/c" }],
    ["a link to what lies below", { x: "a/b/c" }],
    ["a link to a name that begins alike", { x: "a/bc" }],
  ])("have no part in %s", (_, links) => {
    expect(aliases("a/b", links)).toEqual([]);
  });

  test("come to an end, one for each link at most, whatever the links are", () => {
    const name = fc.constantFrom("a", "b", "c", "..", ".");
    const text = fc.array(name, { minLength: 1, maxLength: 4 }).map((segments) => segments.join("/"));
    const links = fc.array(fc.record({ path: text, target: text }), { maxLength: 12 });
    fc.assert(
      fc.property(text, links, (path, drawn) => {
        expect(aliasesOf(path, indexLinks(drawn)).length).toBeLessThanOrEqual(drawn.length);
      }),
    );
  });
});
