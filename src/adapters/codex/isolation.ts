import { readlinkSync } from "node:fs";
import { z } from "zod";
import { ConfigurationError } from "../../governance/errors.ts";
import { LOOPBACK_PROFILE } from "./configuration.ts";
import type { RunLog } from "./run-log.ts";
import type { Session } from "./session.ts";
import { withoutPlaceholders } from "./verification.ts";

const TRIAL_MS = 30_000;
/** A process's network namespace is named by this link; two that differ share no interface and no port. */
const NAMESPACE = "/proc/self/ns/net";

/** Asks the proxy for a name that exists nowhere: only one that lets nothing through answers 403. 0 is no answer. */
const TRIAL = `
const { readFileSync, readlinkSync } = require("node:fs");
const namespace = readlinkSync(${JSON.stringify(NAMESPACE)});
const routes = readFileSync("/proc/net/route", "utf8").trim().split("\\n").length - 1;
const tell = (proxy) => process.stdout.write(JSON.stringify({ namespace, routes, proxy }));
const address = process.env.HTTP_PROXY;
if (address === undefined) tell(0);
else {
  const { hostname, port } = new URL(address);
  const request = { hostname, port, path: "http://closed.invalid/", headers: { host: "closed.invalid" }, agent: false };
  const client = require("node:http").get(request, (answer) => answer.resume().on("end", () => tell(answer.statusCode)));
  client.on("error", () => tell(0));
}
`;

const observedSchema = z.object({ namespace: z.string(), routes: z.number(), proxy: z.number() });

/**
 * Looks from inside at the network that commands get in the loopback profile. A Codex that knows no such profile would
 * take it for the open network: nothing runs in it then. Throws ConfigurationError `sandbox_unavailable`.
 */
export async function proveIsolation(session: Session, log: RunLog, directory: string): Promise<void> {
  const argv = [process.execPath, "-e", TRIAL];
  const trial = await withoutPlaceholders(directory, () =>
    session.execute({ argv, profile: LOOPBACK_PROFILE, timeoutMs: TRIAL_MS }),
  );
  const ours = ownNamespace();
  const observed = observedSchema.safeParse(parseJson(trial.stdout)).data;
  const isApart = observed !== undefined && ours !== undefined && observed.namespace !== ours && observed.routes === 0;
  if (trial.exitCode === 0 && isApart && observed.proxy === 403) return;
  const got = log.text(`${trial.stdout.trim()} ${trial.stderr.trim()}`.trim(), 600);
  throw new ConfigurationError(
    "sandbox_unavailable",
    "Codex's sandbox gives commands no closed network of their own: expected another network namespace than this " +
      `process's (${ours ?? "unknown"}), no routes, and a proxy that answers 403, got exit code ${trial.exitCode} and: ` +
      `${got || "nothing"}. Use a Linux runner and the pinned Codex.`,
  );
}

function ownNamespace(): string | undefined {
  try {
    return readlinkSync(NAMESPACE);
  } catch {
    return undefined;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
