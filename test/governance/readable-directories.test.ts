import { expect, test } from "vitest";
import { parsePolicy } from "../../src/governance/policy-file.ts";

const read = (directory: string) => parsePolicy(`codex: { readable-directories: ["${directory}"] }`, "policy.yml");

test.each(["~/.m2/repository", "~/x", "/opt/a b/c+d@1.0_x-y", "/data/.hidden/..z"])("a policy may open %s", (path) => {
  expect(read(path).codex["readable-directories"]).toEqual([path]);
});

test.each([
  ...["", "/", "/opt", "~", "~/", "~root/x", "tools/bin", "/opt/../etc", "/opt/./x", "/opt/x/", "/opt//x", "/opt/x/.."],
  ...["/opt/x\\ny", "/opt/x\\u202ey", "/opt/*/x", `/opt/${"x".repeat(200)}`],
])("a policy that opens %j is wrong", (path) => {
  expect(() => read(path)).toThrow(
    expect.objectContaining({
      code: "policy_invalid",
      message: expect.stringMatching(/readable-directories\.0`: (?:must be an absolute path|Too big)/),
    }),
  );
});
