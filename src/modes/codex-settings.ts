import type { CodexSettings } from "../ports.ts";
import type { RunRecord } from "./run-record.ts";

/** Codex as the policy pins it. */
export function codexSettings({ policy }: RunRecord): CodexSettings {
  const { version, model, effort, "timeout-minutes": minutes, "readable-directories": directories } = policy.codex;
  return { version, model, effort, timeoutSeconds: minutes * 60, readableDirectories: directories };
}
