import { defineConfig } from "vitest/config";

/** What becomes of evidence: proved, counted, exported, attested, told. A run of its own, as the loop has one. */
export default defineConfig({
  test: {
    include: ["test/acceptance/evidence/**/*.test.ts"],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
  },
});
