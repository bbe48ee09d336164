import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { REVIEW_RULES } from "../../src/governance/review-entry.ts";
import { renderReviewNote } from "../../src/report/review-note.ts";
import { findReferences, RENDERERS, type Rendered, readHtml } from "./gfm.ts";
import { expectGolden } from "./golden-file.ts";
import { EVERYTHING, hostileText, MAGIC_WORDS } from "./hostile.ts";
import { CALM, EVENTFUL, noteWith } from "./review-notes.ts";

const skeleton = ({ tags }: Rendered) => tags.filter((tag) => tag !== "code");

describe("the review note", () => {
  it("is shown with every rule, and with none", async () => {
    const rules = Object.values(EVENTFUL.sections).flatMap((entries) => entries.map(({ rule }) => rule));
    expect(new Set(rules)).toEqual(new Set(Object.keys(REVIEW_RULES)));
    await expectGolden("review-note-eventful.md", renderReviewNote(EVENTFUL));
    await expectGolden("review-note-calm.md", renderReviewNote(CALM));
  });

  it("shows ten plans of an entry and counts the others", () => {
    const [entry] = EVENTFUL.sections.workflows;
    const plans = Array.from({ length: 13 }, (_, at) => ({ pullRequest: at + 1, planDigest: undefined, what: "x" }));
    const sections = { repositories: [], instructions: [], workflows: entry ? [{ ...entry, plans }] : [] };
    const text = renderReviewNote({ ...EVENTFUL, sections });
    expect(text.match(/^\| `#\d+`/gm)).toHaveLength(10);
    expect(text).toContain("… and 3 more, in the JSON.");
  });

  it("shows twenty bundles that are not believed and counts the others", () => {
    const leftOut = Array.from({ length: 22 }, (_, at) => ({ code: "evidence_invalid", message: `bundle ${at}` }));
    const text = renderReviewNote({ ...CALM, leftOut });
    expect(text.match(/^- bundle/gm)).toHaveLength(20);
    expect(text).toContain("- and 2 more, in the JSON");
  });
});

describe.each(RENDERERS)("the review note rendered by %s", (_name, render) => {
  const pageOf = (text: string) => readHtml(render(renderReviewNote(noteWith(text))));
  const calm = pageOf("not a name");

  /** Built like the page with an ordinary text in all places, and refers to nothing. */
  function expectInert(text: string): void {
    const page = pageOf(text);
    expect(skeleton(page)).toEqual(skeleton(calm));
    expect(page.blocks).toHaveLength(calm.blocks.length);
    expect(page.rows.map(({ length }) => length)).toEqual(calm.rows.map(({ length }) => length));
    expect([page.comments, page.links, page.attributes, findReferences(page)]).toEqual([[], [], [], []]);
  }

  it("keeps hostile text what it is, wherever it stands", () => {
    expectInert(EVERYTHING);
    for (const word of MAGIC_WORDS) expectInert(word);
    fc.assert(
      fc.property(hostileText, (text) => {
        fc.pre(text.trim() !== "");
        expectInert(text);
      }),
      { numRuns: 20 },
    );
  });

  it("refers to nobody and to no other pull request as it stands", () => {
    for (const note of [EVENTFUL, CALM]) expect(findReferences(readHtml(render(renderReviewNote(note))))).toEqual([]);
  });
});
