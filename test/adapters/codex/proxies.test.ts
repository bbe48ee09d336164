import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { proxySecrets, proxySettings } from "../../../src/proxy-settings.ts";
import { startForwardProxy } from "../../world/forward-proxy.ts";
import { message, type Responder, shell } from "../../world/model.ts";
import { startTlsFront } from "../../world/tls-front.ts";
import { grantOnly, openBench, VERSIONS } from "./bench.ts";

const LOGIN = "runner:p@ss w0rd/of-proxy";
const MODEL = "model.invalid";

/** A bench whose model only the proxy can reach, by a name that nothing resolves. */
async function behindProxy(
  installed: (typeof VERSIONS)[number],
  environment: (url: string) => Record<string, string>,
  respond: Responder = () => [message("done")],
) {
  const inner = await openBench({ ...installed, respond });
  const proxy = await startForwardProxy({
    login: LOGIN,
    hosts: { [MODEL]: Number(new URL(inner.model.baseUrl).port) },
  });
  const outer = await openBench({
    ...installed,
    settings: { timeoutSeconds: 20 },
    options: { baseUrl: `http://${MODEL}/v1`, proxies: proxySettings(environment(proxy.url)) },
  });
  onTestFinished(async () => {
    await proxy[Symbol.asyncDispose]();
    await outer[Symbol.asyncDispose]();
    await inner[Symbol.asyncDispose]();
  });
  const change = () =>
    outer.codex.change({ directory: outer.directory, settings: outer.settings, prompt: "Go.", guard: grantOnly() });
  return { proxy, change, bench: outer, model: inner.model };
}

it.each(
  VERSIONS.flatMap((installed) => ["HTTP_PROXY", "http_proxy", "ALL_PROXY"].map((name) => ({ ...installed, name }))),
)("reaches the model of Codex $version through $name with a login", async ({ name, ...installed }) => {
  const { proxy, change } = await behindProxy(installed, (url) => ({ [name]: url }));
  expect((await change()).message).toBe("done");
  expect(new Set(proxy.seen)).toEqual(new Set([`POST ${MODEL}`]));
  expect(proxy.refused).toBe(0);
});

it.each(VERSIONS)("heeds NO_PROXY in Codex $version, and says what to look at", async (installed) => {
  const { proxy, change } = await behindProxy(installed, (url) => ({ HTTP_PROXY: url, NO_PROXY: "x,.invalid" }));
  await expect(change()).rejects.toMatchObject({
    cause: { code: "codex_service_failed", message: expect.stringMatching(/HTTPS_PROXY.*NO_PROXY/) },
  });
  expect(proxy.seen).toEqual([]);
});

it.each(VERSIONS)(
  "says in Codex $version that the proxy wants a login, without the one that it got",
  async (installed) => {
    const wrong = (url: string) => ({ HTTP_PROXY: url.replace("of-proxy", "of-nobody") });
    const { proxy, change } = await behindProxy(installed, wrong);
    const failure = await change().then(
      () => undefined,
      (error: Error) => error,
    );
    expect(failure).toMatchObject({
      cause: { code: "codex_service_failed", message: expect.stringContaining("wants a login") },
    });
    expect(failure?.message).not.toContain("of-nobody");
    expect(proxy.refused).toBeGreaterThan(0);
  },
);

it.each(VERSIONS)(
  "keeps the proxy from commands of the model and of verification in Codex $version",
  async (installed) => {
    const cmd = "env; cat /proc/*/environ | tr '\\0' '\\n'; cat /proc/*/cmdline | tr '\\0' ' '";
    const { bench, change, model } = await behindProxy(
      installed,
      (url) => ({ HTTP_PROXY: url, HTTPS_PROXY: url, ALL_PROXY: url, NO_PROXY: "keep.invalid" }),
      (_request, index) => (index === 0 ? [shell({ cmd })] : [message("done")]),
    );
    const run = await change();
    const [verified] = await bench.codex.verify({
      directory: bench.directory,
      settings: bench.settings,
      commands: [cmd],
    });
    for (const text of [model.requests[1]?.toolOutputs[0] ?? "", verified?.output ?? ""]) {
      expect(text).toContain("PATH=");
      expect(text).not.toMatch(/_PROXY=|_proxy=|of-proxy|keep\.invalid/);
    }
    expect(Buffer.from(run.log).toString()).not.toContain("of-proxy");
  },
);

it.each(VERSIONS)(
  "reaches with Codex $version a model over TLS by CONNECT, with the runner's authority",
  async (installed) => {
    await using inner = await openBench({ ...installed, respond: () => [message("done")] });
    await using front = await startTlsFront(MODEL, Number(new URL(inner.model.baseUrl).port));
    await using proxy = await startForwardProxy({
      login: LOGIN,
      hosts: { [MODEL]: front.port },
    });
    const authority = join(inner.base, "authority.pem");
    writeFileSync(authority, front.authority);
    await using outer = await openBench({
      ...installed,
      settings: { timeoutSeconds: 20 },
      options: {
        baseUrl: `https://${MODEL}/v1`,
        proxies: proxySettings({ HTTPS_PROXY: proxy.url, NODE_EXTRA_CA_CERTS: authority }),
      },
    });
    const { codex, directory, settings } = outer;
    const run = await codex.change({ directory, settings, prompt: "Go.", guard: grantOnly() });
    expect(run.message).toBe("done");
    expect(new Set(proxy.seen)).toEqual(new Set([`CONNECT ${MODEL}:443`]));
  },
);

it("knows the login of a proxy in each of its spellings, and takes no plain name for one", () => {
  const url = "http://runner:p%40ss%20w0rd@proxy.example:8080";
  const basic = Buffer.from("runner:p@ss w0rd").toString("base64");
  expect(proxySecrets({ HTTPS_PROXY: url, https_proxy: url })).toEqual([
    ...["p%40ss%20w0rd", "p@ss w0rd", "runner:p%40ss%20w0rd", basic],
  ]);
  expect(proxySecrets({ HTTP_PROXY: "http://proxy.example:8080" })).toEqual([]);
  expect(proxySecrets({ HTTP_PROXY: "http://runner@proxy.example:8080" })).toEqual([]);
  expect(proxySecrets({ ALL_PROXY: "u:bad%escape@proxy.example" })).toContain("bad%escape");
  expect(proxySettings({ PATH: "/bin", HTTP_PROXY: "", NO_PROXY: "x" })).toEqual({ NO_PROXY: "x" });
});
