import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Policy } from "../../src/governance/policy.ts";
import { defaultPolicy } from "../../src/governance/policy.ts";
import { parsePolicy } from "../../src/governance/policy-file.ts";
import {
  classifyRisk,
  GOVERNED_CLASSES,
  isDemanding,
  PRESETS,
  RISK_CLASSES,
  requirementsOf,
} from "../../src/governance/risk.ts";
import { planned, planOf } from "./builders.ts";

const DEFAULT = defaultPolicy();
const policyOf = (text: string): Policy => parsePolicy(text, "policy.yml");
const planAt = (...paths: string[]) => planOf(paths.map((path) => planned("modify", path)));
const riskOf = (...paths: string[]) => classifyRisk(planAt(...paths), DEFAULT);

test("the classes rise", () => {
  expect(RISK_CLASSES).toEqual(["standard", "medium", "high", "critical"]);
  expect(RISK_CLASSES).toEqual(["standard", ...GOVERNED_CLASSES]);
});

const words = {
  high: [
    ..."auth authn authz authentication authorization oauth sso login".split(" "),
    ..."billing payment payments invoice invoices checkout".split(" "),
    ..."permission permissions rbac acl iam".split(" "),
  ],
};

describe("critical is", () => {
  test.each(["migrations/1.sql", "db/migrations/deep/1.sql", "migrate/x", "x/MIGRATE/.y", "src/users.migration.ts"])(
    "%s",
    (path) => {
      expect(riskOf(path)).toBe("critical");
    },
  );
});

test("another spelling of a path, which some file system takes for it, has the class of that path", () => {
  expect(riskOf("\u{FF4D}igrations/1.sql")).toBe("critical");
  expect(riskOf("\u{17F}so.ts")).toBe("high");
});

describe("high is", () => {
  test.each(words.high)("a directory or a file of the name %s, but not a longer name", (word) => {
    expect(riskOf(`${word}/a.ts`)).toBe("high");
    expect(riskOf(`src/${word}/deep/.a`)).toBe("high");
    expect(riskOf(`${word}.ts`)).toBe("high");
    expect(riskOf(`src/${word.toUpperCase()}.py`)).toBe("high");
    expect(riskOf(`src/my${word}/a.ts`)).toBe("standard");
    expect(riskOf(`src/${word}x.ts`)).toBe("standard");
  });
});

describe("the preset of", () => {
  test.each([
    // Python, PHP, Ruby, Go, Java, C#, TypeScript, infrastructure: as they stand in projects of that kind.
    ["migrations", "saleor/account/migrations/0020_user_token.py"],
    ["migrations", "packages/Webkul/API/Database/Migrations/2018_11_17_193819_create_admin_oauth_tokens_table.php"],
    ["migrations", "db/post_migrate/20230904134623_remove_old_index.rb"],
    ["migrations", "db/schema.rb"],
    ["migrations", "db/structure.sql"],
    ["migrations", "src/main/resources/db/migration/V1__init.sql"],
    ["migrations", "model/jpa/src/main/resources/META-INF/jpa-changelog-26.6.0.xml"],
    ["migrations", "src/main/resources/liquibase/changelog/0001.yaml"],
    ["migrations", "alembic/versions/3f5c_add_index.py"],
    ["migrations", "packages/prisma/schema.prisma"],
    ["migrations", "packages/prisma/db_migration/rollback.ts"],
    ["migrations", "store/000012_orders.down.sql"],
    ["auth", "packages/Webkul/API/Http/Controllers/Admin/AuthController.php"],
    ["auth", "app/controllers/auth/sessions_controller.rb"],
    ["auth", "app/controllers/oauth_tokens_controller.rb"],
    ["auth", "src/main/java/org/acme/AuthenticationFilter.java"],
    ["auth", "Acme.Server/UserAuth.cs"],
    ["auth", "src/auth.service.ts"],
    ["auth", "src/authGuard.ts"],
    ["auth", "types/next-auth.d.ts"],
    ["auth", "routers/web/auth/oauth2.go"],
    ["auth", "apps/web/auth-provider/index.tsx"],
    ["auth", "src/oauthClient.ts"],
    ["auth", "src/main/java/org/acme/OauthController.java"],
    ["auth", "lib/SSOProvider.java"],
    ["auth", "src/AuthGuard/index.ts"],
    ["auth", "src/authGuard/deep/index.ts"],
    ["auth", "Acme.Server/UserAuth/Handler.cs"],
    ["auth", "src/userLoginForm/index.ts"],
    ["auth", "src/user.auth.ts"],
    ["auth", ".internal/AuthController.php"],
    ["auth", "src/UserAuth/.config/index.ts"],
    ["auth", "packages/next-auth/src/index.ts"],
    ["auth", "packages/next-auth-client/src/index.ts"],
    ["auth", "bin/user-login"],
    ["billing", "src/paymentService/index.ts"],
    ["permissions", "lib/IAMRole.java"],
    ["billing", "packages/prisma/extensions/exclude-pending-payment-teams.ts"],
    ["billing", "packages/Webkul/API/Http/Controllers/Shop/CheckoutController.php"],
    ["billing", "packages/Webkul/API/Http/Resources/Sales/InvoiceItem.php"],
    ["billing", "packages/prisma/enums/paymentOption.ts"],
    ["billing", "core/app/models/spree/payment_method.rb"],
    ["billing", "src/services/stripe_billing.py"],
    ["permissions", "models/actions/action_permissions.go"],
    ["permissions", "packages/Webkul/Admin/src/Config/acl.php"],
    ["permissions", "packages/prisma/enums/userPermissionRole.ts"],
    ["permissions", "terraform/iam_roles.tf"],
    ["permissions", "pkg/apis/rbac/v1/types.go"],
  ] as const)("%s takes %s for its own", (preset, path) => {
    const risk = { ...DEFAULT.risk, presets: [preset] };
    expect(classifyRisk(planAt(path), { risk })).toBe(PRESETS[preset].riskClass);
  });

  test.each([
    "app/controllers/authors_controller.rb",
    "src/Author.java",
    "AUTHORS.md",
    "AUTHORS/ada.md",
    "src/authorName/index.ts",
    "src/AuthorService.java",
    "src/CoAuthors.java",
    "src/authorName.ts",
    "src/authored-by.ts",
    "scripts/git-checkout.sh",
    "src/checkout_sha.ts",
    "docs/migrations.md",
    "src/immigrations.ts",
    "src/iambic.ts",
    "src/oracle.ts",
    "src/paymentless.ts",
    "CHANGELOG.md",
    "changelog-notes.xml",
    "templates/{}Page.tsx",
    "templates/page{}.ts",
  ])("no kind takes %s for its own", (path) => {
    expect(riskOf(path)).toBe("standard");
  });

  test("a kind that the policy leaves out counts no more", () => {
    const { risk } = policyOf("risk: { presets: [auth] }");
    expect(classifyRisk(planAt("db/migrations/1.sql"), { risk })).toBe("standard");
    expect(classifyRisk(planAt("auth/a.ts"), { risk })).toBe("high");
    expect(classifyRisk(planAt("auth/a.ts"), policyOf("risk: { presets: [] }"))).toBe("standard");
  });
});

describe("medium is", () => {
  test.each([
    ".github/dependabot.yml",
    ".github/actions/x/action.yml",
    "Dockerfile",
    "app/Dockerfile.prod",
    "package.json",
    "x/package-lock.json",
    "composer.json",
    "go.mod",
    "x/go.sum",
    "Cargo.toml",
    "Cargo.lock",
    "pom.xml",
    "pyproject.toml",
    "requirements.txt",
    "requirements-dev.txt",
    "yarn.lock",
    "x/pnpm-lock.yaml",
    "terraform/main.tf",
    "x/helm/values.yaml",
    "k8s/a.yml",
    "deploy/run.sh",
  ])("%s, whatever the presets", (path) => {
    expect(riskOf(path)).toBe("medium");
    expect(classifyRisk(planAt(path), policyOf("risk: { presets: [] }"))).toBe("medium");
  });
});

describe("standard is", () => {
  test.each([
    "src/index.ts",
    "README.md",
    "x/.github/a.yml",
    "docs/migrations.md",
    "package.jsonc",
    "go.mods",
    "deployment/x",
    "a/authors.md",
  ])("%s", (path) => {
    expect(riskOf(path)).toBe("standard");
  });

  test("a plan without files", () => {
    expect(riskOf()).toBe("standard");
  });
});

test("the highest class of all files counts, in whatever order they are", () => {
  expect(riskOf("README.md", "package.json")).toBe("medium");
  expect(riskOf("package.json", "auth/a.ts", "README.md")).toBe("high");
  expect(riskOf("migrations/1.sql", "auth/a.ts", "package.json")).toBe("critical");
});

test("a rename counts with its source too", () => {
  expect(classifyRisk(planOf([planned("rename", "src/a.ts", "auth/a.ts")]), DEFAULT)).toBe("high");
  expect(classifyRisk(planOf([planned("rename", "auth/a.ts", "src/a.ts")]), DEFAULT)).toBe("high");
});

describe("the policy's own paths", () => {
  const policy = policyOf(
    "risk: { medium: { paths: [web] }, high: { paths: ['src/*.sol'] }, critical: { paths: [vault] } }",
  );

  test.each([
    ["web/a.css", "medium"],
    ["WEB/deep/a.css", "medium"],
    ["src/token.sol", "high"],
    ["vault", "critical"],
    ["vault/.keys", "critical"],
    ["src/deep/token.sol", "standard"],
    ["webs/a.css", "standard"],
  ] as const)("make %s %s", (path, expected) => {
    expect(classifyRisk(planAt(path), policy)).toBe(expected);
  });
});

describe("a declared class", () => {
  test("raises the class, and never lowers it", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...RISK_CLASSES),
        fc.constantFrom("README.md", "package.json", "auth/a.ts", "migrations/1.sql"),
        (declared, path) => {
          const rank = (riskClass: (typeof RISK_CLASSES)[number]) => RISK_CLASSES.indexOf(riskClass);
          const found = classifyRisk(planAt(path), { risk: DEFAULT.risk, declared });
          expect(rank(found)).toBe(Math.max(rank(declared), rank(riskOf(path))));
        },
      ),
    );
  });
});

describe("the requirements", () => {
  const FOUR = ["code-quality", "security", "operations", "communication"];

  test("of the default policy are these", () => {
    const nothing = { declarations: false, approvals: 0, approvers: [], gates: [], rehearsal: false };
    const bounds = { maxFiles: null, maxLines: null };
    expect(requirementsOf(DEFAULT, "standard")).toEqual({ ...nothing, ...bounds });
    expect(requirementsOf(DEFAULT, "medium")).toEqual({ ...nothing, approvals: 1, ...bounds });
    const high = { declarations: true, approvers: [], gates: [...FOUR, "final-decision"], rehearsal: true, ...bounds };
    expect(requirementsOf(DEFAULT, "high")).toEqual({ ...high, approvals: 1 });
    expect(requirementsOf(DEFAULT, "critical")).toEqual({ ...high, approvals: 2 });
  });

  test("of high work have the rehearsal that medium work has", () => {
    const policy = policyOf("risk: { medium: { rehearsal: true }, high: { rehearsal: false } }");
    expect(requirementsOf(policy, "high").rehearsal).toBe(true);
  });

  test("of a class are at least those of the classes below it", () => {
    const policy = policyOf(`
risk:
  medium: { declarations: true, approvals: 3, approvers: [ada], gates: [communication], max-files: 9, max-lines: 80 }
  high: { approvals: 2, approvers: ["@acme/security"], gates: [security], rehearsal: false, max-files: 20 }
  critical: { approvals: 1, gates: [communication, operations], max-lines: 10 }
`);
    expect(requirementsOf(policy, "medium")).toMatchObject({ approvers: ["ada"], rehearsal: false });
    expect(requirementsOf(policy, "high")).toEqual({
      declarations: true,
      approvals: 3,
      approvers: ["@acme/security"],
      gates: ["communication", "security", "final-decision"],
      rehearsal: false,
      maxFiles: 9,
      maxLines: 80,
    });
    expect(requirementsOf(policy, "critical")).toEqual({
      declarations: true,
      approvals: 3,
      approvers: ["@acme/security"],
      gates: ["communication", "security", "operations", "final-decision"],
      rehearsal: true,
      maxFiles: 9,
      maxLines: 10,
    });
  });
});

describe("a class", () => {
  const least = requirementsOf(DEFAULT, "medium");

  test("demands nothing by its one approval and its limits alone", () => {
    expect(isDemanding({ ...least, maxFiles: 1, maxLines: 1 })).toBe(false);
    expect(isDemanding(requirementsOf(DEFAULT, "high"))).toBe(true);
  });

  test.each([
    { declarations: true },
    { approvals: 2 },
    { approvers: ["ada"] },
    { gates: ["security" as const] },
    { rehearsal: true },
  ])("demands something with %j", (more) => {
    expect(isDemanding({ ...least, ...more })).toBe(true);
  });
});
