import { z } from "zod";
import type { Permission, User } from "../../ports.ts";
import { type Client, get, malformed } from "./client.ts";

export const userSchema = z.object({ id: z.int().positive(), login: z.string().min(1), type: z.string().min(1) });

/** Stands for an account that GitHub no longer names. Its id and type never match a person's. */
const NOBODY: User = { id: 0, login: "ghost", type: "Unknown" };

export const authorSchema = userSchema.nullable().transform((user): User => user ?? NOBODY);

/** Slug of the app that something was done through; `unknown` when GitHub does not name it. */
export const viaAppSchema = z
  .object({ slug: z.string().min(1).optional() })
  .nullish()
  .transform((app) => (app ? (app.slug ?? "unknown") : undefined));

const permissionSchema = z.object({ permission: z.string().min(1), user: userSchema });

/** An unknown user is a failure (github_not_found), not `none`: nothing is answered about somebody else. */
export async function fetchPermission(client: Client, login: string): Promise<Permission> {
  const request = { route: "/collaborators/{username}/permission", parameters: { username: login } };
  const answer = await get(client, request, permissionSchema);
  if (answer.user.login.toLowerCase() !== login.toLowerCase()) {
    throw malformed(`the permission of ${login}`, `it is about ${answer.user.login}`);
  }
  return { user: answer.user, permission: answer.permission };
}
