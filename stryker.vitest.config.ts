import { defineConfig } from "vitest/config";

/** Mutants of the core are tried by the core's own tests alone: the rest of the suite starts processes for each. */
export default defineConfig({ test: { include: ["test/governance/**/*.test.ts"], testTimeout: 120_000 } });
