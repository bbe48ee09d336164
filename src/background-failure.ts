import { warning } from "@actions/core";

/**
 * Rejects with the first error that no step of the run waits for, such as one of a library's own stream. The run is then
 * over: nothing is known of what it would go on with. Whatever it has done by then, it could as well have been killed
 * there, and the next run finds out.
 */
export function watchBackground(): { readonly failed: Promise<never>; settle(): void } {
  const { promise, reject } = Promise.withResolvers<never>();
  promise.catch(() => {});
  let isOver = false;
  const note = (thrown: unknown): void => {
    const error = thrown instanceof Error ? thrown : new Error(String(thrown));
    // After the decision there is nothing left to stop, only something to say.
    if (isOver) warning(`An error came after the decision, which stands: ${error.message}`);
    reject(error);
  };
  process.on("uncaughtException", note);
  process.on("unhandledRejection", note);
  return {
    failed: promise,
    settle: () => {
      isOver = true;
    },
  };
}
