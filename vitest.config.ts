import { configDefaults, defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    // Runs of their own: `npm run test:high-risk`, `test:threats`, `test:evidence`, `test:s3`, and `test:act`, which
    // needs act and gh.
    exclude: [
      ...configDefaults.exclude,
      "test/acceptance/high-risk/**",
      "test/acceptance/threats/**",
      "test/acceptance/attacks/**",
      "test/acceptance/evidence/**",
      "test/workflows/**",
      "test/bucket/**",
    ],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // Two workers: the acceptance tests start real processes, and a runner has few cores.
    maxWorkers: 2,
    coverage: {
      provider: "v8",
      include: ["src/governance/**"],
      reporter: ["text", "json-summary"],
      thresholds: { lines: 100, branches: 100, functions: 100, statements: 100 },
    },
  },
});
