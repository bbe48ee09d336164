import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodePath, encodePath } from "../../../src/adapters/git/path-bytes.ts";

const bytes = fc.uint8Array({ maxLength: 24 }).map((array) => Buffer.from(array));
/** Bytes that are nearly UTF-8: valid text with pieces missing. */
const nearly = fc
  .tuple(fc.string({ unit: "grapheme", maxLength: 8 }), fc.nat(30), fc.nat(4))
  .map(([text, at, n]) => Buffer.concat([Buffer.from(text).subarray(0, at), Buffer.from(text).subarray(at + n)]));

describe("a file name as text", () => {
  test("gives its bytes back, whatever they are", () => {
    fc.assert(fc.property(fc.oneof(bytes, nearly), (name) => encodePath(decodePath(name)).equals(name)));
  });

  test("is well-formed text exactly when the name is UTF-8", () => {
    fc.assert(
      fc.property(fc.oneof(bytes, nearly), (name) => {
        const valid = Buffer.from(name.toString("utf8")).equals(name);
        return decodePath(name).isWellFormed() === valid && (!valid || decodePath(name) === name.toString("utf8"));
      }),
    );
  });

  test.each([
    ["a byte order mark", Buffer.from("\ufeffa"), "\ufeffa"],
    ["a lone byte beside good text", Buffer.from([0x61, 0xff, 0xc3, 0xa4]), "a\udcff\u00e4"],
    ["a surrogate in UTF-8's clothes", Buffer.from([0xed, 0xb3, 0xbf]), "\udced\udcb3\udcbf"],
    ["an overlong slash", Buffer.from([0xc0, 0xaf]), "\udcc0\udcaf"],
  ])("keeps %s", (_, name, text) => {
    expect(decodePath(name)).toBe(text);
  });

  test.each(["\ud800", "\udc00", "\udc7f", "a\udd00"])("is refused when no name decodes to it: %j", (text) => {
    expect(() => encodePath(text)).toThrow(expect.objectContaining({ code: "evidence_invalid" }));
  });
});
