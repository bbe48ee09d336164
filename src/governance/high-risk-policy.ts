import { z } from "zod";
import { DEADLINE_GRAMMAR, isTimezone, parseDeadline, WEEKDAYS, type Weekday } from "./deadline.ts";
import { DECLARATIONS, type DefaultName } from "./declarations.ts";
import { GATES, SIGNED_GATE_NAMES, type SignedGateName } from "./gates.ts";
import { command, documented, glob, plainLine } from "./policy-values.ts";
import { type GovernedClass, PRESET_NAMES, PRESETS } from "./risk.ts";

/** A login, a team, or who owns every path of the plan that has owners. */
const people = z
  .array(
    z
      .string()
      .regex(
        /^(?:CODEOWNERS|@[A-Za-z0-9][A-Za-z0-9_-]*\/[A-Za-z0-9][A-Za-z0-9_.-]*|[A-Za-z0-9](?:[A-Za-z0-9_-]{0,98}[A-Za-z0-9])?)$/,
        "must be a login without `@`, `@organisation/team` or `CODEOWNERS`",
      ),
  )
  .max(50)
  .default([]);

const PEOPLE = "logins, `@organisation/team`, `CODEOWNERS` (who owns every planned path that has owners)";

const deadline = z
  .string()
  .refine((text) => parseDeadline(text) !== undefined, `must be ${DEADLINE_GRAMMAR}; no escalation without a deadline`);

const SIGNED = z.enum(SIGNED_GATE_NAMES);
const GATES_REQUIRED = "must name a gate: that the tests pass is no decision to deploy";
const OWNERS_REQUIRED = "must be true: high-risk work needs a named owner for the decision and for the rollback";

/** The keys of one class. Some differ, because `high` and `critical` cannot do without people. */
function classShape<D extends z.ZodType, G extends z.ZodType, R extends z.ZodType>(
  name: GovernedClass,
  parts: { readonly declarations: D; readonly approvals: number; readonly gates: G; readonly rehearsal: R },
) {
  const presets = PRESET_NAMES.filter((preset) => PRESETS[preset].riskClass === name).join(", ");
  const path = (key: string, value: unknown) => ({ risk: { [name]: { [key]: value } } });
  return {
    paths: documented(
      z.array(glob).max(500).default([]),
      `Globs of paths that make a plan ${name}${presets === "" ? "" : `, on top of the presets (${presets})`}.`,
      path("paths", ["src/checkout-api/**"]),
    ),
    declarations: documented(
      parts.declarations,
      "Whether owner, rollback, escalation channel and deadline must be declared.",
      path("declarations", true),
    ),
    approvals: documented(
      z.int().min(1).max(10).default(parts.approvals),
      "How many different people approve, the one who applies the label included.",
      path("approvals", 2),
    ),
    approvers: documented(
      people,
      `Whose approvals count: ${PEOPLE}. Empty: anybody with write access.`,
      path("approvers", ["CODEOWNERS", "@acme/security"]),
    ),
    gates: documented(
      parts.gates,
      "The gates that must pass. Where there is one, the final decision is needed too.",
      // A gate needs declarations: somebody has to decide.
      { risk: { [name]: { declarations: true, gates: ["security", "operations"] } } },
    ),
    rehearsal: documented(
      parts.rehearsal,
      "Whether the rollback must be rehearsed in the dry run.",
      path("rehearsal", true),
    ),
    "max-files": documented(
      z.int().min(1).max(1_000).nullable().default(null),
      "How many files such a plan may name.",
      path("max-files", 20),
    ),
    "max-lines": documented(
      z.int().min(1).max(100_000).nullable().default(null),
      "How many lines such a change may add and remove.",
      path("max-lines", 400),
    ),
  };
}

const classText = (name: GovernedClass) =>
  `What a plan of class ${name} needs, on top of what the classes below it need.`;

const always = {
  declarations: z.literal(true, OWNERS_REQUIRED).default(true),
  gates: z.array(SIGNED).min(1, GATES_REQUIRED).max(SIGNED_GATE_NAMES.length).default(SIGNED_GATE_NAMES),
  rehearsal: z.boolean().default(true),
};

const medium = z
  .strictObject(
    classShape("medium", {
      declarations: z.boolean().default(false),
      approvals: 1,
      gates: z.array(SIGNED).max(SIGNED_GATE_NAMES.length).default([]),
      rehearsal: z.boolean().default(false),
    }),
  )
  .refine(({ declarations, gates }) => declarations || gates.length === 0, {
    path: ["declarations"],
    message: "must be true where gates are required: somebody has to be named who decides",
  });
const high = z.strictObject(classShape("high", { ...always, approvals: 1 }));
const critical = z.strictObject(classShape("critical", { ...always, approvals: 2 }));

export const riskSchema = documented(
  z
    .strictObject({
      presets: documented(
        z.array(z.enum(PRESET_NAMES)).default(PRESET_NAMES),
        "Built-in globs of paths whose failure is hard to contain.",
        { risk: { presets: ["auth", "migrations"] } },
      ),
      medium: documented(medium.prefault({}), classText("medium")),
      high: documented(high.prefault({}), classText("high")),
      critical: documented(critical.prefault({}), classText("critical")),
    } satisfies Record<GovernedClass | "presets", z.ZodType>)
    .prefault({}),
  "Risk classes and what a plan of each needs before it is executed: at least what the classes below it need.",
);

const declarationEntries = DECLARATIONS.flatMap(({ name, expected, description, example, read }) => {
  if (name === "risk-class") return [];
  const value = z.string().refine((text) => read(text) === text, `must be ${expected}`);
  return [[name, documented(value.nullable().default(null), description, { declarations: { [name]: example } })]];
});

export const declarationsSchema = documented(
  z
    .strictObject(
      Object.fromEntries(declarationEntries) as Record<DefaultName, z.ZodDefault<z.ZodNullable<z.ZodString>>>,
    )
    .prefault({}),
  "Defaults of the declarations, for comments without a trailer of that name.",
);

const checkName = plainLine(100).refine(
  (name) => !/^codex-plan-governance(?:\/|$)/.test(name),
  "is this action's own check run, which waits for the gates",
);

const gateEntries = SIGNED_GATE_NAMES.map((gate) => {
  const { title, signOff } = GATES[gate];
  const schema = z.strictObject({
    checks: documented(
      z.array(checkName).max(50).default([]),
      "Names of check runs that must be a success on the head commit.",
      { gates: { [gate]: { checks: ["build", "lint / eslint"] } } },
    ),
    "sign-off": documented(
      z.boolean().default(signOff),
      "Whether a person must sign. Where nothing else speaks for the gate, a person must in any case.",
      { gates: { [gate]: { "sign-off": !signOff } } },
    ),
    signers: documented(people, `Who may sign: ${PEOPLE}. Empty: anybody with write access.`, {
      gates: { [gate]: { signers: ["@acme/on-call"] } },
    }),
  });
  return [gate, documented(schema.prefault({}), `${title}.`)] as const;
});

type GateSettings = (typeof gateEntries)[number][1];

export const gatesSchema = documented(
  z.strictObject(Object.fromEntries(gateEntries) as Record<SignedGateName, GateSettings>).prefault({}),
  "What each gate rests on. The final decision is always the named owner's.",
);

const clock = z.string().regex(/^(?:[01][0-9]|2[0-3]):[0-5][0-9]$/, "must be a time such as 09:00");
const calendarExample = (key: string, value: unknown) => ({ escalation: { calendar: { [key]: value } } });

const calendar = z
  .strictObject({
    timezone: documented(
      z.string().refine(isTimezone, "must be an IANA time zone such as Europe/Berlin").default("UTC"),
      "Time zone of the working hours.",
      calendarExample("timezone", "Europe/Berlin"),
    ),
    days: documented(
      z
        .array(z.enum(WEEKDAYS))
        .min(1)
        .max(7)
        .default(["mon", "tue", "wed", "thu", "fri"] satisfies Weekday[]),
      "Working days.",
      calendarExample("days", ["sun", "mon", "tue", "wed", "thu"]),
    ),
    start: documented(clock.default("09:00"), "Start of the working hours.", calendarExample("start", "08:30")),
    end: documented(clock.default("17:00"), "End of the working hours.", calendarExample("end", "18:00")),
    holidays: documented(
      z.array(z.iso.date()).max(400).default([]),
      "Dates on which nobody works.",
      calendarExample("holidays", ["2026-12-25"]),
    ),
  })
  .refine(({ start, end }) => start < end, { path: ["end"], message: "must be later than `start`, on the same day" });

export const escalationSchema = documented(
  z
    .strictObject({
      rotation: documented(
        z
          .array(z.string().regex(/^[A-Za-z0-9](?:[A-Za-z0-9_-]{0,98}[A-Za-z0-9])?$/, "must be a login without `@`"))
          .max(50)
          .default([]),
        "Logins that take over escalated blockers in turn. Empty: the rollback's owner, then the decision's.",
        { escalation: { rotation: ["ada", "grace"] } },
      ),
      deadline: documented(
        deadline.default("24h"),
        "Time to remove an escalated blocker; a declared deadline policy wins. Hours, days or business days.",
        { escalation: { deadline: "8h" } },
      ),
      calendar: documented(calendar.nullable().default(null), "Working hours; needed for deadlines in business days.", {
        escalation: { calendar: { timezone: "Europe/Berlin" }, deadline: "2 business days" },
      }),
    })
    .prefault({}),
  "What happens to a gate that fails twice.",
);

const rehearsalStep = (key: string, description: string, example: string) =>
  documented(z.array(command).max(50).default([]), description, { rehearsal: { [key]: [example] } });

export const rehearsalSchema = documented(
  z
    .strictObject({
      up: rehearsalStep("up", "Shell commands that are run after the patch is applied.", "make migrate"),
      verify: rehearsalStep("verify", "Shell commands that must pass, on top of `verification`.", "make smoke"),
      down: rehearsalStep("down", "Shell commands that are run before the patch is taken back.", "make rollback"),
    })
    .prefault({}),
  "The rehearsal of the rollback, in Codex's sandbox without network.",
);
