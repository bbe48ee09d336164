import { describe, expect, test } from "vitest";
import { defaultPolicy } from "../../src/governance/policy.ts";
import { planPrompt } from "../../src/modes/agent-prompt.ts";

describe("the question that asks for a plan", () => {
  const ask = (pullRequestFiles: readonly string[]) =>
    planPrompt({ prompt: "Go.", policy: defaultPolicy(), policyPath: "p.yml", pullRequestFiles });

  test("spells out what nobody would see in the name of a file", () => {
    const text = ask(["docs/a\u{E0049}\u{E0067}.md", 'a"\n- b', "plain.md"]);
    expect(text).toContain('- "docs/a<U+E0049><U+E0067>.md"\n- "a\\"\\n- b"\n- "plain.md"\n');
  });

  test("names at most 200 files and says how many more there are", () => {
    const text = ask(Array.from({ length: 203 }, (_, index) => `f${index}`));
    expect(text).toContain('- "f199"\n- and 3 more\n');
  });
});
