import { expect, test } from "vitest";
import { NARROW_TOKEN, operation, useDouble } from "./double-harness.ts";

const double = useDouble();
const ASSIGN = "POST /repos/{owner}/{repo}/issues/{issue_number}/assignees";

test("assigns people beside those who are assigned already, and names all of them", async () => {
  expect(await double.adapter().addAssignees(double.pull, ["ada"])).toEqual(["ada"]);
  expect(await double.adapter().addAssignees(double.pull, ["MAX", "tris"])).toEqual(["ada", "max", "tris"]);
});

test("shows that GitHub left out who cannot be assigned", async () => {
  expect(await double.adapter().addAssignees(double.pull, ["eve", "nobody", "max"])).toEqual(["max"]);
  expect(await double.adapter().addAssignees(double.pull, ["eve"])).not.toContain("eve");
});

test("assigns once although the answer was lost", async () => {
  double.world.fault({ match: operation(ASSIGN), when: "after", fault: { kind: "reset" } });
  expect(await double.adapter().addAssignees(double.pull, ["max"])).toEqual(["max"]);
  expect(double.world.calls(ASSIGN).map(({ status }) => status)).toEqual([0, 201]);
});

test("asks GitHub neither for nobody nor for more people than it takes", async () => {
  const eleven = Array.from({ length: 11 }, (_, index) => `person-${index}`);
  for (const logins of [[], eleven]) {
    const failure = double.adapter().addAssignees(double.pull, logins);
    await expect(failure).rejects.toMatchObject({ code: "configuration_invalid" });
  }
  expect(double.world.calls(ASSIGN)).toEqual([]);
});

test("fails with a token that may not assign, on what is not there, and on an answer about another", async () => {
  const { pull } = double;
  const forbidden = double.adapter(NARROW_TOKEN).addAssignees(pull, ["max"]);
  await expect(forbidden).rejects.toMatchObject({ code: "github_forbidden" });
  const missing = double.adapter().addAssignees(pull + 1, ["max"]);
  await expect(missing).rejects.toMatchObject({ code: "github_not_found" });
  double.world.fault({
    match: operation(ASSIGN),
    fault: {
      kind: "change",
      change: ({ body, headers }) => ({ body: { ...(body as object), number: pull + 1 }, headers }),
    },
  });
  await expect(double.adapter().addAssignees(pull, ["max"])).rejects.toMatchObject({ code: "github_malformed" });
});

const TAKE_OFF = "DELETE /repos/{owner}/{repo}/issues/{issue_number}/assignees";

test("takes people off, whoever is assigned, also when the answer was lost", async () => {
  const adapter = double.adapter();
  await adapter.addAssignees(double.pull, ["ada", "max"]);
  double.world.fault({ match: operation(TAKE_OFF), when: "after", fault: { kind: "reset" } });
  await adapter.removeAssignees(double.pull, ["MAX", "tris"]);
  expect((await adapter.fetchPullRequest(double.pull))?.assignees).toEqual(["ada"]);
  expect(double.world.calls(TAKE_OFF).map(({ status }) => status)).toEqual([0, 200]);
});

test("takes nobody off with a token that may not", async () => {
  const failure = double.adapter(NARROW_TOKEN).removeAssignees(double.pull, ["max"]);
  await expect(failure).rejects.toMatchObject({ code: "github_forbidden" });
});
