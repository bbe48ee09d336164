/** A JSON value with names. */
export type Json = Readonly<Record<string, unknown>>;

const BASE = "github";

/**
 * Turns a schema of OpenAPI 3.0 (or 3.1) into JSON Schema 2019-09: `nullable` becomes a type, and references
 * lead into the document registered under `base`.
 */
export function toJsonSchema(schema: unknown, base = BASE): unknown {
  if (Array.isArray(schema)) return schema.map((entry) => toJsonSchema(entry, base));
  if (!isObject(schema)) return schema;
  const { nullable, ...rest } = schema;
  const translated = Object.fromEntries(
    Object.entries(rest).map(([key, value]) => [key, translateKeyword(key, value, base)]),
  );
  return nullable === true ? orNull(translated) : translated;
}

function translateKeyword(key: string, value: unknown, base: string): unknown {
  if (key === "$ref") return `${base}${String(value)}`;
  if (key === "enum" || key === "default" || key === "const") return value;
  if (key === "properties" && isObject(value)) {
    return Object.fromEntries(Object.entries(value).map(([name, entry]) => [name, toJsonSchema(entry, base)]));
  }
  return toJsonSchema(value, base);
}

/** The same schema, or null. */
export function orNull(schema: unknown): Json {
  return { anyOf: [schema, { type: "null" }] };
}

/**
 * A request's body schema that knows no fields but the declared ones, at every depth. GitHub ignores unknown
 * fields, which is how a misspelt one goes unnoticed. Lengths are left to the handlers: GitHub answers 422.
 */
export function closeRequest(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closeRequest);
  if (!isObject(schema)) return schema;
  const { additionalProperties, maxLength: _lengthIsAnswered, ...rest } = schema;
  const closed: Record<string, unknown> = { ...rest };
  for (const key of ["items"]) if (key in rest) closed[key] = closeRequest(rest[key]);
  if (isObject(rest.properties)) {
    const entries = Object.entries(rest.properties).map(([name, entry]) => [name, closeRequest(entry)]);
    closed.properties = Object.fromEntries(entries);
  }
  for (const key of ["oneOf", "anyOf", "allOf"]) {
    // Branches describe the same value: only their parent may close it.
    if (Array.isArray(rest[key]))
      closed[key] = (rest[key] as unknown[]).map((branch) => openBranch(closeRequest(branch)));
  }
  // An object that names nothing and is said to be open is somebody else's format, such as a Sigstore bundle.
  if (additionalProperties === true && isObject(rest.properties) && Object.keys(rest.properties).length === 0) {
    return { ...closed, additionalProperties };
  }
  if (hasProperties(rest)) return { ...closed, unevaluatedProperties: false };
  return additionalProperties === undefined ? closed : { ...closed, additionalProperties };
}

function openBranch(schema: unknown): unknown {
  if (!isObject(schema)) return schema;
  const { unevaluatedProperties: _closedByParent, ...rest } = schema;
  return rest;
}

function hasProperties(schema: Json): boolean {
  const branches = ["oneOf", "anyOf", "allOf"].flatMap((key) => (schema[key] ?? []) as unknown[]);
  return "properties" in schema || branches.some((branch) => isObject(branch) && hasProperties(branch));
}

/** An answer's schema that refuses fields GitHub does not document, at the top and in inline objects. */
export function closeAnswer(schema: unknown): unknown {
  if (!isObject(schema)) return schema;
  if (schema.type === "array") return { ...schema, items: closeAnswer(schema.items) };
  if (schema.type === "object" && isObject(schema.properties)) {
    const entries = Object.entries(schema.properties).map(([name, entry]) => [name, closeAnswer(entry)]);
    return { ...schema, properties: Object.fromEntries(entries), additionalProperties: false };
  }
  const isReference = "$ref" in schema || "oneOf" in schema || "anyOf" in schema || "allOf" in schema;
  return isReference ? { allOf: [schema], unevaluatedProperties: false } : schema;
}

export function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
