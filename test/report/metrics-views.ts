import { measure } from "../../src/governance/metrics.ts";
import type { QualityFacts } from "../../src/governance/quality-facts.ts";
import type { Receipt } from "../../src/governance/receipts.ts";
import type { RiskClass } from "../../src/governance/risk.ts";
import type { MetricsReport } from "../../src/report/metrics-markdown.ts";
import { digestWith } from "../governance/builders.ts";
import {
  approved,
  committed,
  denied,
  evaluated,
  executed,
  published,
  receiptOf,
  refusalOf,
  type Step,
} from "../governance/metric-journals.ts";

const PERIOD = { since: "2026-09-28", until: "2026-11-22" };
const MINUTE = 60_000;

/** Steps of one plan; `minute` counts from its publication. */
type Story = (at: (minute: number) => string) => readonly Step[];

const STORIES = {
  executed: (at) => [approved(at(35)), committed(at(95)), executed(at(96))],
  slow: (at) => [approved(at(1_500)), committed(at(3_000)), executed(at(3_001))],
  failedFirst: (at) => [
    approved(at(20)),
    denied(at(50), "verification_failed"),
    approved(at(300), { subject: { eventId: 502 } }),
    committed(at(330)),
    { ...executed(at(331)), subject: { eventId: 502 } },
  ],
  denied: (at) => [approved(at(60)), denied(at(80), "parity_failed")],
  drifted: (at) => [approved(at(45)), denied(at(130), "plan_drifted")],
  stale: (at) => [denied(at(200), "head_moved")],
  open: () => [],
  failed: (at) => [denied(at(15), "codex_rate_limited")],
  stuck: (at) => [
    approved(at(40)),
    evaluated(at(41), { "code-quality/check/build": "fail", "security/sign-off/": "pending" }),
    evaluated(at(90), { "code-quality/check/build": "fail", "security/sign-off/": "pending" }),
    denied(at(600), "escalation_open", {
      findings: [{ code: "escalation_overdue", message: "`code-quality/check/build` is overdue; its owner is ada." }],
    }),
  ],
  signed: (at) => [
    approved(at(40)),
    evaluated(at(41), { "security/sign-off/": "pending" }),
    evaluated(at(90), {}),
    committed(at(110)),
    executed(at(111)),
  ],
} as const satisfies Record<string, Story>;

const RISKS: Partial<Record<keyof typeof STORIES, RiskClass>> = { stuck: "high", signed: "critical", denied: "medium" };

/** Which plans began in which week; a plan a pull request. */
const WEEKS: readonly (readonly (keyof typeof STORIES)[])[] = [
  ["executed", "denied"],
  ["executed", "stale", "failedFirst"],
  ["executed", "executed", "executed", "drifted", "denied"],
  [],
  ["executed", "executed", "slow", "signed", "stale", "denied", "failed"],
  ["executed", "executed", "executed", "executed", "failedFirst", "drifted", "stuck"],
  ["executed", "executed", "executed", "signed", "slow", "stale", "stale", "denied", "open"],
  ["executed", "executed", "executed", "executed", "executed", "executed", "open", "open", "drifted", "failed"],
];

const PEOPLE = ["ada", "grace", "linus", "rita"];

const receipts: readonly Receipt[] = WEEKS.flatMap((stories, week) =>
  stories.map((name, index): Receipt => {
    const number = 10 * (week + 1) + index;
    const start = Date.parse("2026-09-28T09:00:00Z") + (week * 7 + (index % 5)) * 24 * 60 * MINUTE;
    const at = (minute: number) => new Date(start + minute * MINUTE).toISOString();
    const own = { pullRequest: number, runId: number };
    const steps: readonly Step[] = STORIES[name](at);
    const requester = PEOPLE[index % PEOPLE.length] as string;
    return receiptOf([published(at(0), own), ...steps.map((step) => ({ ...step, pullRequest: number }))], {
      requester,
      riskClass: RISKS[name] ?? "standard",
      digest: digestWith("2"),
      commentId: number,
    });
  }),
);

const refusals = [
  refusalOf({ at: "2026-10-14T09:00:00Z", runId: 900 }),
  refusalOf({ at: "2026-11-17T09:00:00Z", runId: 901, reasonCode: "plan_protected_paths", actor: "ada" }),
];

const quality: QualityFacts = {
  repository: "acme/shop",
  labels: { defect: "defect", incident: "incident" },
  defects: ["2026-10-08T10:00:00Z", "2026-11-03T10:00:00Z", "2026-11-05T10:00:00Z", "2026-11-19T10:00:00Z"],
  incidents: ["2026-11-04T10:00:00Z"],
  pullRequests: receipts.map(({ plan }, index) => {
    const number = plan?.commentId ?? 0;
    const postedAt = new Map([[number, "2026-09-28T08:00:00Z"]]);
    const planComment = {
      planDigest: digestWith("2"),
      postedAt: "2026-09-28T08:06:30Z",
      up: index % 3,
      down: index % 2,
    };
    return { number, reviewFindings: { people: index % 4, bots: index % 2 }, planComments: [planComment], postedAt };
  }),
};

const SOUND = { bundles: 96, unsound: [], forks: [] };

/** A busy team that asked GitHub as well. */
export const busy: MetricsReport = {
  metrics: measure({ receipts: [...receipts, ...refusals], period: PERIOD, quality }),
  evidence: SOUND,
};

/** The same without GitHub, with bundles that do not count. */
export const doubtful: MetricsReport = {
  metrics: measure({ receipts, period: { since: null, until: null } }),
  evidence: {
    bundles: 97,
    unsound: [
      {
        name: "evidence/codex-plan-pr7-0123456789ab.zip",
        finding: { code: "evidence_invalid", message: "The evidence bundle does not hold together at run.patch." },
      },
    ],
    forks: [{ code: "evidence_invalid", message: "The journals of a.zip and b.zip differ from record 3 on." }],
  },
};

/** One plan and nothing to compare it with. */
export const first: MetricsReport = {
  metrics: measure({ receipts: receipts.slice(0, 1), period: PERIOD }),
  evidence: { ...SOUND, bundles: 1 },
};

export const empty: MetricsReport = {
  metrics: measure({ receipts: [], period: { since: "2026-11-16", until: null } }),
  evidence: { ...SOUND, bundles: 0 },
};

export const REPORTS = { busy, doubtful, first, empty } as const;
