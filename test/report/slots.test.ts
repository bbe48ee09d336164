import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { renderCheckSummary } from "../../src/report/check.ts";
import { renderComment } from "../../src/report/comment.ts";
import { renderSummary } from "../../src/report/summary.ts";
import type { RunView } from "../../src/report/view.ts";
import { findReferences, RENDERERS, type Rendered, readHtml } from "./gfm.ts";
import { EVERYTHING, hostileText, MAGIC_WORDS } from "./hostile.ts";
import { SLOTS } from "./slots.ts";
import { denied, drifted, executed, planned, refused } from "./views.ts";

type Document = (view: RunView) => string;
type Fill = (view: RunView, text: string) => RunView;

/** A state in which as many sections as possible are there, and those in which others are. */
const FULL: RunView = { ...drifted, patch: "+x", escalations: denied.escalations };
const PAGES: readonly (readonly [Document, RunView])[] = [
  [renderComment, FULL],
  [renderCheckSummary, FULL],
  [renderSummary, FULL],
  [renderComment, planned],
  [renderComment, executed],
  [renderComment, refused],
];

/** What a page is built of, without what a text in it may rightly be: code, or a link to a person. */
const skeleton = ({ tags }: Rendered): readonly string[] => tags.filter((tag) => tag !== "code" && tag !== "a");

const counted = (titles: readonly string[]): readonly string[] =>
  titles.map((title) => title.replace(/[\d,]+/g, "0").replace(/characters?/, "characters"));

describe.each(RENDERERS)("rendered by %s", (_name, render) => {
  /** The page is built like the one with an ordinary text in that place, and refers to nothing. */
  function expectInert(text: string, fill: Fill, pages: typeof PAGES): void {
    for (const [document, view] of pages) {
      const page = readHtml(render(document(fill(view, text))));
      const calm = readHtml(render(document(fill(view, "not a name"))));
      expect(skeleton(page)).toEqual(skeleton(calm));
      expect(counted(page.titles)).toEqual(counted(calm.titles));
      expect(page.blocks).toHaveLength(calm.blocks.length);
      expect(page.rows.map(({ length }) => length)).toEqual(calm.rows.map(({ length }) => length));
      expect(page.comments).toEqual(document === renderComment ? [expect.stringContaining("plan=")] : []);
      expect(page.attributes.filter((name) => name !== "details open")).toEqual([]);
      expect(page.links.filter((href) => !href.startsWith("https://github.com/"))).toEqual([]);
      expect(findReferences(page)).toEqual([]);
    }
  }

  it.each(Object.entries(SLOTS))("a hostile text stays text as %s", (_slot, fill) => {
    expectInert(EVERYTHING, fill, PAGES);
    expectInert(MAGIC_WORDS.join(" "), fill, PAGES.slice(0, 1));
    fc.assert(
      fc.property(hostileText, (text) => {
        fc.pre(text.trim() !== "");
        expectInert(text, fill, PAGES.slice(0, 1));
      }),
      { numRuns: 3 },
    );
  });
});

describe("the oracle for references", () => {
  it.each(MAGIC_WORDS)("finds %s where it stands outside of code, and not inside", (word) => {
    const [, render] = RENDERERS[0] ?? [];
    expect(findReferences(readHtml(render?.(`see \\${word} here`) ?? ""))).not.toEqual([]);
    expect(findReferences(readHtml(render?.(`see \`${word}\` here`) ?? ""))).toEqual([]);
  });
});
