import { readFileSync } from "node:fs";
import { findPackageJSON } from "node:module";
import { dirname, join } from "node:path";
import {
  buildSchema,
  type DocumentNode,
  execute,
  type GraphQLError,
  type GraphQLFieldResolver,
  type GraphQLScalarType,
  type GraphQLSchema,
  getOperationAST,
  getVariableValues,
  parse,
  validate,
} from "graphql";
import { GraphqlFailure } from "./failure.ts";
import { isObject, type Json } from "./json-schema.ts";

/** A mutation or root query as the double performs it; its arguments were checked against GitHub's schema. */
export type RootField<Context> = (args: { readonly input: Json; readonly id?: string }, context: Context) => unknown;

/** What a request to `/graphql` asks for, or why GitHub would not take it. */
export type ParsedQuery =
  | { readonly document: DocumentNode; readonly variables: Json; readonly operationName: string | undefined }
  | { readonly problems: readonly string[] };

let cached: GraphQLSchema | undefined;

/** GitHub's published schema. Built when first needed: it has 60,000 lines. */
function githubSchema(): GraphQLSchema {
  if (cached !== undefined) return cached;
  // The package exports the text only together with a parsed form of 5 MB that nobody needs here.
  const manifest = findPackageJSON("@octokit/graphql-schema", import.meta.url);
  if (manifest === undefined) throw new Error("@octokit/graphql-schema is not installed.");
  const source = join(dirname(manifest), "schema.graphql");
  cached = buildSchema(readFileSync(source, "utf8"), { assumeValidSDL: true });
  restrict(cached, "GitObjectID", /^[0-9a-f]{40}$/);
  restrict(cached, "Base64String", /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/);
  return cached;
}

/** The schema says what a scalar is called, not what it looks like. */
function restrict(schema: GraphQLSchema, name: string, form: RegExp): void {
  const scalar = schema.getType(name) as GraphQLScalarType<string>;
  scalar.parseValue = (value) => {
    if (typeof value !== "string" || !form.test(value)) throw new TypeError(`${name} has another form`);
    return value;
  };
}

/** Parses and validates the body of a request to `/graphql`, variables included. */
export function parseQuery(body: unknown): ParsedQuery {
  if (!isObject(body)) return { problems: ["the body is not a JSON object"] };
  const { query, variables = {}, operationName, ...rest } = body;
  const unknown = Object.keys(rest).map((key) => `body field "${key}" is not known`);
  if (typeof query !== "string") return { problems: ['the body has no "query"', ...unknown] };
  if (!isObject(variables)) return { problems: ['"variables" is not an object', ...unknown] };
  const name = typeof operationName === "string" ? operationName : undefined;
  try {
    const document = parse(query);
    const schema = githubSchema();
    const errors = validate(schema, document).map(({ message }) => message);
    const problems = [...unknown, ...errors, ...(errors.length > 0 ? [] : checkVariables(document, name, variables))];
    return problems.length > 0 ? { problems } : { document, variables, operationName: name };
  } catch (error) {
    return { problems: [error instanceof Error ? error.message : String(error)] };
  }
}

function checkVariables(document: DocumentNode, name: string | undefined, variables: Json): string[] {
  const operation = getOperationAST(document, name);
  if (!operation) return ["the operation to execute is not clear"];
  const definitions = operation.variableDefinitions ?? [];
  const declared = new Set(definitions.map(({ variable }) => variable.name.value));
  const undeclared = Object.keys(variables).filter((key) => !declared.has(key));
  const { errors = [] } = getVariableValues(githubSchema(), definitions, variables);
  return [...undeclared.map((key) => `variable "${key}" is not declared`), ...errors.map(({ message }) => message)];
}

/** Names of the root fields that a query asks for, without looking at its validity. */
export function rootFieldsOf(body: unknown): string[] {
  if (!isObject(body) || typeof body.query !== "string") return [];
  try {
    const operation = getOperationAST(parse(body.query));
    const selections = operation?.selectionSet.selections ?? [];
    return selections.flatMap((selection) => (selection.kind === "Field" ? [selection.name.value] : []));
  } catch {
    return [];
  }
}

/**
 * Executes a parsed query with real GraphQL semantics. A field that the double does not model is a problem,
 * never a silent null.
 */
export async function executeQuery<Context>(
  query: Extract<ParsedQuery, { document: DocumentNode }>,
  roots: Readonly<Record<string, RootField<Context>>>,
  context: Context,
): Promise<{ readonly answer: Json; readonly problems: readonly string[] }> {
  const problems: string[] = [];
  const fieldResolver: GraphQLFieldResolver<Json, Context> = (source, args, _context, info) => {
    const value = source[info.fieldName];
    if (value === undefined) {
      problems.push(`the double does not model ${info.parentType.name}.${info.fieldName}`);
      return null;
    }
    return typeof value === "function" ? value(args, context) : value;
  };
  const { document, variables, operationName } = query;
  const result = await execute({
    schema: githubSchema(),
    document,
    rootValue: roots,
    contextValue: context,
    variableValues: variables,
    fieldResolver,
    ...(operationName === undefined ? {} : { operationName }),
  });
  for (const { originalError } of result.errors ?? []) {
    if (originalError && !(originalError instanceof GraphqlFailure)) problems.push(originalError.message);
  }
  const errors = result.errors?.map(renderError);
  return { answer: { data: result.data ?? null, ...(errors && { errors }) }, problems };
}

function renderError(error: GraphQLError): Json {
  const failure = error.originalError;
  return {
    ...(failure instanceof GraphqlFailure && { type: failure.type }),
    path: error.path,
    locations: error.locations,
    message: error.message,
  };
}
