import { type ParseArgsConfig, parseArgs } from "node:util";
import { type BundlePlace, findBundles } from "./bundles.ts";
import { UsageError } from "./command.ts";

/** The options of a command and its paths. Throws UsageError for what is unknown or incomplete, and without any path. */
export function parseArguments<T extends NonNullable<ParseArgsConfig["options"]>>(args: readonly string[], options: T) {
  const { values, positionals } = parse(args, options);
  if (positionals.length === 0) throw new UsageError("Expected the path of at least one bundle or directory.");
  return { values, paths: positionals };
}

function parse<T extends NonNullable<ParseArgsConfig["options"]>>(args: readonly string[], options: T) {
  try {
    return parseArgs({ args: [...args], allowPositionals: true, options });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

/** The bundles at all paths, in their order. Throws UsageError for a path without any. */
export async function findAllBundles(paths: readonly string[]): Promise<readonly BundlePlace[]> {
  const places: BundlePlace[] = [];
  for (const path of paths) places.push(...(await findBundles(path)));
  return places;
}

/** `owner/name` as GitHub has it, or undefined. */
export function parseRepository(text: string): { readonly owner: string; readonly repo: string } | undefined {
  const [, owner, repo] = /^([A-Za-z0-9-]+)\/([\w.-]+)$/.exec(text) ?? [];
  return owner === undefined || repo === undefined || /^\.{1,2}$/.test(repo) ? undefined : { owner, repo };
}
