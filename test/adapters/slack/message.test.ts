import fc from "fast-check";
import { expect, test } from "vitest";
import { renderMessage } from "../../../src/adapters/slack/message.ts";
import type { Notice } from "../../../src/ports.ts";
import { findMessageProblems } from "./webhook-server.ts";

const NOTICE: Notice = {
  title: "Security gate failed twice",
  text: "npm audit & friends: 3 < 4",
  url: "https://github.com/acme/shop/pull/7?a=1&b=2",
  mentions: ["ada", "acme/owners"],
};
const render = (more: Partial<Notice>) => renderMessage({ ...NOTICE, ...more });
const texts = (more: Partial<Notice>) => render(more).blocks.map(({ text }) => text.text);

test("says what, to whom and where, in sections and once more as text", () => {
  const section = (text: string) => ({ type: "section", text: { type: "mrkdwn", text, verbatim: true } });
  expect(render({})).toEqual({
    text: [
      "Security gate failed twice",
      "npm audit &amp; friends: 3 &lt; 4",
      "@ada, @acme/owners",
      "<https://github.com/acme/shop/pull/7?a=1&amp;b=2>",
    ].join("\n"),
    blocks: [
      section("*Security gate failed twice*"),
      section("npm audit &amp; friends: 3 &lt; 4"),
      section("@ada, @acme/owners"),
      section("<https://github.com/acme/shop/pull/7?a=1&amp;b=2|Open>"),
    ],
  });
});

test("leaves out what is empty", () => {
  expect(texts({ title: " ", text: "\n", mentions: [] })).toEqual([
    "<https://github.com/acme/shop/pull/7?a=1&amp;b=2|Open>",
  ]);
});

test.each([
  "<!channel> look",
  "<@U0123456>",
  "<https://evil.test|Open>",
  "&lt;!here&gt;",
  "@here @Channel @everyone @all",
])("makes %j plain text wherever it stands", (words) => {
  const message = render({ title: words, text: words, mentions: [words] });
  expect(findMessageProblems(JSON.stringify(message))).toEqual([]);
  expect(message.blocks).toHaveLength(4);
});

test("shows characters that nobody would see", () => {
  expect(texts({ text: "pass\u202Eliaf\u200B" })[1]).toBe("pass&lt;U+202E&gt;liaf&lt;U+200B&gt;");
});

test("keeps a title on one line, and cuts it", () => {
  expect(texts({ title: "a\n\nb" })[0]).toBe("*a b*");
  expect(texts({ title: "x".repeat(400) })[0]).toBe(`*${"x".repeat(299)}…*`);
});

test("cuts a long text after three sections, between code points and between escapes", () => {
  for (const character of ["x", "&", "😀"]) {
    const sections = texts({ text: character.repeat(20_000) }).slice(1, -2);
    expect(sections).toHaveLength(3);
    expect(sections.map((section) => section.endsWith("…"))).toEqual([false, false, true]);
    expect(Math.min(...sections.map((section) => section.length))).toBeGreaterThan(2990);
  }
  expect(texts({ text: "x".repeat(8997) }).slice(1, -2)).toEqual(Array.from({ length: 3 }, () => "x".repeat(2999)));
});

test.each(["javascript:alert(1)", "not an address", "", `https://github.com/${"x".repeat(2000)}`])(
  "links no page for %j",
  (url) => {
    expect(texts({ url })).toEqual(texts({}).slice(0, 3));
    expect(render({ url }).text).not.toContain("<");
  },
);

test("links an address with characters that mean something in Slack's links", () => {
  expect(texts({ url: "https://github.com/a|b<c>?d=<e>|f" }).at(-1)).toBe(
    "<https://github.com/a%7Cb%3Cc%3E?d=%3Ce%3E%7Cf|Open>",
  );
});

test("makes a message that Slack takes of whatever it is told", () => {
  const token = fc.constantFrom(..."&<>|@*`\n\r x", "channel", "here", "😀", "\u202e", "\ud800");
  const short = fc.string({ unit: fc.oneof(token, fc.string({ maxLength: 3 })), maxLength: 12 });
  // Long by repetition, so that every limit is met at every offset.
  const words = fc.tuple(short, fc.nat(2000)).map(([part, times]) => part.repeat(times));
  const address = fc.oneof(fc.webUrl({ withQueryParameters: true, withFragments: true }), words);
  const notice = fc.record({ title: words, text: words, url: address, mentions: fc.array(words, { maxLength: 5 }) });
  fc.assert(
    fc.property(notice, (given) => {
      expect(findMessageProblems(JSON.stringify(renderMessage(given)))).toEqual([]);
    }),
    { endOnFailure: true },
  );
});
