import { parse } from "parse5";
import { describe, expect, it } from "vitest";
import type { Metrics } from "../../src/governance/metrics.ts";
import { renderMetricsChart } from "../../src/report/metrics-chart.ts";
import { durationText, percent } from "../../src/report/metrics-figures.ts";
import { renderMetricsJson } from "../../src/report/metrics-json.ts";
import { type MetricsReport, renderMetricsMarkdown } from "../../src/report/metrics-markdown.ts";
import { findReferences, RENDERERS, readHtml } from "./gfm.ts";
import { expectGolden } from "./golden-file.ts";
import { EVERYTHING } from "./hostile.ts";
import { busy, doubtful, empty, first, REPORTS } from "./metrics-views.ts";

describe("the golden files", () => {
  it.each(Object.entries(REPORTS))("show the report of a team that is %s", async (name, report) => {
    await expectGolden(`metrics-${name}.md`, renderMetricsMarkdown(report));
    await expectGolden(`metrics-${name}.svg`, renderMetricsChart(report.metrics));
  });

  it("show the report for programs", async () => {
    await expectGolden("metrics-doubtful.json", renderMetricsJson(doubtful));
  });
});

/** A report in which everything that others can write says `text`. */
function infest(text: string): MetricsReport {
  const { metrics } = busy;
  const quality = metrics.quality && { ...metrics.quality, repository: text, labels: { defect: text, incident: text } };
  const finding = { code: text, message: text };
  return {
    metrics: { ...metrics, quality } as Metrics,
    evidence: { bundles: 3, unsound: [{ name: text, finding }], forks: [finding] },
  };
}

describe.each(RENDERERS)("the page that %s makes of a report", (_name, render) => {
  it.each(Object.entries(REPORTS))("has tables whose rows are as long as their heads: %s", (_state, report) => {
    const { rows, blocks } = readHtml(render(renderMetricsMarkdown(report)));
    expect(blocks).toEqual([]);
    // By table: adoption, weeks, rates, times, classes; the gates have three columns and the reasons four.
    const weeks = report === busy ? 13 : 11;
    expect(new Set(rows.map(({ length }) => length))).toEqual(
      new Set(report === empty ? [4, 3, 5] : [4, weeks, 3, 5, 7]),
    );
  });

  it("is built like the one with ordinary texts, whatever labels, paths and findings say", () => {
    const calm = readHtml(render(renderMetricsMarkdown(infest("calm"))));
    const wild = readHtml(render(renderMetricsMarkdown(infest(EVERYTHING))));
    const withoutCode = (tags: readonly string[]) => tags.filter((tag) => tag !== "code");
    expect(withoutCode(wild.tags)).toEqual(withoutCode(calm.tags));
    expect(wild.attributes).toEqual(calm.attributes);
    expect(wild.titles).toEqual(calm.titles);
    expect(wild.links).toEqual([]);
    expect(findReferences(wild)).toEqual([]);
  });
});

describe("adoption", () => {
  it("never stands in a row without quality", () => {
    const [, section = ""] = renderMetricsMarkdown(busy).split(/^## .*$/m);
    const rows = section.split("\n").filter((line) => line.startsWith("| "));
    const cells = rows.slice(2).map((row) => row.split(" | "));
    expect(cells.length).toBeGreaterThan(6);
    for (const [, , quality = "", found = ""] of cells) expect([quality.trim(), found.trim()]).not.toContain("");
  });

  it("says where GitHub was not asked, rather than nothing", () => {
    expect(renderMetricsMarkdown(first)).toContain("not asked (`--github`)");
    expect(renderMetricsMarkdown(first)).toContain("no data");
  });
});

describe("long lists", () => {
  it("are cut, and say so", () => {
    const week = busy.metrics.weeks[2] as Metrics["weeks"][number];
    const weeks = Array.from({ length: 40 }, (_, index) => ({
      ...week,
      plans: 100 + index,
      endings: { ...week.endings, executed: 100 },
    }));
    const finding = { code: "evidence_invalid", message: "No." };
    const unsound = Array.from({ length: 2_000 }, (_, index) => ({ name: `${index}.zip`, finding }));
    const report = { metrics: { ...busy.metrics, weeks }, evidence: { bundles: 2_000, unsound, forks: [] } };
    const text = renderMetricsMarkdown(report);
    expect(text).toContain("_14 earlier weeks in the JSON report._");
    expect(text).toContain("a square is up to 7 plans");
    expect(text).toContain("_… and 1950 more in the JSON report._");
    expect(text.length).toBeLessThan(20_000);
    expect(JSON.parse(renderMetricsJson(report)).evidence.unsound).toHaveLength(2_000);
    expect(renderMetricsChart(report.metrics)).toContain("the last 8 of 40 weeks");
  });
});

describe("the picture", () => {
  interface Node {
    readonly tagName?: string;
    readonly attrs?: readonly { readonly name: string; readonly value: string }[];
    readonly childNodes?: readonly Node[];
  }
  const elementsOf = (node: Node): readonly Node[] => [
    ...(node.tagName ? [node] : []),
    ...(node.childNodes ?? []).flatMap(elementsOf),
  ];
  const elements = (svg: string) => elementsOf(parse(svg) as unknown as Node);
  const ALLOWED = new Set("html head body svg title desc style defs pattern path rect text line circle".split(" "));

  it.each(Object.entries(REPORTS))(
    "has a name, a description, and nothing that loads or runs: %s",
    (_state, { metrics }) => {
      const svg = renderMetricsChart(metrics);
      expect(svg).toMatch(/^<svg [^>]*role="img" aria-labelledby="title desc">/);
      const all = elements(svg);
      expect(all.map(({ tagName }) => tagName).filter((tag) => !ALLOWED.has(tag ?? ""))).toEqual([]);
      const attributes = all.flatMap(({ attrs = [] }) => attrs);
      expect(attributes.filter(({ name }) => /^on|href/.test(name))).toEqual([]);
      expect(svg.replace("http://www.w3.org/2000/svg", "")).not.toMatch(/https?:|@import|javascript:/);
      expect(svg).not.toMatch(/NaN|Infinity|undefined|null/);
    },
  );

  it("stays well-formed and builds no other element, whatever the labels say", () => {
    const tags = (svg: string) => elements(svg).map(({ tagName }) => tagName);
    const hostile = `</text><script>alert(1)</script>"'&<!--]]>\u0000\u0008\u{202E}\uD800 ${EVERYTHING}`;
    const svg = renderMetricsChart(infest(hostile).metrics);
    expect(tags(svg)).toEqual(tags(renderMetricsChart(infest("calm").metrics)));
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what XML does not allow.
    expect(svg).not.toMatch(/[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]/);
    expect(svg.isWellFormed()).toBe(true);
  });

  it("draws everything inside of its edges, and bars as high as the numbers say", () => {
    const svg = renderMetricsChart(busy.metrics);
    const [, width = 0, height = 0] = /viewBox="0 0 (\d+) (\d+)"/.exec(svg)?.map(Number) ?? [];
    const boxes = [
      ...svg.matchAll(/<rect x="([\d.]+)" y="([\d.]+)" width="([\d.]+)" height="([\d.]+)" class="executed"/g),
    ];
    const [legend, ...bars] = boxes.map((match) => match.slice(1).map(Number) as [number, number, number, number]);
    expect(legend).toBeDefined();
    for (const [x, y, w, h] of bars) {
      expect(x + w).toBeLessThan(width);
      expect(y + h).toBeLessThan(height);
    }
    const executed = busy.metrics.weeks.map(({ endings }) => endings.executed).filter((amount) => amount > 0);
    const unit = ((bars[0]?.[3] ?? 0) + 1) / (executed[0] ?? 1);
    for (const [index, bar] of bars.entries()) expect(bar[3] + 1).toBeCloseTo(unit * (executed[index] ?? 0), 1);
    for (const [, x, y] of svg.matchAll(/<text x="([\d.]+)" y="([\d.]+)"/g)) {
      expect(Number(x)).toBeLessThan(width);
      expect(Number(y)).toBeLessThan(height);
    }
  });
});

it.each([
  [null, "no data"],
  [0, "0 s"],
  [59.6, "1 min"],
  [61, "1 min 1 s"],
  [3_600, "1 h"],
  [7_500, "2 h 5 min"],
  [86_400, "1 d"],
  [273_600, "3 d 4 h"],
])("%s seconds read %s", (seconds, text) => {
  expect(durationText(seconds)).toBe(text);
});

it.each([
  [0, "0%"],
  [0.001, "< 1%"],
  [0.5, "50%"],
  [0.999, "> 99%"],
  [1, "100%"],
])("a rate of %s reads %s", (rate, text) => {
  expect(percent(rate)).toBe(text);
});
