import { setTimeout as sleep } from "node:timers/promises";
import type { Answer, Exchange, Service } from "../world/wire.ts";

/** A stall outlasts the client's own bound of 20 s on a request. */
const STALL_MS = 30_000;

export interface Fault {
  readonly name: string;
  /** True when every later call of the same name meets it too; otherwise the first try alone. */
  readonly lasts: boolean;
  readonly run: (exchange: Exchange, runner: Runner) => Promise<void>;
}

/** What a fault can do to the machine of the step. */
export interface Runner {
  /** Kills the step. */
  readonly kill: () => void;
  /** Takes all the room on the disk with the step's temporary directory, until the step has ended. */
  readonly fillDisk: () => void;
}

function refusal(status: number, message: string): Fault["run"] {
  return async ({ call, answer }) => {
    const body = Buffer.from(JSON.stringify({ message, msg: message }));
    // GitHub's wait is longer than anybody's patience; Codex would sleep through as long a wait of the model service.
    const wait = call.service === "github" ? "600" : "1";
    const headers: Answer["headers"] = { "content-type": "application/json" };
    if (status === 403) headers["retry-after"] = wait;
    answer({ status, headers, body });
  };
}

/** Services whose answers are not JSON answer with half of what they have. */
const BINARY: ReadonlySet<Service> = new Set<Service>(["git", "blob", "model"]);

export const FAULTS: readonly Fault[] = [
  { name: "500", lasts: true, run: refusal(500, "Something went wrong") },
  { name: "404", lasts: true, run: refusal(404, "Not Found") },
  {
    name: "403",
    lasts: true,
    run: refusal(403, "You have exceeded a secondary rate limit. Please wait a few minutes."),
  },
  {
    // The effect has happened, but what comes back cannot be read.
    name: "malformed",
    lasts: true,
    run: async ({ call, handle, answer }) => {
      const real = await handle();
      const half = real.body.subarray(0, Math.floor(real.body.length / 2));
      answer({
        ...real,
        status: 200,
        body: BINARY.has(call.service) ? half : Buffer.from('{"id": 1, "body": "cut of'),
      });
    },
  },
  {
    // The effect has happened, the answer is lost.
    name: "reset",
    lasts: false,
    run: async ({ handle, drop }) => {
      await handle();
      drop();
    },
  },
  {
    // The effect comes when nobody waits for it any more.
    name: "stall",
    lasts: false,
    run: async ({ handle, answer }) => {
      await sleep(STALL_MS);
      answer(await handle());
    },
  },
  {
    // The effect has happened; the process dies before it learns of it.
    name: "SIGKILL",
    lasts: false,
    run: async ({ handle, drop }, { kill }) => {
      await handle();
      kill();
      drop();
    },
  },
  {
    // The answer comes, but from here on nothing finds room on the runner.
    name: "disk",
    lasts: false,
    run: async ({ handle, answer }, { fillDisk }) => {
      fillDisk();
      answer(await handle());
    },
  },
];
