import { type ExportPlace, PLACE_GRAMMAR, parsePlace } from "../adapters/s3/place.ts";
import { auditBundle } from "../governance/audit.ts";
import { IntegrityError } from "../governance/errors.ts";
import { spellOutLine } from "../governance/visible.ts";
import type { Files } from "../ports.ts";
import { renderJson } from "../report/json.ts";
import { findAllBundles, parseArguments, parseRepository } from "./arguments.ts";
import { type BucketOptions, type BundlePlace, readBundle } from "./bundles.ts";
import { EXIT, type Terminal, UsageError } from "./command.ts";
import { Progress } from "./progress.ts";

export const EXPORT_USAGE = `codex-plan-governance export <bundle>... --to s3://bucket/prefix [options]

Stores evidence bundles in a bucket, with their journals as rows for Athena:
what the action's input \`s3-uri\` does, for bundles from before, or of a run
that was killed. Only sound bundles are stored. What is there already stays, so
it can be run again at any time. The credentials are those of the environment.

  --to URI          where to, as s3://bucket/prefix
  --repo OWNER/REPO store only bundles of this repository. A bundle says itself
                    of which one it is, and is stored under what it says
  --region R        region of the bucket (default: AWS_REGION)
  --endpoint URL    a store other than AWS that speaks S3
                    (default: AWS_ENDPOINT_URL_S3)
  --json            print the result as JSON
  --help            print this

Exit code: 0 when all bundles are stored, 1 when one is not, 2 for wrong
arguments.
`;

const OPTIONS = {
  to: { type: "string" },
  repo: { type: "string" },
  region: { type: "string" },
  endpoint: { type: "string" },
  json: { type: "boolean", default: false },
} as const;

/** What became of one bundle: where it is, or why it is not there. */
interface Result {
  readonly path: string;
  readonly uri: string | null;
  /** Objects that were not there before, and objects that were. */
  readonly written: number;
  readonly there: number;
  readonly problem: string | null;
}

/** Exports bundles and reports; answers with the exit code. Throws what the store fails with: nothing more can be done. */
export async function exportBundles(args: readonly string[], { stdout, stderr }: Terminal): Promise<number> {
  const { places, target, options, repository, isJson } = await readOptions(args);
  const { exportBundle, openStore } = await loadStore();
  const store = openStore(target, options);
  const progress = new Progress(stderr, places.length, "bundles");
  const results: Result[] = [];
  for (const place of places) {
    results.push(await exportOne(place, repository, (files) => exportBundle(files, target, store)));
    progress.step();
  }
  progress.end();
  stdout.write(isJson ? renderJson({ version: 1, bundles: results }) : renderResults(results));
  return results.every(({ problem }) => problem === null) ? EXIT.ok : EXIT.wrong;
}

async function loadStore() {
  const [{ exportBundle }, { openStore }] = await Promise.all([
    import("../adapters/s3/export.ts"),
    import("../adapters/s3/store.ts"),
  ]);
  return { exportBundle, openStore };
}

type Send = (files: Files) => Promise<{ readonly uri: string; readonly written: number; readonly there: number }>;

async function exportOne(place: BundlePlace, repository: string | undefined, send: Send): Promise<Result> {
  const { path } = place;
  try {
    const { files } = await readBundle(place);
    const { finding, claims } = auditBundle(files);
    if (finding) throw new IntegrityError("evidence_invalid", `${finding.message} Look at it with \`verify\`.`);
    const named = claims?.repository;
    if (repository !== undefined && named?.toLowerCase() !== repository.toLowerCase()) {
      throw new IntegrityError("evidence_invalid", `The bundle is of ${named}, expected one of ${repository}.`);
    }
    return { path, ...(await send(files)), problem: null };
  } catch (error) {
    if (!(error instanceof IntegrityError)) throw error;
    return { path, uri: null, written: 0, there: 0, problem: error.message };
  }
}

interface Options {
  readonly places: readonly BundlePlace[];
  readonly target: ExportPlace;
  readonly options: BucketOptions;
  /** The one that bundles may be of; undefined: each is stored under the repository that it names. */
  readonly repository: string | undefined;
  readonly isJson: boolean;
}

async function readOptions(args: readonly string[]): Promise<Options> {
  const { values, paths } = parseArguments(args, OPTIONS);
  const target = parsePlace(values.to ?? "");
  if (target === undefined) throw new UsageError(`--to: expected ${PLACE_GRAMMAR}, got ${values.to ?? "nothing"}.`);
  const { repo: repository, region, endpoint, json: isJson } = values;
  if (repository !== undefined && parseRepository(repository) === undefined) {
    throw new UsageError(`--repo: expected owner/repository, got ${JSON.stringify(repository)}.`);
  }
  return { places: await findAllBundles(paths), target, options: { region, endpoint }, repository, isJson };
}

function renderResults(results: readonly Result[]): string {
  const failed = results.flatMap(({ path, problem }) =>
    problem === null ? [] : [spellOutLine(path), `  ${spellOutLine(problem)}`],
  );
  const sum = (count: "written" | "there") => results.reduce((total, result) => total + result[count], 0);
  const stored = results.filter(({ problem }) => problem === null).length;
  return [
    ...failed,
    `${stored} of ${results.length} bundles are stored; ${sum("written")} objects are new, ${sum("there")} were there.`,
    "",
  ].join("\n");
}
