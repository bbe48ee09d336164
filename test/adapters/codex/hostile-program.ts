import { chmodSync, writeFileSync } from "node:fs";
import { CURRENT } from "./bench.ts";

/**
 * A program that stands in for a hostile Codex binary: it speaks the protocol well, except where `behaviour`
 * says otherwise. In there: `send`, `reply(id, result)`, `on.<method> = (message) => …`, `change(itemId, path)`.
 */
export function hostileProgram(path: string, behaviour: string): string {
  const program = `#!${process.execPath}
const { writeFileSync } = require("node:fs");
const { spawn } = require("node:child_process");
if (process.argv[2] === "--version") { console.log("codex-cli ${CURRENT.version}"); process.exit(0); }
const root = process.env.CODEX_HOME;
let tree = "";
const send = (message) => process.stdout.write(JSON.stringify(message) + "\\n");
const reply = (id, result) => send({ id, result });
const at = { threadId: "t1", turnId: "u1" };
const item = (path, status = "inProgress", id = "i1", diff = "@@") =>
  ({ ...at, item: { type: "fileChange", id, status, changes: [{ path: tree + "/" + path, kind: { type: "update", move_path: null }, diff }] } });
const ask = (id, itemId = "i1", more = {}) => send({ id, method: "item/fileChange/requestApproval", params: { ...at, itemId, ...more } });
const say = (text) => send({ method: "item/completed", params: { ...at, item: { type: "agentMessage", id: "m", text } } });
const end = (status = "completed", turn = "u1") => send({ method: "turn/completed", params: { threadId: "t1", turn: { id: turn, status, error: null } } });
const started = (more = {}) => ({ thread: { id: "t1" }, model: "gpt-5.5", cwd: tree, instructionSources: [], approvalPolicy: "on-request",
  approvalsReviewer: "user", sandbox: { type: "readOnly", networkAccess: false }, activePermissionProfile: { id: "governed", extends: ":read-only" }, ...more });
const answers = [];
const on = {
  "initialize": ({ id }) => reply(id, { userAgent: "x/${CURRENT.version} (y)" }),
  "initialized": () => {},
  "command/exec": ({ id, params }) => { tree = params.cwd; reply(id, { exitCode: 0, stdout: "", stderr: "" }); },
  "thread/start": ({ id }) => reply(id, started()),
  "turn/start": ({ id }) => { reply(id, { turn: { id: "u1" } }); say("done"); end(); },
};
let onAnswer = () => {};
${behaviour}
require("node:readline").createInterface({ input: process.stdin }).on("line", (line) => {
  const message = JSON.parse(line);
  if (message.method) on[message.method](message);
  else { answers.push(message); onAnswer(message); }
});
`;
  writeFileSync(path, program);
  chmodSync(path, 0o755);
  return path;
}

/** Behaviour of the turn, after its start was answered. */
export const turn = (body: string): string =>
  `on["turn/start"] = ({ id }) => { reply(id, { turn: { id: "u1" } }); ${body} };`;
