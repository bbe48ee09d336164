import { defineConfig } from "vitest/config";

/** The S3 export against a real server: not part of `npm test`, because the server is no package. */
export default defineConfig({
  test: { include: ["test/bucket/**/*.test.ts"], testTimeout: 120_000, hookTimeout: 120_000, maxWorkers: 2 },
});
