import type { FrozenPrompt } from "../governance/prompt.ts";
import type { ShownPrompt } from "../report/view.ts";

/** A frozen prompt with what of it GitHub does not show. The parser is loaded only where there is a prompt to show. */
export async function shownPrompt({ text, digest }: FrozenPrompt): Promise<ShownPrompt> {
  const { findUnrendered } = await import("../report/unrendered.ts");
  return { text, digest, unrendered: findUnrendered(text) };
}
