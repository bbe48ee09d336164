/** Annotations that say nothing to a validator: leaving them out makes the subset small. */
const ANNOTATIONS = new Set([
  "deprecated",
  "description",
  "discriminator",
  "example",
  "examples",
  "externalDocs",
  "summary",
  "tags",
  "title",
]);

/** A deep copy without annotations. Names of properties are kept whatever they are called. */
export function withoutAnnotations(value, isNameMap = false) {
  if (Array.isArray(value)) return value.map((entry) => withoutAnnotations(entry));
  if (value === null || typeof value !== "object") return value;
  const entries = Object.entries(value).filter(
    ([key]) => isNameMap || (!ANNOTATIONS.has(key) && !key.startsWith("x-")),
  );
  return Object.fromEntries(
    entries.map(([key, entry]) => {
      const opaque = !isNameMap && (key === "enum" || key === "default" || key === "const");
      return [key, opaque ? entry : withoutAnnotations(entry, !isNameMap && key === "properties")];
    }),
  );
}

/** Every `$ref` below a value. */
function references(value, found = new Set()) {
  if (value === null || typeof value !== "object") return found;
  if (typeof value.$ref === "string") found.add(value.$ref);
  for (const entry of Object.values(value)) references(entry, found);
  return found;
}

/** The component schemas that the roots need, directly or through others, sorted by name. */
export function schemasOf(roots, schemas) {
  const taken = new Map();
  const open = [...references(roots)];
  for (let ref = open.pop(); ref !== undefined; ref = open.pop()) {
    const name = ref.replace("#/components/schemas/", "");
    if (taken.has(name)) continue;
    if (!(name in schemas)) throw new Error(`Reference not found: expected a component schema, got ${ref}.`);
    const schema = withoutAnnotations(schemas[name]);
    taken.set(name, schema);
    open.push(...references(schema));
  }
  return Object.fromEntries([...taken].sort(([a], [b]) => (a < b ? -1 : 1)));
}
