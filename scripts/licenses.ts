import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import type { Plugin } from "rolldown";

interface BundledPackage {
  readonly title: string;
  readonly license: string;
  readonly text: string;
}

const isLicenseFile = (name: string) => /^(licen[cs]e|copying|notice)([.-]|$)/i.test(name);

/** Packages without any statement that are bundled all the same; any other one stops the build. */
const UNSTATED = new Map([
  [
    "buffers 0.1.1",
    "Not stated. It comes with @actions/artifact (unzip-stream, binary), as in every action that uses it.",
  ],
]);

const byCodeUnit = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

/** The directory of the package that a module belongs to; undefined for our own modules. */
function packageDirectory(moduleId: string): string | undefined {
  // Module ids of wrapped CommonJS start with NUL and may end with a query.
  const file = moduleId.replace(/^\0/, "").replace(/\?.*$/, "");
  if (!file.includes(`${path.sep}node_modules${path.sep}`)) return undefined;
  // A nested package.json may only say `type`: the package's own has a name and a version.
  for (let directory = path.dirname(file); path.basename(directory) !== "node_modules"; ) {
    const manifest = path.join(directory, "package.json");
    if (existsSync(manifest)) {
      const { name, version } = JSON.parse(readFileSync(manifest, "utf8"));
      if (name !== undefined && version !== undefined) return directory;
    }
    directory = path.dirname(directory);
  }
  throw new Error(`No package.json with a name and a version for ${file}. Reinstall with npm ci.`);
}

function describePackage(directory: string): BundledPackage {
  const manifest = JSON.parse(readFileSync(path.join(directory, "package.json"), "utf8"));
  const title = `${manifest.name} ${manifest.version}`;
  const stated = typeof manifest.license === "string" ? manifest.license : manifest.license?.type;
  const license = stated ?? UNSTATED.get(title);
  if (typeof license !== "string") {
    throw new Error(`${title} names no licence in its package.json. Do not bundle it.`);
  }
  const texts = readdirSync(directory)
    .filter(isLicenseFile)
    .sort(byCodeUnit)
    .map((name) => readFileSync(path.join(directory, name), "utf8").replace(/\r\n?/g, "\n").trim());
  return {
    title,
    license,
    text: texts.join("\n\n") || "The package has no licence file.",
  };
}

/** Writes the names, versions and licence texts of all packages that are in the bundle. */
export function licenses(fileName: string): Plugin {
  return {
    name: "licenses",
    generateBundle(_options, bundle) {
      const directories = new Set<string>();
      for (const output of Object.values(bundle)) {
        for (const id of output.type === "chunk" ? output.moduleIds : []) {
          const directory = packageDirectory(id);
          if (directory !== undefined) directories.add(directory);
        }
      }
      // Two copies of one version differ in their directory alone.
      const sections = new Map<string, string>();
      for (const { title, license, text } of [...directories].map(describePackage)) {
        sections.set(title, `${title}\nLicence: ${license}\n\n${text}\n`);
      }
      const sorted = [...sections].sort(([a], [b]) => byCodeUnit(a, b)).map(([, section]) => section);
      const rule = `\n${"-".repeat(80)}\n\n`;
      this.emitFile({ type: "asset", fileName, source: sorted.join(rule) });
    },
  };
}
