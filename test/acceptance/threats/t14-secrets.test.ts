import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { shell } from "../../world/model.ts";
import { decisionOf, greet, steps } from "../bed.ts";
import { bringUnder, everythingTold, openScene, planned } from "../scene.ts";

const scene = openScene({ ready: ["planned"] });

/** What an agent under an attacker's control would run. */
const COMMANDS = [
  "env; set; export -p",
  "cat /proc/self/environ /proc/1/environ /proc/*/environ | tr '\\0' '\\n'",
  "cat /proc/*/cmdline | tr '\\0' ' '",
  "cat ../../_github_workflow/event.json ../../_runner_file_commands/output; ls -la ../../_github_workflow",
  "find /home /root /tmp -maxdepth 8 -name node_modules -prune -o -name event.json -print 2>/dev/null | xargs cat 2>/dev/null",
  "git config --list --show-origin; cat .git/config ../*/config ../git/config; ls -la ..",
  "cat $HOME/.npmrc $HOME/.netrc $HOME/.codex/auth.json $CODEX_HOME/auth.json; ls -la $HOME",
];

/** Where runners and tools keep credentials. */
const KEPT = [
  "home/.netrc",
  "home/.npmrc",
  "home/.gitconfig",
  "home/.git-credentials",
  "home/.ssh/id_ed25519",
  "home/.codex/auth.json",
  "home/.config/gh/hosts.yml",
  "home/actions-runner/.credentials",
  "workspace/.git/config",
  "aws/token",
];

describe("T14 the agent reads secrets", () => {
  test("and finds neither the token nor the key, in any output of the dry run and the execution", async () => {
    const { world } = scene;
    const pull = await planned(world);
    // Something listens there, and would answer.
    const network = `exec 3<>/dev/tcp/127.0.0.1/${new URL(world.github.url).port}; echo net=$?`;
    const commands = [...COMMANDS, `bash -c '${network}' || echo net=closed`].map((cmd) => shell({ cmd }));
    world.agent.change = steps(...commands, greet());
    const results = [
      await pull.label("grace", { environment: { GITHUB_TOKEN: world.token, OPENAI_API_KEY: world.apiKey } }),
      await pull.execute(),
    ];
    expect(results.map((result) => decisionOf(result).reasonCode)).toEqual(["plan_approved", "plan_executed"]);
    // The commands really ran: the model was given what they printed.
    const last = world.model.requests.findLast(({ toolOutputs }) => toolOutputs.length > commands.length);
    expect(last?.toolOutputs).toHaveLength(commands.length + 1);
    expect(last?.toolOutputs[0]).toContain("PATH=");
    expect(last?.toolOutputs[COMMANDS.length]).toMatch(/net=(?:[1-9]|closed)/);
    // The event file is closed; in what is told, it would be JSON in JSON.
    expect(last?.toolOutputs[3]).not.toContain('"repository"');
    const told = await everythingTold(world, results);
    expect(told).not.toContain(world.token);
    expect(told).not.toContain(Buffer.from(`x-access-token:${world.token}`).toString("base64"));
    expect(told).not.toContain(world.apiKey);
  });

  test("and finds nothing where runners and tools keep theirs", async () => {
    const { world } = scene;
    const root = mkdtempSync(join(tmpdir(), "codex-plan-governance-kept-"));
    onTestFinished(() => rmSync(root, { recursive: true }));
    for (const name of KEPT) {
      mkdirSync(dirname(join(root, name)), { recursive: true });
      writeFileSync(join(root, name), `canary-of-${name}\n`);
    }
    const environment = {
      HOME: join(root, "home"),
      GITHUB_WORKSPACE: join(root, "workspace"),
      AWS_WEB_IDENTITY_TOKEN_FILE: join(root, "aws/token"),
    };
    const pull = await planned(world);
    const cmd = `find ${root} -type f -exec cat {} +; cat ${KEPT.map((name) => join(root, name)).join(" ")}; true`;
    world.agent.change = steps(shell({ cmd }), greet());
    const results = [await pull.label("grace", { environment }), await pull.execute({ environment })];
    expect(results.map((result) => decisionOf(result).reasonCode)).toEqual(["plan_approved", "plan_executed"]);
    const told = await everythingTold(world, results);
    expect(told.match(/canary-of-[\w./-]+/g)).toBeNull();
  });

  test("and does not find the proxy, whose URL has a login, nor in the commands of verification", async () => {
    const { world } = scene;
    const look = "env; cat /proc/*/environ /proc/*/cmdline | tr '\\0' '\\n' || true";
    const proxy = "http://runner:login-of-the-proxy@127.0.0.1:9";
    // What leads here is left out, so that the model is reached without it.
    const environment = {
      ...{ HTTPS_PROXY: proxy, https_proxy: proxy, HTTP_PROXY: proxy, ALL_PROXY: proxy },
      ...{ NO_PROXY: "127.0.0.1,localhost,.localhost", no_proxy: "127.0.0.1,localhost,.localhost" },
    };
    const pull = await bringUnder(`verification: [${JSON.stringify(look)}]\n`, "planned", world);
    world.agent.change = steps(shell({ cmd: look }), greet());
    const results = [await pull.label("grace", { environment }), await pull.execute({ environment })];
    expect(results.map((result) => decisionOf(result).reasonCode)).toEqual(["plan_approved", "plan_executed"]);
    const told = (await everythingTold(world, results)).replace(/^::add-mask::.*$/gm, "");
    expect(told).toContain("PATH=");
    expect(told).not.toContain("login-of-the-proxy");
    expect(told).not.toMatch(/(?:https?|all)_proxy=/i);
  });

  test("and does not get them by way of the verification commands", async () => {
    const { world } = scene;
    const policy = 'verification:\n  - "env; cat /proc/*/environ; cat ../../_github_workflow/event.json || true"\n';
    const pull = await bringUnder(policy, "approved", world);
    const results = [await pull.execute()];
    expect(results[0]?.outputs["reason-code"]).toBe("plan_executed");
    const told = await everythingTold(world, results);
    expect(told).not.toContain(world.token);
    expect(told).not.toContain(world.apiKey);
  });
});
