import { parseSync } from "rolldown/utils";

interface SyntaxNode {
  readonly type: string;
  readonly [key: string]: unknown;
}

const isNode = (value: unknown): value is SyntaxNode =>
  typeof value === "object" && value !== null && typeof (value as { type?: unknown }).type === "string";

/** All nodes of a TypeScript file's syntax tree. Throws on a syntax error. */
function parseNodes(file: string, source: string): SyntaxNode[] {
  const { program, errors } = parseSync(file, source);
  if (errors.length > 0) throw new Error(`${file} does not parse: ${errors[0]?.message}`);
  const nodes: SyntaxNode[] = [];
  const waiting: unknown[] = [program];
  while (waiting.length > 0) {
    const value = waiting.pop();
    if (Array.isArray(value)) waiting.push(...value);
    else if (isNode(value)) {
      nodes.push(value);
      waiting.push(...Object.values(value));
    }
  }
  return nodes;
}

const literal = (value: unknown): string => (isNode(value) ? String(value.value ?? value.name ?? "") : "");

const IMPORTING = new Set([
  "ImportDeclaration",
  "ImportExpression",
  "ExportNamedDeclaration",
  "ExportAllDeclaration",
  "TSImportType",
]);

/** The specifiers that a file imports: statically, dynamically, as types, or by re-exporting. */
export function importsOf(file: string, source: string): string[] {
  return parseNodes(file, source)
    .filter(({ type }) => IMPORTING.has(type))
    .map((node) => literal(node.source))
    .filter((specifier) => specifier !== "");
}

/** The specifiers that are loaded together with a file. */
export function staticImportsOf(file: string, source: string): string[] {
  return parseNodes(file, source)
    .filter(({ type }) => IMPORTING.has(type) && type !== "ImportExpression" && type !== "TSImportType")
    .map((node) => literal(node.source))
    .filter((specifier) => specifier !== "");
}

/** Whether a file has a default export, in any spelling. */
export function exportsDefault(file: string, source: string): boolean {
  return parseNodes(file, source).some(
    (node) =>
      node.type === "ExportDefaultDeclaration" ||
      (node.type === "ExportSpecifier" && literal(node.exported) === "default"),
  );
}
