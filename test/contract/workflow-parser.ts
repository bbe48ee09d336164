import { registerHooks } from "node:module";

// The package imports its schema without saying that it is JSON, which bundlers accept and Node refuses.
const hooks = registerHooks({
  resolve(specifier, context, next) {
    const resolved = next(specifier, context);
    const isSchema = /\/@actions\/workflow-parser\/.*\.json$/.test(resolved.url);
    return isSchema ? { ...resolved, importAttributes: { type: "json" } } : resolved;
  },
});
const { convertWorkflowTemplate, NoOperationTraceWriter, parseWorkflow } = await import("@actions/workflow-parser");
hooks.deregister();

/** What GitHub says of a workflow file when it reads it: its YAML, its schema, its expressions. Empty when nothing. */
export async function findParserFaults(name: string, content: string): Promise<string[]> {
  const { context, value } = parseWorkflow({ name, content }, new NoOperationTraceWriter());
  // The conversion finds what the schema cannot say, such as a job that needs one that is not there.
  if (value !== undefined) await convertWorkflowTemplate(context, value);
  return context.errors.getErrors().map(({ message }) => message);
}
