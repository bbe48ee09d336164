import { isNode, isScalar, LineCounter, parseDocument, type YAMLMap } from "yaml";
import { z } from "zod";
import { ConfigurationError } from "./errors.ts";
import { hintAt } from "./nearest.ts";
import { type Policy, policySchema } from "./policy.ts";

/**
 * Reads a policy file. Throws ConfigurationError `policy_invalid` with line and column of each fault: a policy
 * that is half understood must not decide.
 */
export function parsePolicy(text: string, path: string): Policy {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter, uniqueKeys: true, strict: true });
  const faults = [...document.errors, ...document.warnings].map(({ message }) => message.replace(/\n.*/s, ""));
  if (faults.length > 0) throw wrongPolicy(path, faults);
  // No aliases: a small file could otherwise unfold into a huge one.
  const value: unknown = (() => {
    try {
      return document.toJS({ maxAliasCount: 0 }) ?? {};
    } catch (error) {
      throw wrongPolicy(path, [(error as Error).message]);
    }
  })();
  const parsed = policySchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const lineOf = (node: unknown) => {
    if (!isNode(node) || !node.range) return undefined;
    const { line, col } = lineCounter.linePos(node.range[0]);
    return { line, text: `line ${line}, column ${col}: ` };
  };
  const place: Place = {
    ofValue: (keys) => {
      // The innermost node that exists: a missing key is reported where its parent stands.
      for (let length = keys.length; length > 0; length -= 1) {
        const found = lineOf(document.getIn(keys.slice(0, length), true));
        if (found) return found;
      }
      return { line: 0, text: "" };
    },
    ofKey: (keys, key) => {
      // Only a map has keys.
      const { items } = document.getIn(keys, true) as YAMLMap;
      const pair = items.find((each) => isScalar(each.key) && String(each.key.value) === key);
      return lineOf(pair?.key) ?? { line: 0, text: "" };
    },
  };
  const told = parsed.error.issues.flatMap((issue) => describeIssue(issue, place));
  throw wrongPolicy(
    path,
    told.toSorted((a, b) => a.line - b.line).map(({ text }) => text),
  );
}

interface Place {
  readonly ofValue: (keys: readonly PropertyKey[]) => Told;
  readonly ofKey: (keys: readonly PropertyKey[], key: string) => Told;
}

/** A text and the line that it is about; 0 for the file as a whole. */
interface Told {
  readonly line: number;
  readonly text: string;
}

function describeIssue(issue: z.core.$ZodIssue, place: Place): readonly Told[] {
  if (issue.code !== "unrecognized_keys") {
    const { line, text } = place.ofValue(issue.path);
    // Of a name in a list by name the rule for names says more than that it was broken.
    const message = (issue.code === "invalid_key" && issue.issues[0]?.message) || issue.message;
    return [{ line, text: `${text}\`${issue.path.join(".") || "policy"}\`: ${message}` }];
  }
  return issue.keys.map((key) => {
    const { line, text } = place.ofKey(issue.path, key);
    const hint = hintAt(key, keysAt(issue.path));
    return { line, text: `${text}unknown key \`${[...issue.path, key].join(".")}\`.${hint}` };
  });
}

/** The keys that the object at this place of the policy may have. */
function keysAt(path: readonly PropertyKey[]): readonly string[] {
  let object = policySchema as z.ZodObject;
  for (const key of path) object = objectIn(object.shape[String(key)] as z.ZodType);
  return Object.keys(object.shape);
}

/** The object below defaults and `null`. Unknown keys are only ever reported of an object. */
export function objectIn(schema: z.ZodType): z.ZodObject {
  return schema instanceof z.ZodObject ? schema : objectIn((schema as z.ZodDefault<z.ZodType>).unwrap());
}

function wrongPolicy(path: string, faults: readonly string[]): ConfigurationError {
  return new ConfigurationError(
    "policy_invalid",
    `The policy file \`${path}\` on the base branch is wrong:\n${faults.map((fault) => `- ${fault}`).join("\n")}`,
  );
}
