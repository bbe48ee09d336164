import { defineConfig } from "vitest/config";

/** The attacks T1 to T24. A run of their own: they start hundreds of real processes. */
export default defineConfig({
  test: {
    include: ["test/acceptance/threats/**/*.test.ts"],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
  },
});
