import { DEADLINE_GRAMMAR, parseDeadline } from "./deadline.ts";
import { nearestName } from "./nearest.ts";
import type { Finding } from "./outcome.ts";
import type { Policy } from "./policy.ts";
import { RISK_CLASSES, type RiskClass, requirementsOf } from "./risk.ts";
import { isPlainLine } from "./visible.ts";

interface Declaration {
  /** The key in the policy's `declarations`. */
  readonly name: string;
  /** The trailer's token in the command comment. */
  readonly token: string;
  readonly expected: string;
  readonly description: string;
  readonly example: string;
  /** The value in its one notation; undefined when it is none. */
  readonly read: (value: string) => string | undefined;
}

const MAX_TEXT = 500;

/** Words that stand where an answer should. */
const PLACEHOLDER = /^(?:[-?.x*_ ]+|n\/?a|none|null|nil|nobody|no one|tbd|tba|tbc|todo|unknown|later)[.!]?$/i;

const readText = (value: string) =>
  value.length <= MAX_TEXT && value !== "" && isPlainLine(value) && !PLACEHOLDER.test(value) ? value : undefined;

const readLogin = (value: string) => {
  const login = value.replace(/^@/, "");
  return /^[A-Za-z0-9](?:[A-Za-z0-9_-]{0,98}[A-Za-z0-9])?$/.test(login) && !PLACEHOLDER.test(login) ? login : undefined;
};

const readRiskClass = (value: string) => RISK_CLASSES.find((riskClass) => riskClass === value.toLowerCase());

const TEXT = `one line of at most ${MAX_TEXT} visible characters that says it`;
const LOGIN = "the login of a person";

/** Everything that is declared before high-risk work, in the order in which it is shown. */
export const DECLARATIONS = [
  {
    name: "risk-class",
    token: "Risk-Class",
    expected: RISK_CLASSES.join(", "),
    description: "How much the change can break.",
    example: "high",
    read: readRiskClass,
  },
  {
    name: "go-no-go-owner",
    token: "Go-No-Go-Owner",
    expected: LOGIN,
    description: "Login of the person who decides whether the change is made.",
    example: "ada",
    read: readLogin,
  },
  {
    name: "rollback-trigger",
    token: "Rollback-Trigger",
    expected: TEXT,
    description: "What has to be seen for the change to be rolled back.",
    example: "more than 1% of logins fail for 5 minutes",
    read: readText,
  },
  {
    name: "rollback-owner",
    token: "Rollback-Owner",
    expected: LOGIN,
    description: "Login of the person who rolls the change back.",
    example: "grace",
    read: readLogin,
  },
  {
    name: "escalation-channel",
    token: "Escalation-Channel",
    expected: TEXT,
    description: "Where people are called when it goes wrong.",
    example: "#incidents, then the on-call phone",
    read: readText,
  },
  {
    name: "deadline-policy",
    token: "Deadline-Policy",
    expected: DEADLINE_GRAMMAR,
    description: "How long a blocker may stay once it is escalated.",
    example: "8h",
    read: (value: string) => (parseDeadline(value) === undefined ? undefined : value),
  },
] as const satisfies readonly Declaration[];

export type DeclarationName = (typeof DECLARATIONS)[number]["name"];
/** The class follows from the paths where nobody declares it, so the policy has no default for it. */
export type DefaultName = Exclude<DeclarationName, "risk-class">;

/** What is declared; null where nobody did. */
export type Declarations = Readonly<Record<DeclarationName, string | null>>;

/** Where a declaration comes from: a trailer of the comment, the policy's default, or the paths of the plan. */
export type DeclarationSource = "comment" | "policy" | "paths";

export interface Trailers {
  readonly values: Readonly<Partial<Record<DeclarationName, string>>>;
  readonly findings: readonly Finding[];
}

const LINE = /^([A-Za-z0-9][A-Za-z0-9-]*)[ \t]*:[ \t]*(.*)$/g;
type Pair = [token: string, value: string];

function declarationOf(token: string): (typeof DECLARATIONS)[number] | undefined {
  return DECLARATIONS.find((declaration) => declaration.token.toLowerCase() === token.toLowerCase());
}

/** The declaration that a token may mean. */
function nearestTo(token: string): (typeof DECLARATIONS)[number] | undefined {
  const known = DECLARATIONS.map((declaration) => declaration.token.toLowerCase());
  return declarationOf(nearestName(token.toLowerCase(), known) ?? "");
}

/**
 * The declarations at the end of a frozen prompt, as git reads trailers: the last paragraph, when all of its lines are
 * `Token: value` and one token is known. The prompt itself stays as it is. A line elsewhere that looks like a
 * declaration is a finding: its author takes it for one.
 */
export function parseTrailers(prompt: string): Trailers {
  const lines = prompt.split("\n");
  const start = lines.findLastIndex((line) => line.trim() === "") + 1;
  const pairs = lines.slice(start).flatMap((line) => [...line.matchAll(LINE)].map(([, ...pair]) => pair as Pair));
  const isBlock = pairs.length === lines.length - start && pairs.some(([token]) => nearestTo(token) !== undefined);
  const misplaced = findMisplaced(isBlock ? lines.slice(0, start) : lines);
  if (!isBlock) return { values: {}, findings: misplaced };
  const { values, findings } = readBlock(pairs);
  if (start === 0)
    findings.unshift({ code: "declaration_alone", message: "The prompt has declarations, but no request." });
  return { values, findings: [...misplaced, ...findings] };
}

function readBlock(pairs: readonly Pair[]) {
  const values: Partial<Record<DeclarationName, string>> = {};
  const findings: Finding[] = [];
  const seen = new Set<DeclarationName>();
  for (const [token, text] of pairs) {
    const declaration = declarationOf(token);
    if (declaration === undefined) {
      const nearest = nearestTo(token)?.token;
      const hint = nearest === undefined ? "" : ` Did you mean \`${nearest}\`?`;
      findings.push({ code: "declaration_unknown", message: `There is no declaration \`${token}\`.${hint}` });
      continue;
    }
    const { name, expected, read } = declaration;
    if (seen.has(name)) {
      findings.push({ code: "declaration_twice", message: `\`${declaration.token}\` is declared twice.` });
      continue;
    }
    seen.add(name);
    const value = read(text);
    if (value !== undefined) values[name] = value;
    else
      findings.push({
        code: "declaration_value",
        message: `\`${declaration.token}\` has no usable value.`,
        expected,
        got: text,
      });
  }
  return { values, findings };
}

/** Lines that start with a known token (or its words with blanks or underscores) but are read as prose. */
function findMisplaced(lines: readonly string[]): readonly Finding[] {
  return lines.flatMap((line) => {
    const [, head = ""] = /^([A-Za-z][A-Za-z _\t-]*):/.exec(line) ?? [];
    const declaration = declarationOf(head.trimEnd().replace(/[ _]/g, "-"));
    if (declaration === undefined) return [];
    const message = `\`${declaration.token}\` stands where it is not read as a declaration.`;
    const expected = `\`${declaration.token}: value\` in the last paragraph, which has declarations alone`;
    return [{ code: "declaration_misplaced", message, expected, got: line }];
  });
}

export interface ResolvedDeclarations {
  readonly declarations: Declarations;
  readonly sources: Readonly<Partial<Record<DeclarationName, DeclarationSource>>>;
  /** What this class must have and nobody declared. */
  readonly missing: readonly DeclarationName[];
  readonly findings: readonly Finding[];
}

/** Every declaration from the comment, else from the policy. `riskClass` is the class that the plan has in the end. */
export function resolveDeclarations(
  prompt: string,
  policy: Pick<Policy, "declarations" | "escalation" | "risk">,
  riskClass: RiskClass,
): ResolvedDeclarations {
  const { values, findings } = parseTrailers(prompt);
  const sources: Partial<Record<DeclarationName, DeclarationSource>> = {};
  const entries = DECLARATIONS.map(({ name }) => {
    const { value, source } = resolve(name, values[name], policy, riskClass);
    if (value !== null) sources[name] = source;
    return [name, value] as const;
  });
  const declarations = Object.fromEntries(entries) as Record<DeclarationName, string | null>;
  const isDemanded = requirementsOf(policy, riskClass).declarations;
  const deadline = parseDeadline(declarations["deadline-policy"] ?? "");
  const needsCalendar = deadline?.unit === "business days" && policy.escalation.calendar === null;
  return {
    declarations,
    sources,
    missing: isDemanded ? entries.flatMap(([name, value]) => (value === null ? [name] : [])) : [],
    findings: needsCalendar ? [...findings, NO_CALENDAR] : findings,
  };
}

const NO_CALENDAR: Finding = {
  code: "declaration_value",
  message: "A deadline in business days needs `escalation.calendar` in the policy.",
  expected: "hours (`8h`) or days (`2d`)",
  got: "business days",
};

function resolve(
  name: DeclarationName,
  value: string | undefined,
  policy: Pick<Policy, "declarations">,
  riskClass: RiskClass,
): { readonly value: string | null; readonly source: DeclarationSource } {
  // A declared class below the one of the paths is not the one that counts.
  if (name === "risk-class") return { value: riskClass, source: value === riskClass ? "comment" : "paths" };
  return value === undefined ? { value: policy.declarations[name], source: "policy" } : { value, source: "comment" };
}
