import { createArtifacts } from "./adapters/artifact/artifacts.ts";
import { createCodex } from "./adapters/codex/codex.ts";
import { locateCodex } from "./adapters/codex/installation.ts";
import { redact } from "./adapters/codex/redaction.ts";
import { createDisk } from "./adapters/disk/disk.ts";
import { createGit } from "./adapters/git/git-adapter.ts";
import { createGitHub } from "./adapters/github/github.ts";
import { createGitHubTime } from "./adapters/github/github-time.ts";
import { createSlack } from "./adapters/slack/slack.ts";
import { spellOutInvisible } from "./governance/visible.ts";
import type { Inputs } from "./inputs.ts";
import type { Ports } from "./ports.ts";
import { proxySettings } from "./proxy-settings.ts";
import { readablePlaces } from "./readable-places.ts";
import type { RunnerEnvironment } from "./runner-environment.ts";
import { secretValues } from "./secret-values.ts";

/** The secrets of the inputs and of the environment: nothing that is shown or archived may have one. */
function ownSecrets({ openaiApiKey, githubToken, slackWebhookUrl }: Inputs): readonly string[] {
  return [openaiApiKey, githubToken, slackWebhookUrl ?? "", ...secretValues(process.env)];
}

/** Takes the run's own secrets out of a text, and what looks like one. */
export function cleaner(inputs: Inputs): (text: string) => string {
  const secrets = ownSecrets(inputs);
  return (text) => redact(text, secrets);
}

/** Lines of progress in the run's log. */
export function openLog(inputs: Inputs): (line: string) => void {
  const clean = cleaner(inputs);
  // What is logged may quote a repository or a model; a line of the log must never have a runner's command, of which
  // the old form counts anywhere in a line.
  const inert = (line: string) => spellOutInvisible(clean(line).replace(/\s+/g, " ")).replaceAll("##[", "## [");
  return (line) => console.log(`» ${inert(line)}`);
}

/** The real world behind the ports. */
export async function openPorts(inputs: Inputs, environment: RunnerEnvironment): Promise<Ports> {
  const { apiUrl, graphqlUrl, temporaryDirectory, toolDirectory, context } = environment;
  const [owner = "", repo = ""] = context.repository.split("/");
  const token = inputs.githubToken;
  const clean = cleaner(inputs);
  const log = openLog(inputs);
  const clock = createGitHubTime({ log });
  const disk = createDisk(temporaryDirectory);
  return {
    github: createGitHub({ token, apiUrl, graphqlUrl, owner, repo, log, onDate: clock.noteDate }),
    artifacts: createArtifacts({ token, owner, repo, apiUrl, temporaryDirectory, log }),
    git: createGit({ remoteUrl: `${context.serverUrl}/${context.repository}.git`, token, temporaryDirectory, log }),
    codex: createCodex({
      locate: (version) =>
        locateCodex({
          version,
          cacheDirectory: toolDirectory,
          environment: process.env,
          ...(inputs.codexPath === undefined ? {} : { codexPath: inputs.codexPath }),
        }),
      apiKey: inputs.openaiApiKey,
      secrets: ownSecrets(inputs),
      baseUrl: inputs.openaiBaseUrl,
      temporaryDirectory,
      proxies: proxySettings(process.env),
      disk,
      readable: (directories) => readablePlaces(process.env, temporaryDirectory, directories),
      log,
    }),
    disk,
    notifier: createSlack({ webhookUrl: inputs.slackWebhookUrl, log }),
    clock,
    redact: clean,
    log,
  };
}
