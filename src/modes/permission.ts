import { GovernanceError } from "../governance/errors.ts";
import type { Permission } from "../ports.ts";
import type { RunRecord } from "./run-record.ts";

/** Permissions of those who may ask for a plan and sign. Triage maps to `read`, maintain to `write`. */
export const WRITING: ReadonlySet<string> = new Set(["write", "admin"]);

/**
 * What an account may do in this repository, live. Undefined for whom GitHub answers 404: apps, and people it does not
 * know. That is no permission, hence a denial and not a failure; every other failure is one, and is thrown.
 */
export async function fetchPermissionOf({ ports }: RunRecord, login: string): Promise<Permission | undefined> {
  try {
    return await ports.github.fetchPermission(login);
  } catch (error) {
    if (error instanceof GovernanceError && error.code === "github_not_found") return undefined;
    throw error;
  }
}
