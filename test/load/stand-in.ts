import { chmodSync, writeFileSync } from "node:fs";

/** A program in Codex's place that leaves a file behind when anybody starts it. */
export function writeTrap(path: string, mark: string): void {
  writeFileSync(path, `#!/bin/sh\ntouch '${mark}'\nexit 1\n`);
  chmodSync(path, 0o755);
}

/**
 * A program in Codex's place that speaks its protocol, and in its turn tells of things of a megabyte each before it
 * answers: commands with their output, patches that it asks for, commands that it asks for.
 */
export function writeTalker(path: string, { megabytes, answer }: { megabytes: number; answer: string }): void {
  const program = `#!${process.execPath}
if (process.argv[2] === "--version") { console.log("codex-cli 0.171.0"); process.exit(); }
const { writeSync } = require("node:fs");
const send = (message) => {
  const bytes = Buffer.from(JSON.stringify(message) + "\\n");
  for (let at = 0; at < bytes.length; ) {
    try { at += writeSync(1, bytes, at); } catch (error) { if (error.code !== "EAGAIN") throw error; }
  }
};
const at = { threadId: "t1", turnId: "u1" };
let tree = "";
const answers = {
  initialize: () => ({ userAgent: "x/0.171.0 (y)" }),
  "command/exec": ({ cwd }) => { tree = cwd; return { exitCode: 0, stdout: "", stderr: "" }; },
  "thread/start": () => ({ thread: { id: "t1" }, model: "gpt-5.5", cwd: tree, instructionSources: [],
    approvalPolicy: "on-request", approvalsReviewer: "user", sandbox: { type: "readOnly", networkAccess: false },
    activePermissionProfile: { id: "governed", extends: ":read-only" } }),
  "turn/start": () => ({ turn: { id: "u1" } }),
};
function turn() {
  const text = "0123456789abcde\\n".repeat(65536);
  const tell = [
    (id) => send({ method: "item/completed", params: { ...at, item: { type: "commandExecution", id, command: "yes", aggregatedOutput: text } } }),
    (id) => {
      const changes = [{ path: tree + "/" + id, kind: { type: "add" }, diff: text }];
      send({ method: "item/started", params: { ...at, item: { type: "fileChange", id, status: "inProgress", changes } } });
      send({ id, method: "item/fileChange/requestApproval", params: { ...at, itemId: id } });
    },
    (id) => send({ id, method: "item/commandExecution/requestApproval", params: { ...at, command: text } }),
  ];
  for (let count = 0; count < ${megabytes}; count += 1) tell[count % tell.length]("i" + count);
  send({ method: "item/completed", params: { ...at, item: { type: "agentMessage", id: "m", text: ${JSON.stringify(answer)} } } });
  send({ method: "turn/completed", params: { threadId: "t1", turn: { id: "u1", status: "completed", error: null } } });
}
require("node:readline").createInterface({ input: process.stdin }).on("line", (line) => {
  const { id, method, params } = JSON.parse(line);
  if (answers[method]) send({ id, result: answers[method](params) });
  if (method === "turn/start") turn();
});
`;
  writeFileSync(path, program);
  chmodSync(path, 0o755);
}
