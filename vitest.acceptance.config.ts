import { configDefaults, defineConfig } from "vitest/config";
import everyday from "./vitest.config.ts";

/** Acceptance tests that are too many for `npm test`; each run of them names its directory. */
export default defineConfig({
  test: { ...everyday.test, include: ["test/acceptance/**/*.test.ts"], exclude: [...configDefaults.exclude] },
});
