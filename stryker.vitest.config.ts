import { configDefaults, defineConfig } from "vitest/config";

/**
 * Mutants of the core are tried by the core's own tests alone: the rest of the suite starts processes for each. The
 * tests that change every byte of a bundle would run for nearly every mutant, and take a second each.
 */
export default defineConfig({
  test: {
    include: ["test/governance/**/*.test.ts"],
    exclude: [...configDefaults.exclude, "test/governance/tampering.test.ts"],
    testTimeout: 120_000,
  },
});
