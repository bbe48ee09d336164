import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, onTestFinished, test } from "vitest";
import type { FaultKind } from "../../world/github/faults.ts";
import { LABEL, Pull, REVIEWER } from "../../world/pull.ts";
import { allowed, decisionOf, denied } from "../bed.ts";
import { openScene, planned } from "../scene.ts";

const scene = openScene({ ready: ["planned"] });
const PERMISSION = "GET /repos/{owner}/{repo}/collaborators/{username}/permission";
const COMMENTS = "GET /repos/{owner}/{repo}/issues/{issue_number}/comments";
const HISTORY = "GRAPHQL repository";

const withBody = (change: (body: unknown) => unknown): FaultKind => ({
  kind: "change",
  change: ({ body, headers }) => ({ body: change(body), headers }),
});
const FAULTS: readonly [name: string, fault: FaultKind][] = [
  ["404", { kind: "status", status: 404 }],
  ["500", { kind: "status", status: 500 }],
  ["half an answer", { kind: "malformed" }],
  ["no permission in it", withBody((body) => ({ ...(body as object), permission: undefined }))],
  ["a permission of a new kind", withBody((body) => ({ ...(body as object), permission: "superuser" }))],
  [
    "somebody else's permission",
    withBody((body) => ({
      ...(body as { user: object }),
      user: { ...(body as { user: object }).user, id: 1, login: "else" },
    })),
  ],
  ["a rate limit", { kind: "primary-rate-limit", resetInSeconds: 3_000 }],
];

describe("T23 GitHub's API fails", () => {
  test.each(FAULTS)("with %s for a permission: the request is denied", async (_name, fault) => {
    const { world } = scene;
    const pull = await Pull.open(world);
    const model = world.model.requests.length;
    world.github.fault({ match: ({ operation }) => operation === PERMISSION, fault, times: 99 });
    const before = world.github.requests.length;
    expect((await pull.ask()).outputs.decision).toBe("deny");
    expect(world.model.requests).toHaveLength(model);
    const asked = world.github.requests.slice(before).filter(({ operation }) => operation === PERMISSION);
    expect(asked.length).toBeLessThanOrEqual(3);
  });

  test.each(FAULTS)(
    "with %s for a permission: the approval is denied, and given once GitHub is back",
    async (_name, fault) => {
      const { world } = scene;
      const pull = await planned(world);
      world.github.fault({ match: ({ operation }) => operation === PERMISSION, fault, times: 99 });
      expect((await pull.label()).outputs.decision).toBe("deny");
      world.github.calm();
      if (!pull.isLabelPresent) await world.github.people.label(REVIEWER, pull.number, LABEL);
      expect(decisionOf(await pull.approve())).toEqual(allowed("plan_approved", "approved"));
    },
  );

  test("with a next page on another server: the approval is denied, and the token does not go there", async () => {
    const { world } = scene;
    const seen: string[] = [];
    const elsewhere = createServer(({ headers }, response) => {
      seen.push(headers.authorization ?? "nothing");
      response.writeHead(200, { "content-type": "application/json" }).end("[]");
    });
    await new Promise<void>((resolve) => elsewhere.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void elsewhere.close());
    const link = `<http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}/comments?page=2>; rel="next"`;
    const pull = await planned(world);
    world.github.fault({
      match: ({ operation }) => operation === COMMENTS,
      fault: { kind: "change", change: ({ body, headers }) => ({ body, headers: { ...headers, link } }) },
      times: 99,
    });
    expect(decisionOf(await pull.label())).toEqual(denied("github_malformed"));
    expect(seen).toEqual([]);
  });

  test.each<[string, number, FaultKind, RegExp]>([
    ["a second page that fails", 1, { kind: "status", status: 500 }, /^github_unavailable$/],
    ["pages before without end", 0, withBody(endless), /^label_event_unproven$/],
  ])("with %s of label events: the approval is denied", async (_name, skip, fault, reason) => {
    const { world } = scene;
    const pull = await planned(world);
    await world.github.people.label(REVIEWER, pull.number, LABEL);
    for (let index = 0; index < 60; index += 1) {
      await world.github.people.label("tess", pull.number, `noise-${index}`);
      await world.github.people.unlabel("tess", pull.number, `noise-${index}`);
    }
    world.github.fault({ match: ({ operation }) => operation === HISTORY, fault, skip, times: 99 });
    const before = world.github.requests.length;
    const result = await pull.approve();
    expect(result.outputs.decision).toBe("deny");
    expect(result.outputs["reason-code"]).toMatch(reason);
    const asked = world.github.requests.slice(before).filter(({ operation }) => operation === HISTORY);
    expect(asked.length).toBeLessThanOrEqual(5);
  });
});

/** The first page over and over, and nothing of the approval label in it. */
function endless(body: unknown): unknown {
  const answer = structuredClone(body) as {
    data: { repository: { pullRequest: { labelEvents: { nodes: unknown[]; pageInfo: object } } } };
  };
  const { labelEvents } = answer.data.repository.pullRequest;
  labelEvents.nodes = [];
  labelEvents.pageInfo = { hasPreviousPage: true, startCursor: "MTAw" };
  return answer;
}
