import { existsSync } from "node:fs";
import { defineConfig } from "rolldown";
import { licenses } from "./scripts/licenses.ts";

// The command line is an entry of its own; it exists only where the checkout has it.
const entries = ["main", "cli"].filter((name) => existsSync(`src/${name}.ts`));

export default defineConfig({
  input: Object.fromEntries(entries.map((name) => [name, `src/${name}.ts`])),
  platform: "node",
  transform: { target: "node24" },
  plugins: [licenses("licenses.txt")],
  output: {
    dir: "dist",
    format: "esm",
    cleanDir: true,
    minify: true,
    sourcemap: false,
    // The licence texts are in one file; comments would only repeat parts of them.
    comments: { legal: false },
    entryFileNames: "[name].js",
    // Without a hash in the name a small change of the source is a small change of dist.
    chunkFileNames: "chunks/[name].js",
  },
});
