import { describe, expect, test } from "vitest";
import { classifyRisk, RISK_CLASSES } from "../../src/governance/risk.ts";
import { planned, planOf } from "./builders.ts";

const riskOf = (...paths: string[]) => classifyRisk(planOf(paths.map((path) => planned("modify", path))));

test("the classes rise", () => {
  expect(RISK_CLASSES).toEqual(["standard", "medium", "high", "critical"]);
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
  ])("%s", (path) => {
    expect(riskOf(path)).toBe("medium");
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
  expect(classifyRisk(planOf([planned("rename", "src/a.ts", "auth/a.ts")]))).toBe("high");
  expect(classifyRisk(planOf([planned("rename", "auth/a.ts", "src/a.ts")]))).toBe("high");
});
