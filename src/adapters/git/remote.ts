import { ConfigurationError, ExternalError } from "../../governance/errors.ts";
import type { Sha } from "../../ports.ts";
import { type GitPlace, runGit } from "./git-process.ts";
import { isObjectId } from "./tree-format.ts";

/** How much history is asked for, step by step, to find where a pull request left its base. Commits alone. */
const HISTORY_DEPTHS = [32, 512, 8192];

/** The history is context; a slow server must not make a run wait long for it. */
const HISTORY_TIMEOUT_SECONDS = 60;

/** Where a runner behind a proxy is told of it. Only https: a loopback remote needs none. */
const PROXY_VARIABLES = [
  ...["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "NO_PROXY", "no_proxy"],
  ...["SSL_CERT_FILE", "SSL_CERT_DIR"],
];

/** A repository on a server, read with a token. */
export class Remote {
  readonly #url: string;
  readonly #token: string;
  readonly #timeoutSeconds: number;

  /** Throws ConfigurationError `configuration_invalid` for anything but https (or http to the loopback). */
  constructor(url: string, token: string, timeoutSeconds: number) {
    this.#url = checkUrl(url);
    this.#token = token;
    this.#timeoutSeconds = timeoutSeconds;
  }

  /** Fetches exactly these commits with their files, no history. Throws ExternalError `git_failed`. */
  async fetchCommits(place: GitPlace, shas: readonly Sha[]): Promise<void> {
    await this.#fetch(place, ["--depth=1"], shas, this.#timeoutSeconds);
    for (const sha of shas) {
      const args = ["rev-parse", "--verify", "--quiet", `${sha}^{commit}`];
      const got = (await runGit(place, { args, accept: [0, 1, 128] })).stdout.toString().trim();
      if (got === sha) continue;
      throw new ExternalError("git_failed", `Fetched ${sha}, but ${got === "" ? "it is no commit" : `got ${got}`}.`);
    }
  }

  /**
   * The best common ancestor in a bounded part of the history; undefined when there is none in it. Uses a git
   * directory of its own: a fetch with a filter makes git complete missing objects over the network later.
   */
  async findMergeBase(place: GitPlace, head: Sha, base: Sha): Promise<Sha | undefined> {
    await initRepository(place, head);
    const seconds = Math.min(this.#timeoutSeconds, HISTORY_TIMEOUT_SECONDS);
    for (const depth of HISTORY_DEPTHS) {
      await this.#fetch(place, [`--depth=${depth}`, "--filter=tree:0"], [head, base], seconds);
      const result = await runGit(place, { args: ["merge-base", head, base], accept: [0, 1] });
      const found = result.stdout.toString().trim();
      if (isObjectId(found)) return found;
      const shallow = await runGit(place, { args: ["rev-parse", "--is-shallow-repository"] });
      if (shallow.stdout.toString().trim() === "false") return undefined;
    }
    return undefined;
  }

  async #fetch(place: GitPlace, options: readonly string[], shas: readonly Sha[], seconds: number): Promise<void> {
    for (const sha of shas) {
      if (!isObjectId(sha)) throw new ExternalError("git_failed", `Not a commit id: ${JSON.stringify(sha)}.`);
    }
    const quiet = ["--quiet", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules", "--no-auto-maintenance"];
    const basic = Buffer.from(`x-access-token:${this.#token}`).toString("base64");
    await runGit(place, {
      args: ["fetch", ...quiet, ...options, "--", this.#url, ...new Set(shas)],
      config: [[`http.${this.#url}.extraHeader`, `Authorization: Basic ${basic}`]],
      env: proxyEnvironment(),
      isRemote: true,
      secrets: [basic, this.#token],
      timeoutSeconds: seconds,
    });
  }
}

/** Makes an empty git directory with the hash that this commit id is of. */
export async function initRepository(place: GitPlace, like: Sha): Promise<void> {
  const format = like.length === 64 ? "sha256" : "sha1";
  await runGit(place, {
    args: ["init", "--quiet", "--bare", "--template=", `--object-format=${format}`, place.gitDirectory],
  });
}

function checkUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const loopback = url?.protocol === "http:" && /^(?:127\.0\.0\.1|\[::1\]|(?:[\w-]+\.)?localhost)$/.test(url.hostname);
  if (url !== undefined && (url.protocol === "https:" || loopback) && url.username === "" && url.password === "") {
    return text;
  }
  throw new ConfigurationError(
    "configuration_invalid",
    `The git remote must be an https URL without credentials, got ${JSON.stringify(text.replace(/\/\/[^@/]*@/, "//***@"))}.`,
  );
}

function proxyEnvironment(): Record<string, string> {
  return Object.fromEntries(
    PROXY_VARIABLES.map((name) => [name, process.env[name]] as const).filter((pair) => pair[1] !== undefined),
  ) as Record<string, string>;
}
