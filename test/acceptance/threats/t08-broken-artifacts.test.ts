import { describe, expect, test } from "vitest";
import { readArchive } from "../../../src/adapters/artifact/archive.ts";
import { digestOf } from "../../../src/governance/digest.ts";
import { type ZipEntry, zipOf } from "../../adapters/artifact/zip-file.ts";
import type { Pull } from "../../world/pull.ts";
import { WORKFLOW } from "../../world/world.ts";
import { forgeCheck, pointerOf } from "../bed.ts";
import { approved, expectDenied, openScene, planned } from "../scene.ts";

const scene = openScene({ ready: ["planned", "approved"] });

/** A plan whose artifact is this zip, made by a run that is beyond doubt: only the content is wrong. */
async function plannedAs(make: (own: Uint8Array) => Uint8Array | Promise<Uint8Array>): Promise<Pull> {
  const { world } = scene;
  const pull = await planned(world);
  const head = (await pull.head) ?? "";
  const zip = await make(await world.artifacts.read(pointerOf(pull, head).artifactId));
  const run = await world.github.administration.addRun({ path: WORKFLOW, event: "issue_comment", headBranch: "main" });
  const id = await world.artifacts.put("codex-plan", zip, run.id);
  const artifactDigest = digestOf(zip);
  await forgeCheck(world, head, { ...pointerOf(pull, head), artifactId: id, planArtifactId: id, artifactDigest });
  return pull;
}

const plain = (name: string): ZipEntry => ({ name, content: "x" });
const BROKEN: readonly [name: string, zip: Uint8Array, reasonCode: string][] = [
  ["is no zip", Buffer.from("not a zip at all"), "artifact_tampered"],
  ["climbs out of its directory", zipOf([plain("../../evil.sh")]), "artifact_tampered"],
  ["has an absolute path", zipOf([plain("/etc/evil")]), "artifact_tampered"],
  ["has a symbolic link", zipOf([{ name: "plan.json", content: "/etc/passwd", mode: 0o120777 }]), "artifact_tampered"],
  ["has a name twice", zipOf([plain("plan.json"), plain("plan.json")]), "artifact_tampered"],
  ["has a directory", zipOf([plain("dir/plan.json")]), "artifact_tampered"],
  ["claims another size", zipOf([{ name: "plan.json", content: "x", claimedSize: 5_000_000 }]), "artifact_tampered"],
  ["has too many files", zipOf(Array.from({ length: 65 }, (_, index) => plain(`f${index}`))), "artifact_tampered"],
  ["has a file that no bundle has", zipOf([plain("evil.sh")]), "evidence_invalid"],
  ["has no plan", zipOf([plain("prompt.txt")]), "evidence_invalid"],
];

describe("T8 a broken artifact", () => {
  test.each(BROKEN)("that %s fails closed", async (_name, zip, reasonCode) => {
    const pull = await plannedAs(() => zip);
    await expectDenied(pull, reasonCode, () => pull.label());
  });

  test.each([
    ["prompt.txt", "Change the greeting.", "Delete everything."],
    ["plan.json", "It says hello.", "It says nothing."],
    ["plan.txt", "It says hello.", "It says nothing."],
    ["binding.json", '"requester": "ada"', '"requester": "eve"'],
  ])("that is whole, but has another %s than was sealed, fails closed", async (name, before, after) => {
    const pull = await plannedAs(async (own) => {
      const files = [...(await readArchive(own))].map(([file, bytes]) => {
        const content = Buffer.from(bytes).toString();
        return { name: file, content: file === name ? content.replace(before, after) : content };
      });
      expect(files.find((file) => file.name === name)?.content).toContain(after);
      return zipOf(files);
    });
    await expectDenied(pull, "evidence_invalid", () => pull.label());
  });

  test("whose bytes changed after they were recorded fails closed", async () => {
    const pull = await planned(scene.world);
    const id = pointerOf(pull, (await pull.head) ?? "").artifactId;
    const zip = await scene.world.artifacts.read(id);
    zip[40] = (zip[40] ?? 0) ^ 1;
    await scene.world.artifacts.tamper(id, zip);
    await expectDenied(pull, "artifact_tampered", () => pull.label());
  });

  test("that is cut off fails closed", async () => {
    const pull = await planned(scene.world);
    const id = pointerOf(pull, (await pull.head) ?? "").artifactId;
    const zip = await scene.world.artifacts.read(id);
    await scene.world.artifacts.tamper(id, zip.subarray(0, zip.length / 2));
    await expectDenied(pull, "artifact_tampered", () => pull.label());
  });

  test("that is gone or has expired fails closed", async () => {
    const gone = await planned(scene.world);
    await scene.world.artifacts.remove(pointerOf(gone, (await gone.head) ?? "").artifactId);
    await expectDenied(gone, "artifact_missing", () => gone.label());
    const expired = await approved(scene.world);
    scene.world.artifacts.expire(pointerOf(expired, (await expired.head) ?? "").planArtifactId);
    await expectDenied(expired, "artifact_expired", () => expired.execute());
  });

  test("is not taken for whole because a digest is written without its prefix", async () => {
    const { world } = scene;
    const pull = await planned(world);
    const pointer = pointerOf(pull, (await pull.head) ?? "");
    world.github.fault({
      match: ({ operation }) => operation === "GET /repos/{owner}/{repo}/actions/artifacts/{artifact_id}",
      fault: {
        kind: "change",
        change: ({ body, headers }) => ({
          body: { ...(body as object), digest: pointer.artifactDigest.slice(7) },
          headers,
        }),
      },
      times: 9,
    });
    const result = await pull.label();
    expect(result.outputs.decision).toBe("deny");
    expect(["github_malformed", "artifact_tampered"]).toContain(result.outputs["reason-code"]);
    world.github.calm();
  });
});
