import { describe, expect, test } from "vitest";
import { readArchive } from "../../../src/adapters/artifact/archive.ts";
import { digestOf } from "../../../src/governance/digest.ts";
import { type Pointer, renderPointer, shownDigest } from "../../../src/governance/pointer.ts";
import { zipOf } from "../../adapters/artifact/zip-file.ts";
import { actionsToken } from "../../world/github/double.ts";
import { applyPatch } from "../../world/model.ts";
import { CHECK, type Pull, REQUESTER } from "../../world/pull.ts";
import { DEFAULT_PERMISSIONS, WORKFLOW, type World } from "../../world/world.ts";
import { behave, create, decisionOf, denied, forgeCheck, GREETING, planOf, pointerOf, steps } from "../bed.ts";
import { approved, bringUnder, openScene, planned } from "../scene.ts";

const scene = openScene({ ready: ["planned", "approved"] });

const conclusions = (pull: Pull, sha: string) => pull.checks(sha).map(({ conclusion }) => conclusion);

/** Gives the action an app's token; what comes back posts check runs with the token that all workflows share. */
function useApp({ github, token }: World, slug: string): (sha: string, pointer: Pointer) => Promise<void> {
  const { administration, url } = github;
  administration.addUser({ login: `${slug}[bot]`, type: "Bot", role: "write" });
  administration.addToken(token, {
    actor: `${slug}[bot]`,
    app: { id: 4242, slug },
    permissions: DEFAULT_PERMISSIONS,
  });
  const shared = "ghs_workflowTokenOfAWriterThatIsAnother003";
  administration.addToken(shared, actionsToken(DEFAULT_PERMISSIONS));
  return async (sha, pointer) => {
    const response = await fetch(`${url}/repos/acme/shop/check-runs`, {
      method: "POST",
      headers: { authorization: `Bearer ${shared}`, "content-type": "application/json" },
      body: JSON.stringify({ name: CHECK, head_sha: sha, conclusion: "neutral", external_id: renderPointer(pointer) }),
    });
    expect(response.status).toBe(201);
  };
}

describe("a forged pointer", () => {
  test("of another app than the policy's does not silence a denial", async () => {
    const { world } = scene;
    const forge = useApp(world, "my-gate");
    const pull = await bringUnder("check-app: my-gate\n", "approved", world);
    const head = (await pull.head) ?? "";
    await forge(head, { ...pointerOf(pull, head), stage: "executed", commitSha: head });
    world.agent.change = steps(applyPatch(["*** Add File: src/backdoor.js", "+evil"]));
    const result = await pull.execute();
    expect(decisionOf(result)).toEqual(denied("parity_failed"));
    expect(result.outputs["artifact-id"]).not.toBe("");
    expect(conclusions(pull, head).at(-1)).toBe("failure");
    expect(pull.comments[0]?.body).toContain("parity_failed");
  });

  test("does not make a commit by hand, of a change whose verification failed, the execution", async () => {
    const { world } = scene;
    const pull = await bringUnder("verification:\n  - '! grep -q hallo src/greeting.js'\n", "approved", world);
    const head = (await pull.head) ?? "";
    expect(decisionOf(await pull.execute())).toEqual(denied("verification_failed"));
    const pointer = pointerOf(pull, head);
    const message = `Greet in German.\n\nCodex-Binding: ${pointer.bindingDigest}`;
    const files = { "src/greeting.js": 'export const greeting = "hallo";\n' };
    await world.github.authors.push(REQUESTER, pull.branch, files, { message });
    const now = (await pull.head) ?? "";
    const shown = shownDigest(pull.comments[0]?.body ?? "");
    const forged = { stage: "executed", commitSha: now, shownDigest: shown, shownBefore: shown } as const;
    await forgeCheck(world, now, { ...pointer, ...forged });
    expect((await pull.execute()).outputs.decision).toBe("deny");
    expect(conclusions(pull, now)).not.toContain("success");
  });

  test("does not bring back a plan that drifted", async () => {
    const { world } = scene;
    const pull = await approved(world);
    const head = (await pull.head) ?? "";
    world.agent.plan = () => planOf([GREETING, create("docs/new.md")]);
    expect(decisionOf(await pull.execute())).toEqual(denied("plan_drifted", "drifted"));
    behave(world);
    await forgeCheck(world, head, { ...pointerOf(pull, head), stage: "planned" });
    expect(decisionOf(await pull.label())).toEqual(denied("plan_drifted", "drifted"));
  });

  test("does not make an edited comment count as the plan that was read", async () => {
    const { world } = scene;
    const pull = await planned(world);
    const head = (await pull.head) ?? "";
    const comment = pull.comments[0];
    const [marker] = (comment?.body ?? "").split("\n");
    const body = `${marker}\n### Plan waits for approval\n\nHarmless, one file: README.md\n`;
    world.github.people.editComment(REQUESTER, comment?.id ?? 0, body);
    const shown = shownDigest(body);
    await forgeCheck(world, head, { ...pointerOf(pull, head), shownDigest: shown, shownBefore: shown });
    expect(decisionOf(await pull.label())).toEqual(denied("plan_comment_edited"));
  });

  test("does not make a dry run count that another workflow file made on a tag with the default branch's name", async () => {
    const { world } = scene;
    const pull = await bringUnder("strategy: replay\n", "approved", world);
    const head = (await pull.head) ?? "";
    const pointer = pointerOf(pull, head);
    const files = new Map(await readArchive(await world.artifacts.read(pointer.artifactId)));
    const text = (name: string) => Buffer.from(files.get(name) ?? "").toString();
    const patch = text("dry-run.patch")
      .replace("hallo", "BACKDOOR")
      .replace(/^index .*\n/m, "");
    const approval = JSON.parse(text("approval.json"));
    approval.dryRun.patchDigest = digestOf(patch);
    files.set("dry-run.patch", Buffer.from(patch));
    files.set("approval.json", Buffer.from(JSON.stringify(approval)));
    const zip = zipOf([...files].map(([name, content]) => ({ name, content })));
    const evil = await world.repository.commit("evil", { [WORKFLOW]: "name: evil\n" }, { parent: head });
    const run = await world.github.administration.addRun({
      path: WORKFLOW,
      event: "workflow_dispatch",
      headBranch: "main",
      headSha: evil,
    });
    const artifactId = await world.artifacts.put("forged", zip, run.id);
    await forgeCheck(world, head, { ...pointer, artifactId, artifactDigest: digestOf(zip) });
    expect(decisionOf(await pull.execute())).toEqual(denied("artifact_foreign"));
    expect(await pull.head).toBe(head);
  });
});
