import { isMap, isScalar, type Pair, parseDocument, type Scalar, visit, type YAMLMap } from "yaml";

const PIN = /^[\w.-]+\/[\w./-]+@[0-9a-f]{40}$/;
const VERSION_COMMENT = /^\s*v\d+\.\d+\.\d+\s*$/;

const keyOf = (pair: Pair): string => (isScalar(pair.key) ? String(pair.key.value) : "");
const commentOf = (node: unknown): string => (isScalar(node) ? (node.comment ?? "") : "");

/** A step of a job, as far as the rules look at it. */
interface Step {
  readonly uses?: Scalar;
  readonly run?: Scalar;
  readonly with?: YAMLMap;
}

function checkPermissions(permissions: unknown, where: string): string[] {
  if (!isMap(permissions)) return [`${where}: permissions must be a list of scopes`];
  return permissions.items
    .filter((pair) => commentOf(pair.value).trim() === "")
    .map((pair) => `${where}: the permission ${keyOf(pair)} has no comment with its reason`);
}

function checkUses(uses: Scalar, where: string): string[] {
  const target = String(uses.value);
  if (target.startsWith("./")) return [];
  if (!PIN.test(target)) return [`${where}: ${target} is not pinned to 40 hex digits`];
  return VERSION_COMMENT.test(uses.comment ?? "") ? [] : [`${where}: ${target} has no comment with its version`];
}

function checkStep(step: Step, inputs: readonly string[], where: string): string[] {
  const findings: string[] = [];
  if (step.run !== undefined && String(step.run.value).includes("${{")) {
    findings.push(`${where}: an expression inside run; hand it over through env`);
  }
  if (step.uses === undefined) return findings;
  findings.push(...checkUses(step.uses, where));
  const target = String(step.uses.value);
  const given = (step.with?.items ?? []).map(keyOf);
  if (target.startsWith("actions/checkout@") && step.with?.get("persist-credentials") !== false) {
    findings.push(`${where}: actions/checkout without persist-credentials: false`);
  }
  if (/^[\w.-]+\/codex-plan-governance@/.test(target) || target === "./") {
    const unknown = given.filter((name) => !inputs.includes(name));
    findings.push(...unknown.map((name) => `${where}: action.yml has no input ${name}`));
    if (!given.includes("mode")) findings.push(`${where}: the input mode is missing`);
  }
  return findings;
}

function checkJob(job: YAMLMap, inputs: readonly string[], where: string): string[] {
  const findings: string[] = [];
  if (job.has("uses")) findings.push(`${where}: reusable workflows are not looked into by these rules`);
  if (typeof job.get("timeout-minutes") !== "number") findings.push(`${where}: no timeout-minutes`);
  // Without its own the job would inherit the empty set: say so rather than fail at run time.
  findings.push(...checkPermissions(job.get("permissions"), where));
  visit(job, {
    Map(_key, node) {
      const fields = Object.fromEntries(
        ["uses", "run", "with"].map((name) => [name, node.get(name, true)]).filter(([, value]) => value !== undefined),
      ) as Step;
      if (fields.uses !== undefined || fields.run !== undefined) findings.push(...checkStep(fields, inputs, where));
    },
  });
  return findings;
}

/**
 * What is wrong with a workflow file; empty when nothing is.
 * @param inputs names of the action's inputs
 */
export function findWorkflowFaults(source: string, inputs: readonly string[]): string[] {
  const document = parseDocument(source);
  const faults = [...document.errors, ...document.warnings].map((error) => error.message);
  if (faults.length > 0 || !isMap(document.contents)) return faults.length > 0 ? faults : ["it is not a mapping"];
  const permissions = document.get("permissions");
  const findings =
    isMap(permissions) && permissions.items.length === 0 ? [] : ["the top level must say permissions: {}"];
  if (!document.has("on")) findings.push("no trigger");
  const jobs = document.get("jobs");
  if (!isMap(jobs) || jobs.items.length === 0) return [...findings, "no jobs"];
  for (const pair of jobs.items) {
    const name = keyOf(pair);
    findings.push(...(isMap(pair.value) ? checkJob(pair.value, inputs, name) : [`${name}: not a mapping`]));
  }
  return findings;
}
