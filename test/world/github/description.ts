import { readFileSync } from "node:fs";
import { Ajv2019, type ErrorObject, type ValidateFunction } from "ajv/dist/2019.js";
import formats from "ajv-formats";
import { closeAnswer, closeRequest, isObject, type Json, orNull, toJsonSchema } from "./json-schema.ts";

interface Parameter {
  readonly name: string;
  readonly in: "path" | "query" | "header";
  readonly required: boolean;
  readonly schema: Json;
}

/** One operation of GitHub's OpenAPI description, such as `GET /repos/{owner}/{repo}`. */
export interface Operation {
  readonly name: string;
  readonly method: string;
  readonly pattern: RegExp;
  readonly parameters: readonly Parameter[];
  readonly body: { readonly required: boolean; readonly schema: Json } | undefined;
  readonly responses: Json;
}

export interface MatchedOperation {
  readonly operation: Operation;
  /** Decoded path parameters. */
  readonly path: Readonly<Record<string, string>>;
}

/** What a request brings, with parameters in their declared type once they are checked. */
export interface CheckedRequest {
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly problems: readonly string[];
}

const SOURCE = new URL("../generated/github-openapi.json", import.meta.url);

/** These parameters span `/`; GitHub takes them encoded and plain. */
const SPANNING = new Set(["path", "ref", "branch"]);

/** GitHub's official description, cut to the operations in use: finds operations, checks requests and answers. */
export class Description {
  readonly #ajv: Ajv2019;
  readonly #operations: readonly Operation[];
  readonly #validators = new Map<string, ValidateFunction>();

  constructor() {
    const document = JSON.parse(readFileSync(SOURCE, "utf8"));
    this.#ajv = createValidator("github", correct(document.components.schemas));
    this.#operations = operationsOf(document.paths);
  }

  get operations(): readonly string[] {
    return this.#operations.map(({ name }) => name);
  }

  find(method: string, pathname: string): MatchedOperation | undefined {
    for (const operation of this.#operations) {
      const groups = operation.method === method ? operation.pattern.exec(pathname)?.groups : undefined;
      if (groups === undefined) continue;
      const decoded = Object.entries(groups).map(([name, value]) => [name, decodeURIComponent(value)]);
      return { operation, path: Object.fromEntries(decoded) };
    }
    return undefined;
  }

  checkRequest(matched: MatchedOperation, query: URLSearchParams, body: unknown): CheckedRequest {
    const { operation, path } = matched;
    const given = new Map(Object.entries(path));
    const problems: string[] = [];
    for (const [name, value] of query) {
      const known = operation.parameters.some((parameter) => parameter.in === "query" && parameter.name === name);
      if (!known) problems.push(`query parameter "${name}" is not documented`);
      else if (given.has(name)) problems.push(`query parameter "${name}" is given twice`);
      else given.set(name, value);
    }
    const parameters: Record<string, unknown> = {};
    for (const parameter of operation.parameters) {
      const text = given.get(parameter.name);
      if (text === undefined) {
        if (parameter.required) problems.push(`parameter "${parameter.name}" is missing`);
        continue;
      }
      parameters[parameter.name] = coerce(text, parameter.schema);
      const validate = this.#validator(`${operation.name} ${parameter.name}`, () => parameter.schema);
      problems.push(...this.#problems(validate, parameters[parameter.name], `parameter ${parameter.name}`));
    }
    return { parameters, problems: [...problems, ...this.#checkBody(operation, body)] };
  }

  /** What is wrong with an answer. Failures are checked for nothing: GitHub documents only some of them. */
  checkAnswer(operation: Operation, status: number, mediaType: string | undefined, body: unknown): string[] {
    if (status >= 400) return [];
    const response = operation.responses[String(status)];
    if (!isObject(response)) return [`status ${status} is not documented`];
    const content = response.content;
    if (!isObject(content)) return body === undefined ? [] : [`status ${status} has no body`];
    // A raw file has no schema.
    if (mediaType !== "application/json") return [];
    const schema = (content["application/json"] as Json | undefined)?.schema;
    const validate = this.#validator(`${operation.name} ${status}`, () => closeAnswer(schema));
    return this.#problems(validate, body, "answer");
  }

  #checkBody(operation: Operation, body: unknown): string[] {
    if (operation.body === undefined) return body === undefined ? [] : ["a body is sent where none is documented"];
    if (body === undefined) return operation.body.required ? ["the body is missing"] : [];
    const { schema } = operation.body;
    const validate = this.#validator(`${operation.name} body`, () => closeRequest(schema));
    return this.#problems(validate, body, "body");
  }

  #validator(key: string, schemaOf: () => unknown): ValidateFunction {
    const known = this.#validators.get(key);
    if (known !== undefined) return known;
    const validate = this.#ajv.compile(toJsonSchema(schemaOf()) as Json);
    this.#validators.set(key, validate);
    return validate;
  }

  #problems(validate: ValidateFunction, value: unknown, where: string): string[] {
    return validate(value) ? [] : describeErrors(validate.errors ?? [], where);
  }
}

let shared: Description | undefined;

/** One description a process: it does not change, and doubles come and go with tests. */
export function githubDescription(): Description {
  shared ??= new Description();
  return shared;
}

/** A validator that has a document's component schemas registered under `base`. */
export function createValidator(base: string, schemas: Json): Ajv2019 {
  const ajv = new Ajv2019({ strict: false, allErrors: true, logger: false, validateFormats: true });
  formats.default(ajv);
  const translated = Object.fromEntries(Object.entries(schemas).map(([name, s]) => [name, toJsonSchema(s, base)]));
  ajv.addSchema({ $id: base, components: { schemas: translated } });
  return ajv;
}

export function describeErrors(errors: readonly ErrorObject[], where: string): string[] {
  const texts = errors.map(({ instancePath, message, params }) => {
    return `${where}${instancePath} ${message ?? "is wrong"} ${JSON.stringify(params)}`;
  });
  return [...new Set(texts)].slice(0, 8);
}

/**
 * Where the description is known to be narrower than GitHub: the repository of a deleted fork and the actor of
 * an event whose account is gone are null.
 */
function correct(schemas: Record<string, Json>): Record<string, Json> {
  const corrected = structuredClone(schemas) as Record<string, { properties: Record<string, Json> }>;
  for (const name of ["pull-request", "pull-request-simple"]) {
    const head = corrected[name]?.properties.head as { properties: Record<string, Json> };
    head.properties.repo = orNull(head.properties.repo);
  }
  for (const name of ["labeled-issue-event", "unlabeled-issue-event"]) {
    const { properties } = corrected[name] as { properties: Record<string, Json> };
    properties.actor = orNull(properties.actor);
  }
  return corrected;
}

function operationsOf(paths: Readonly<Record<string, Readonly<Record<string, Json>>>>): Operation[] {
  const operations = Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => {
      const body = operation.requestBody as { required: boolean; content: Record<string, { schema: Json }> };
      return {
        name: `${method.toUpperCase()} ${path}`,
        method: method.toUpperCase(),
        pattern: patternOf(path),
        parameters: operation.parameters as readonly Parameter[],
        body: body && { required: body.required, schema: body.content["application/json"]?.schema as Json },
        responses: operation.responses as Json,
      };
    }),
  );
  // The more literal path first: `/issues/comments/{id}` before `/issues/{number}/comments`. A parameter that spans `/` comes last.
  const parametersOf = ({ name }: Operation) => name.split("{").length;
  return operations.sort((a, b) => parametersOf(a) - parametersOf(b) || b.name.length - a.name.length);
}

function patternOf(path: string): RegExp {
  const source = path.replace(/\{(\w+)\}/g, (_, name) => `(?<${name}>${SPANNING.has(name) ? ".+" : "[^/]+"})`);
  return new RegExp(`^${source}$`);
}

function coerce(text: string, schema: Json): unknown {
  if (schema.type === "integer" && /^\d+$/.test(text)) return Number(text);
  if (schema.type === "boolean" && (text === "true" || text === "false")) return text === "true";
  return text;
}
