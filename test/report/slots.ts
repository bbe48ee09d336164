import { digestOf } from "../../src/governance/digest.ts";
import type { Finding } from "../../src/governance/outcome.ts";
import type { Plan } from "../../src/governance/plan.ts";
import type { FileResult, RunView } from "../../src/report/view.ts";

type Fill = (view: RunView, text: string) => RunView;

const inPlan =
  (change: (plan: Plan, text: string) => Partial<Plan>): Fill =>
  (view, text) => ({ ...view, plan: view.plan && { ...view.plan, ...change(view.plan, text) } });

const inFinding =
  (key: keyof Finding): Fill =>
  (view, text) => ({
    ...view,
    outcome: {
      ...view.outcome,
      findings: [{ code: "x", message: "m", path: "p", expected: "e", got: "g", [key]: text }],
    },
  });

const outside = (file: Partial<FileResult>): FileResult => ({
  path: "p",
  approved: undefined,
  asked: "create",
  verdict: "declined",
  ...file,
});

/** Every place of a report that somebody else than us can fill, one at a time. */
export const SLOTS: Readonly<Record<string, Fill>> = {
  "plan summary": inPlan((_, summary) => ({ summary })),
  "title of a step": inPlan((_, title) => ({ steps: [{ title, rationale: "why", files: ["a"] }] })),
  "reason of a step": inPlan((_, rationale) => ({ steps: [{ title: "what", rationale, files: ["a"] }] })),
  "file of a step": inPlan((_, file) => ({ steps: [{ title: "what", rationale: "why", files: [file, file] }] })),
  "path of a file": inPlan(({ files }, path) => ({ files: files.map((file) => ({ ...file, path })) })),
  "old path of a file": inPlan(({ files }, from) => ({ files: files.map((file) => ({ ...file, from })) })),
  "reason of a file": inPlan(({ files }, reason) => ({ files: files.map((file) => ({ ...file, reason })) })),
  risk: inPlan((_, text) => ({ risks: [text, text] })),
  rollback: inPlan((_, rollback) => ({ rollback })),
  "verification command": inPlan((_, text) => ({ verification: [text, text] })),
  suggestion: inPlan((_, text) => ({ suggestions: [text, text] })),
  prompt: (view, text) => ({ ...view, prompt: { text, digest: digestOf("x") } }),
  "drift diff": (view, diff) => ({ ...view, drift: { mode: "scope", classes: ["file_added"], diff } }),
  "drift class": (view, text) => ({ ...view, drift: { mode: "scope", classes: [text, text], diff: "d" } }),
  patch: (view, patch) => ({ ...view, patch }),
  "output of a command": (view, output) => ({
    ...view,
    verification: [{ command: "npm test", exitCode: 1, timedOut: false, output }],
  }),
  "command that was run": (view, command) => ({
    ...view,
    verification: [{ command, exitCode: 1, timedOut: false, output: "o" }],
  }),
  "message of a finding": inFinding("message"),
  "path of a finding": inFinding("path"),
  "expectation of a finding": inFinding("expected"),
  "fact of a finding": inFinding("got"),
  "path outside the plan": (view, path) => ({ ...view, files: [outside({ path })] }),
  "old path outside the plan": (view, from) => ({ ...view, files: [outside({ from })] }),
  "method of an escalation": (view, method) => ({ ...view, escalations: [{ method, detail: "d" }] }),
  "detail of an escalation": (view, detail) => ({ ...view, escalations: [{ method: "m", detail }] }),
  "path to look at first": (view, path) => ({
    ...view,
    handOff: view.handOff && {
      ...view.handOff,
      review: [
        { path, riskClass: "high", lines: 3 },
        { path, riskClass: "standard", lines: undefined },
      ],
    },
  }),
  "suite that is concerned": (view, text) => ({
    ...view,
    handOff: view.handOff && { ...view.handOff, impactedTests: [text, text] },
  }),
  owner: (view, text) => ({ ...view, owners: new Map([[view.plan?.files[0]?.path ?? "", [text, text]]]) }),
  "instruction file": (view, text) => ({ ...view, instructionSources: [text, text] }),
  "artifact name": (view, name) => ({ ...view, artifact: { name, url: "https://github.com/a/b/actions/runs/1" } }),
  "base branch": (view, baseRef) => ({ ...view, baseRef }),
  model: (view, text) => ({ ...view, codex: { version: "1", model: text, effort: text } }),
  requester: (view, requester) => ({ ...view, requester }),
  "who re-ran the request": (view, coRequester) => ({ ...view, coRequester }),
  "who caused the attempt": (view, by) => ({ ...view, rerun: { attempt: 2, by } }),
  approver: (view, approver) => ({ ...view, approver }),
  label: (view, label) => ({ ...view, label }),
  "command word": (view, command) => ({ ...view, command }),
  "time of an event": (view, at) => ({ ...view, timeline: [{ at, what: "w", who: "x", decision: "info" }] }),
  event: (view, what) => ({ ...view, timeline: [{ at: "t", what, who: "x", decision: "info" }] }),
  "person of an event": (view, who) => ({ ...view, timeline: [{ at: "t", what: "w", who, decision: "info" }] }),
};
