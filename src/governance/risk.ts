import picomatch from "picomatch";
import { FINAL_DECISION, type GateName } from "./gates.ts";
import { globMatcher } from "./glob.ts";
import type { Plan } from "./plan.ts";
import { touchedPaths } from "./plan-rules.ts";
import type { Policy } from "./policy.ts";

/** How much a change can break, in rising order. */
export const RISK_CLASSES = ["standard", "medium", "high", "critical"] as const;
export type RiskClass = (typeof RISK_CLASSES)[number];

/** The classes that a policy can put requirements on. */
export const GOVERNED_CLASSES = ["medium", "high", "critical"] as const;
export type GovernedClass = (typeof GOVERNED_CLASSES)[number];

interface Preset {
  readonly riskClass: GovernedClass;
  /** Matched whatever the case, as file systems may take two spellings for one file. */
  readonly globs: readonly string[];
  /** Words of camel-case names: `AuthController.java`, `authGuard.ts`, `UserAuth.cs`, `SSOLogin.java`, `userAuth/`. */
  readonly names: readonly string[];
}

/** Globs of a word as a directory, as a file, and as a part of a longer name. */
function wordGlobs(words: readonly string[], partWords = words): readonly string[] {
  const all = `{${words.join(",")}}`;
  const parts = `{${partWords.join(",")}}`;
  return [
    `**/${all}/**`,
    `**/${all}.*`,
    `**/${parts}[_-]*`,
    `**/${parts}[_-]*/**`,
    `**/*[._-]${parts}/**`,
    `**/*[._-]${parts}[_-]*/**`,
    `**/*[._-]${parts}{.,_,-}*`,
  ];
}

/** Paths whose failure is hard to contain, as they are named across ecosystems. */
export const PRESETS = {
  auth: {
    riskClass: "high",
    globs: wordGlobs([..."auth authn authz authentication authorization oauth oauth2 sso saml login".split(" ")]),
    names: ["Auth", "Authentication", "Authorization", "OAuth", "OAuth2", "Oauth", "Oauth2", "Sso", "Saml", "Login"],
  },
  billing: {
    riskClass: "high",
    // As part of a name, `checkout` is mostly git's.
    globs: wordGlobs(
      [..."billing payment payments invoice invoices checkout".split(" ")],
      [..."billing payment payments invoice invoices".split(" ")],
    ),
    names: ["Billing", "Payment", "Payments", "Invoice", "Invoices", "Checkout"],
  },
  permissions: {
    riskClass: "high",
    globs: wordGlobs([..."permission permissions rbac acl acls iam".split(" ")]),
    names: ["Permission", "Permissions", "Rbac", "Acl", "Iam"],
  },
  migrations: {
    riskClass: "critical",
    globs: [
      "**/{migrations,migrate,post_migrate,db_migration}/**",
      "**/*.migration.*",
      // Flyway, Liquibase, Alembic, Rails, Prisma, golang-migrate
      "**/db/migration/**",
      "**/{db,liquibase}/changelog/**",
      "**/{changelog,*-changelog}-[0-9]*.xml",
      "**/alembic/versions/**",
      "**/db/{schema.rb,structure.sql}",
      "**/schema.prisma",
      "**/*.{up,down}.sql",
    ],
    names: [],
  },
} as const satisfies Record<string, Preset>;

export type PresetName = keyof typeof PRESETS;
export const PRESET_NAMES = Object.keys(PRESETS) as PresetName[];

/** What a change of any project may break for everybody who builds it. */
const MEDIUM_GLOBS: readonly string[] = [
  ".github/**",
  "**/Dockerfile*",
  "**/{package,package-lock,composer}.json",
  "**/{go.mod,go.sum,Cargo.toml,Cargo.lock,pom.xml,pyproject.toml,requirements*.txt,yarn.lock,pnpm-lock.yaml}",
  "**/{terraform,helm,k8s,deploy}/**",
];

export interface RiskFacts {
  readonly risk: Policy["risk"];
  /** The class that the requester declares. It raises the class, it never lowers it. */
  readonly declared?: RiskClass | undefined;
}

/** The highest of what one of the plan's paths demands and what is declared. */
export function classifyRisk(plan: Plan, { risk, declared = "standard" }: RiskFacts): RiskClass {
  const paths = touchedPaths(plan.files);
  const isDemanded = (riskClass: RiskClass) =>
    riskClass !== "standard" && matchersOf(riskClass, risk).some((matches) => paths.some((path) => matches(path)));
  const rising = RISK_CLASSES.filter((riskClass) => riskClass === declared || isDemanded(riskClass));
  return rising.at(-1) as RiskClass;
}

function matchersOf(riskClass: GovernedClass, risk: Policy["risk"]): readonly ((path: string) => boolean)[] {
  const presets: readonly Preset[] = risk.presets.map((name) => PRESETS[name]);
  const chosen = presets.filter((preset) => preset.riskClass === riskClass);
  const globs = [
    ...chosen.flatMap((preset) => preset.globs),
    // The name of a directory means what is below it as well.
    ...risk[riskClass].paths.flatMap((glob) => [glob, `${glob}/**`]),
    ...(riskClass === "medium" ? MEDIUM_GLOBS : []),
  ];
  return [globMatcher(globs), picomatch(camelGlobs(chosen.flatMap(({ names }) => names)), { dot: true })];
}

/** Globs of the words in names of files and directories, where they start and where they stand later. */
function camelGlobs(names: readonly string[]): string[] {
  if (names.length === 0) return [];
  const later = names.join(",");
  const first = [...names, ...names.map((name) => name.charAt(0).toLowerCase() + name.slice(1))].join(",");
  const upper = names.map((name) => name.toUpperCase()).join(",");
  const starts = [`**/{${first}}[A-Z]*`, `**/{${upper}}[A-Z][a-z]*`];
  const parts = [`**/*[a-z0-9]{${later}}`, `**/*[a-z0-9]{${later}}[A-Z]*`];
  return [...[...starts, ...parts].flatMap((glob) => [glob, `${glob}/**`]), `**/*[a-z0-9]{${later}}.*`];
}

/** What a class demands before a plan of it may be executed. */
export interface Requirements {
  readonly declarations: boolean;
  /** Different people, the one who applied the label included. */
  readonly approvals: number;
  /** Whose approvals count; empty: anybody with write access. */
  readonly approvers: readonly string[];
  /** In the order of the gates' table, the final decision included. */
  readonly gates: readonly GateName[];
  readonly rehearsal: boolean;
  readonly maxFiles: number | null;
  readonly maxLines: number | null;
}

const NOTHING: Requirements = {
  declarations: false,
  approvals: 0,
  approvers: [],
  gates: [],
  rehearsal: false,
  maxFiles: null,
  maxLines: null,
};

/**
 * The requirements of a class. A class demands at least what the classes below it demand: otherwise a declared higher
 * class could be a way around them. `standard` demands nothing.
 */
export function requirementsOf({ risk }: Pick<Policy, "risk">, riskClass: RiskClass): Requirements {
  const classes = GOVERNED_CLASSES.slice(0, RISK_CLASSES.indexOf(riskClass));
  return classes.reduce((below, name): Requirements => {
    const own = risk[name];
    const gates = new Set<GateName>([...below.gates, ...own.gates]);
    gates.delete(FINAL_DECISION);
    return {
      // Always true above medium.
      declarations: own.declarations,
      approvals: Math.max(below.approvals, own.approvals),
      approvers: own.approvers.length > 0 ? own.approvers : below.approvers,
      gates: gates.size > 0 ? [...gates, FINAL_DECISION] : [],
      rehearsal: below.rehearsal || own.rehearsal,
      maxFiles: lowest(below.maxFiles, own["max-files"]),
      maxLines: lowest(below.maxLines, own["max-lines"]),
    };
  }, NOTHING);
}

/** Whether a class demands people, gates or a rehearsal; limits on size alone are kept without any of them. */
export function isDemanding({ declarations, approvals, approvers, gates, rehearsal }: Requirements): boolean {
  return declarations || approvals > 1 || approvers.length > 0 || gates.length > 0 || rehearsal;
}

/** The lower of two limits; `null` is none. */
export function lowest(a: number | null, b: number | null): number | null {
  return a === null || b === null ? (a ?? b) : Math.min(a, b);
}
