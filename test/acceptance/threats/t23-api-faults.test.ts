import { describe, expect, test } from "vitest";
import type { FaultKind } from "../../world/github/faults.ts";
import { LABEL, Pull, REVIEWER } from "../../world/pull.ts";
import { allowed, decisionOf } from "../bed.ts";
import { openScene, planned } from "../scene.ts";

const scene = openScene({ ready: ["planned"] });
const PERMISSION = "GET /repos/{owner}/{repo}/collaborators/{username}/permission";
const EVENTS = "GET /repos/{owner}/{repo}/issues/{issue_number}/events";

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
    expect((await pull.ask()).outputs.decision).toBe("deny");
    expect(world.model.requests).toHaveLength(model);
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

  test.each([
    ["a second page that fails", 1, { kind: "status", status: 500 } as FaultKind],
    [
      "a cursor that leads back",
      0,
      {
        kind: "change",
        change: ({ body, headers }) => ({ body, headers: { ...headers, link: headers.link ?? "" } }),
      } as FaultKind,
    ],
  ])("with %s of events: the approval is denied", async (_name, skip, fault) => {
    const { world } = scene;
    const pull = await planned(world);
    for (let index = 0; index < 60; index += 1) {
      await world.github.people.label("tess", pull.number, `noise-${index}`);
      await world.github.people.unlabel("tess", pull.number, `noise-${index}`);
    }
    if (fault.kind === "change") {
      let first: string | undefined;
      world.github.fault({
        match: ({ operation }) => operation === EVENTS,
        times: 99,
        fault: {
          kind: "change",
          change: ({ body, headers }) => {
            first ??= headers.link;
            return { body, headers: { ...headers, ...(first ? { link: first } : {}) } };
          },
        },
      });
    } else {
      world.github.fault({ match: ({ operation }) => operation === EVENTS, fault, skip, times: 99 });
    }
    const result = await pull.label();
    expect(result.outputs.decision).toBe("deny");
    expect(result.outputs["reason-code"]).toMatch(/^github_/);
  });
});
