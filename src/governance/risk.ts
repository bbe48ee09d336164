import picomatch from "picomatch";
import type { Plan } from "./plan.ts";
import { touchedPaths } from "./plan-rules.ts";

/** How much a change can break, in rising order. */
export const RISK_CLASSES = ["standard", "medium", "high", "critical"] as const;
export type RiskClass = (typeof RISK_CLASSES)[number];

interface RiskRule {
  readonly riskClass: RiskClass;
  readonly globs: readonly string[];
}

/** Paths whose failure is hard to contain, as they are named across ecosystems. */
const RULES: readonly RiskRule[] = [
  { riskClass: "critical", globs: ["**/migrations/**", "**/migrate/**", "**/*.migration.*"] },
  {
    riskClass: "high",
    globs: [
      "**/{auth,authn,authz,authentication,authorization,oauth,sso,login}/**",
      "**/{auth,authn,authz,authentication,authorization,oauth,sso,login}.*",
      "**/{billing,payment,payments,invoice,invoices,checkout}/**",
      "**/{billing,payment,payments,invoice,invoices,checkout}.*",
      "**/{permission,permissions,rbac,acl,iam}/**",
      "**/{permission,permissions,rbac,acl,iam}.*",
    ],
  },
  {
    riskClass: "medium",
    globs: [
      ".github/**",
      "**/Dockerfile*",
      "**/{package,package-lock,composer}.json",
      "**/{go.mod,go.sum,Cargo.toml,Cargo.lock,pom.xml,pyproject.toml,requirements*.txt,yarn.lock,pnpm-lock.yaml}",
      "**/{terraform,helm,k8s,deploy}/**",
    ],
  },
];

const MATCHERS = RULES.map(({ riskClass, globs }) => ({
  riskClass,
  matches: picomatch([...globs], { dot: true, nocase: true }),
}));

/** The highest class that one of the plan's paths demands. */
export function classifyRisk(plan: Plan): RiskClass {
  const paths = touchedPaths(plan.files);
  return MATCHERS.find(({ matches }) => paths.some((path) => matches(path)))?.riskClass ?? "standard";
}
