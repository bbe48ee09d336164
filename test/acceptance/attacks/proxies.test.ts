import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { startForwardProxy } from "../../world/forward-proxy.ts";
import { shell } from "../../world/model.ts";
import { Pull } from "../../world/pull.ts";
import { startTlsFront } from "../../world/tls-front.ts";
import { allowed, decisionOf, greet, steps } from "../bed.ts";
import { bringUnder, everythingTold, openScene } from "../scene.ts";

const scene = openScene();
const LOGIN = "runner:p@ss w0rd/of-proxy";

/** Names that only the proxy resolves: GitHub's API and the model are reached through it, or not at all. */
async function runner() {
  const { world } = scene;
  const port = (url: string) => Number(new URL(url).port);
  const model = await startTlsFront("model.invalid", port(world.model.baseUrl));
  const hosts = { "api.invalid": port(world.github.url), "model.invalid": model.port };
  const proxy = await startForwardProxy({ login: LOGIN, hosts });
  const directory = mkdtempSync(join(tmpdir(), "codex-proxy-"));
  const authority = join(directory, "authority.pem");
  writeFileSync(authority, model.authority);
  onTestFinished(async () => {
    await proxy[Symbol.asyncDispose]();
    await model[Symbol.asyncDispose]();
    rmSync(directory, { recursive: true });
  });
  const github = `http://api.invalid:${hosts["api.invalid"]}`;
  const options = {
    inputs: { "openai-base-url": "https://model.invalid/v1" },
    environment: {
      HTTP_PROXY: proxy.url,
      HTTPS_PROXY: proxy.url,
      NODE_EXTRA_CA_CERTS: authority,
      NO_PROXY: "127.0.0.1",
      GITHUB_API_URL: github,
      GITHUB_GRAPHQL_URL: `${github}/graphql`,
    },
  };
  return { proxy, options };
}

describe("on a runner whose only way out is a proxy with a login", () => {
  test("a change is planned, approved and executed, and nothing tells the login", async () => {
    const { world } = scene;
    const { proxy, options } = await runner();
    const cmd = "env; cat /proc/*/environ /proc/*/cmdline | tr '\\0' '\\n' || true";
    world.agent.change = steps(shell({ cmd }), greet());
    await world.repository.commit("main", {
      ".github/codex-governance.yml": `verification: [${JSON.stringify(cmd)}]\n`,
    });
    const pull = await Pull.open(world);
    const results = [
      await pull.ask("Greet.", options),
      await pull.label("grace", options),
      await pull.execute(options),
    ];
    expect(results.map(decisionOf)).toEqual([
      allowed("plan_published", "planned"),
      allowed("plan_approved", "approved"),
      allowed("plan_executed", "executed"),
    ]);
    const through = new Set(proxy.seen.map((line) => line.replace(/:\d+$/, "")));
    expect([...through]).toEqual(expect.arrayContaining(["CONNECT api.invalid", "CONNECT model.invalid"]));
    expect(proxy.refused).toBe(0);
    const told = await everythingTold(world, results);
    expect(told).toContain("PATH=");
    for (const secret of ["of-proxy", Buffer.from(LOGIN).toString("base64")]) {
      // The runner is told what to mask, and takes those lines out of the log.
      expect(told.replace(/^::add-mask::.*$/gm, "")).not.toContain(secret);
    }
    expect(told).not.toMatch(/https?_proxy=/i);
  });

  test("a proxy that is not there is a failure that says what to look at", async () => {
    const { options } = await runner();
    const pull = await bringUnder("", "approved", scene.world);
    const environment = { HTTPS_PROXY: "http://127.0.0.1:9", NO_PROXY: "127.0.0.1,localhost,github.localhost" };
    const result = await pull.execute({ inputs: options.inputs, environment });
    expect(decisionOf(result)).toMatchObject({ decision: "deny", reasonCode: "codex_service_failed" });
    expect(pull.comments.map(({ body }) => body).join("\n")).toMatch(/HTTPS_PROXY.*NO_PROXY/);
  });
});
