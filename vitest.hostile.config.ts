import { defineConfig } from "vitest/config";
import everyday from "./vitest.config.ts";

/** Everything of test/hostile: `npm test` takes a few acts and pairs of it. */
export default defineConfig({
  test: { ...everyday.test, include: ["test/hostile/*.test.ts", "test/hostile/*-nightly.ts"] },
});
