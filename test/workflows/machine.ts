import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { connect, createServer, type Server } from "node:net";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const HOSTED_MODEL = "https://api.openai.com/v1";

/** The place of one runner: what act and its jobs need on disk, and nothing of the machine's owner. */
export interface Machine {
  readonly directory: string;
  readonly home: string;
  /** What is searched for programs. */
  readonly path: string;
  /** The program. */
  readonly act: string;
  /** The action as the repository that `uses:` names: action.yml and dist. */
  readonly action: string;
  /** Jobs that asked for the sandbox since `forgetJobs`, which each job of the governed workflow does first. */
  readonly jobs: () => Promise<readonly string[]>;
  readonly forgetJobs: () => Promise<void>;
  /** What jobs asked `sudo` for, each once. */
  readonly privileged: () => Promise<readonly string[]>;
  readonly remove: () => Promise<void>;
}

/**
 * The examples give the action no model service of its own, so the action's copy has the scripted one as its default.
 * It is the one difference to what is published.
 */
async function copyAction(directory: string, modelUrl: string): Promise<void> {
  await mkdir(directory);
  for (const part of ["dist", "package.json"]) {
    await cp(join(ROOT, part), join(directory, part), { recursive: true });
  }
  const definition = await readFile(join(ROOT, "action.yml"), "utf8");
  if (definition.split(HOSTED_MODEL).length !== 2) {
    throw new Error(`action.yml must name ${HOSTED_MODEL} once, as the default of openai-base-url.`);
  }
  await writeFile(join(directory, "action.yml"), definition.replace(HOSTED_MODEL, modelUrl));
}

/** `gh` of the machine's jobs talks to this API, whatever its host is: its own configuration knows sockets. */
async function connectGh(home: string, socket: string, apiUrl: string): Promise<Server> {
  await mkdir(join(home, ".config", "gh"), { recursive: true });
  await writeFile(join(home, ".config", "gh", "config.yml"), `http_unix_socket: ${socket}\n`);
  const server = createServer((client) => {
    const upstream = connect(Number(new URL(apiUrl).port), "127.0.0.1");
    client.on("error", () => upstream.destroy());
    upstream.on("error", () => client.destroy());
    client.pipe(upstream).pipe(client);
  });
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  return server;
}

/** @param urls where the model and GitHub's API are */
export async function prepareMachine(urls: { readonly model: string; readonly api: string }): Promise<Machine> {
  const act = process.env.ACT;
  if (act === undefined) throw new Error("ACT does not name act's binary: run this through `npm run test:act`.");
  // Not below the system's temporary directory: Codex warns about a home there.
  const parent = join(homedir(), ".cache", "codex-plan-governance");
  await mkdir(parent, { recursive: true });
  const directory = await mkdtemp(join(parent, "act-"));
  const place = (name: string) => join(directory, name);
  const [jobs, commands] = [place("jobs"), place("commands")];
  const read = async (file: string) => (await readFile(file, "utf8")).split("\n").slice(0, -1);
  await Promise.all([copyAction(place("action"), urls.model), mkdir(place("bin")), mkdir(place("home"))]);
  await Promise.all([
    writeFile(jobs, ""),
    writeFile(commands, ""),
    // Not the real one: a test must not change a setting of the machine's kernel, nor ask for a password.
    writeFile(place("bin/sudo"), `#!/bin/sh\necho "$*" >> '${commands}'\necho "$GITHUB_JOB" >> '${jobs}'\n`, {
      mode: 0o755,
    }),
  ]);
  const gh = await connectGh(place("home"), place("github.sock"), urls.api);
  return {
    directory,
    home: place("home"),
    path: [place("bin"), join(ROOT, "node_modules", ".bin"), process.env.PATH].join(delimiter),
    act,
    action: place("action"),
    jobs: () => read(jobs),
    forgetJobs: () => writeFile(jobs, ""),
    privileged: async () => [...new Set(await read(commands))],
    remove: async () => {
      await new Promise((resolve) => gh.close(resolve));
      await rm(directory, { recursive: true, force: true });
    },
  };
}
