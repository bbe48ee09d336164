import { defineConfig } from "vitest/config";

/** The workflows under act: not part of `npm test`, because act and gh are not packages. */
export default defineConfig({
  test: { include: ["test/workflows/**/*.test.ts"], testTimeout: 300_000, hookTimeout: 120_000, maxWorkers: 2 },
});
