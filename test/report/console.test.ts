import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { quoteForeign, renderConsole } from "../../src/report/console.ts";
import { renderSummary } from "../../src/report/summary.ts";
import { displayWidth, wrapLine } from "../../src/governance/wrapping.ts";
import { EVERYTHING, hostileText } from "./hostile.ts";
import { denied, planned } from "./views.ts";

const TOKEN = "5c7b1f0e9a8d4c3b";

/** How the runner reads a line: `::` after any white space, `##[` anywhere. */
const isCommand = (line: string): boolean => /^\s*::/.test(line) || line.includes("##[");

describe("the run's log", () => {
  it("has no command but the two that switch commands off and on again, whatever the text", () => {
    fc.assert(
      fc.property(hostileText, (text) => {
        const lines = quoteForeign(text, TOKEN);
        expect(lines[0]).toBe(`::stop-commands::${TOKEN}`);
        expect(lines.at(-1)).toBe(`::${TOKEN}::`);
        expect(lines.slice(1, -1).filter(isCommand)).toEqual([]);
        expect(lines.join("\n").split("\n")).toHaveLength(lines.length);
      }),
    );
  });

  it("is at most 80 columns wide, and shows nothing of ours between the two commands", () => {
    const file = { path: EVERYTHING, operation: "modify", reason: EVERYTHING } as const;
    const lines = renderConsole({ ...denied, plan: planned.plan && { ...planned.plan, files: [file] } }, TOKEN);
    expect(lines.filter((line) => displayWidth(line) > 80)).toEqual([]);
    expect(lines.filter(isCommand)).toEqual([`::stop-commands::${TOKEN}`, `::${TOKEN}::`]);
    expect(lines[0]).toBe("DENY parity_failed: Codex asked for changes outside the approved plan");
  });

  it("counts what is more than 50 lines", () => {
    const files = Array.from({ length: 60 }, (_, index) => ({
      path: `f${index}`,
      operation: "create" as const,
      reason: "",
    }));
    const lines = renderConsole({ ...planned, plan: planned.plan && { ...planned.plan, files } }, TOKEN);
    expect(lines).toContain("| create f49");
    expect(lines).toContain("| … and 10 more");
    expect(lines).not.toContain("| create f50");
  });
});

describe("wrapped lines", () => {
  it("are never longer than the width and lose nothing but blanks", () => {
    fc.assert(
      fc.property(hostileText, fc.integer({ min: 5, max: 90 }), (text, width) => {
        const lines = wrapLine(text, width, "  ");
        for (const line of lines) expect(displayWidth(line)).toBeLessThanOrEqual(width);
        expect(lines.join("").replaceAll(" ", "")).toBe(text.replaceAll(" ", ""));
      }),
    );
  });
});

describe("the diagram of the timeline", () => {
  it("has only letters, digits and our own marks, whatever an entry says", () => {
    fc.assert(
      fc.property(hostileText, hostileText, (what, who) => {
        const entry = { at: "2026-11-20T09:04:12Z", what, who, decision: "deny" } as const;
        const [, diagram] =
          /^```mermaid\ntimeline\n([\s\S]*?)\n```$/m.exec(renderSummary({ ...planned, timeline: [entry] })) ?? [];
        expect(diagram).toMatch(/^ {4}2026-11-20 09\.04 : ⛔ [A-Za-z0-9 ]+$/);
      }),
    );
  });

  it("is left out when no entry has a time", () => {
    const entry = { at: "now", what: "x", who: undefined, decision: "info" } as const;
    expect(renderSummary({ ...planned, timeline: [entry] })).not.toContain("mermaid");
  });
});
