import type { RawPlan } from "../../src/governance/plan.ts";
import { INSTALLED, rehearsalCommands, rehearsalFiles } from "../world/postgres-rehearsal.ts";
import type { FileContents } from "../world/repository.ts";

/** Everything is in a folder of its own: a stranger's repository may have migrations too. */
const FOLDER = "codex-demo";
const MIGRATION = `${FOLDER}/migrations/2_amount_in_cents.mjs`;

const FIRST_MIGRATION = `export const up = (pgm) => {
  pgm.createTable("invoices", {
    id: "id",
    customer: { type: "text", notNull: true },
    amount: { type: "integer", notNull: true },
  });
};
`;

const SEED = "insert into invoices (customer, amount) values ('Margaret', 120), ('Barbara', 75);\n";

/** The rules of the default branch: migrations are critical, two people approve, and named people sign. */
function policy(): string {
  const inFolder = (commands: readonly string[]) =>
    JSON.stringify(commands.map((command) => `cd ${FOLDER} && ${command}`));
  const { up, verify, down } = rehearsalCommands();
  return `codex: { readable-directories: [${INSTALLED}] }
protected-paths: [${FOLDER}/rehearsal]
verification: ["ls ${FOLDER}/migrations/*.mjs | xargs -n 1 node --check"]
risk:
  presets: [migrations]
  critical: { approvals: 2, approvers: [grace, linus] }
gates:
  security: { signers: [linus] }
  operations: { signers: [grace] }
  communication: { signers: [grace, linus] }
rehearsal:
  up: ${inFolder(up)}
  verify: ${inFolder(verify)}
  down: ${inFolder(down)}
`;
}

/** A default branch with a database of invoices, and with a policy under which migrations are rehearsed. */
export function invoiceFiles(): FileContents {
  const files = {
    ...rehearsalFiles(),
    "rehearsal/seed.sql": SEED,
    "migrations/1_invoices.mjs": FIRST_MIGRATION,
  };
  return {
    ...Object.fromEntries(Object.entries(files).map(([path, content]) => [`${FOLDER}/${path}`, content])),
    ".github/codex-governance.yml": policy(),
  };
}

/** What the model plans, and the files that it writes when it carries the plan out. */
export interface Work {
  readonly plan: RawPlan;
  readonly files: Readonly<Record<string, string>>;
}

function workOf(migration: string, rollback: string): Work {
  const plan: RawPlan = {
    summary: "Store the amounts of invoices in cents instead of whole units.",
    steps: [{ title: "Add the migration", rationale: "Amounts need two decimals.", files: [MIGRATION] }],
    files: [{ path: MIGRATION, operation: "create", from: null, reason: "Multiplies the amounts by a hundred." }],
    verification: [],
    risks: ["Code that still reads whole units shows amounts that are a hundred times too high."],
    rollback,
  };
  return { plan, files: { [MIGRATION]: migration } };
}

export const WITHOUT_WAY_BACK = workOf(
  `export const up = (pgm) => pgm.sql("update invoices set amount = amount * 100");
export const down = false;
`,
  "Restore last night's backup.",
);

export const WITH_WAY_BACK = workOf(
  `export const up = (pgm) => {
  pgm.renameColumn("invoices", "amount", "amount_in_cents");
  pgm.sql("update invoices set amount_in_cents = amount_in_cents * 100");
};
export const down = (pgm) => {
  pgm.sql("update invoices set amount_in_cents = amount_in_cents / 100");
  pgm.renameColumn("invoices", "amount_in_cents", "amount");
};
`,
  "Migrate down, then revert the commit.",
);
