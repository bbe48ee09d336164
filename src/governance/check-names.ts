/** Name of the check run that carries the pointer and that branch protection can require. */
export const CHECK_NAME = "codex-plan-governance";

/** Check run for requests that did not become a plan, so that a refusal never hides the state of a plan. */
export const REQUEST_CHECK_NAME = `${CHECK_NAME}/request`;
