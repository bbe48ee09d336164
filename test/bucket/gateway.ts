import { type ChildProcess, execFile, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { homedir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";

/** A real S3-compatible server on loopback: it checks SigV4 signatures and checksums, and knows conditional writes. */
export interface Gateway {
  readonly url: string;
  /** The directory that is the bucket `evidence`: an object is a file. */
  readonly bucket: string;
  /** What a workflow's environment would have. */
  readonly environment: Readonly<Record<string, string>>;
  /** Somebody who may do nothing but what the bucket's policy says; gives their environment. */
  addUser(name: string): Promise<Readonly<Record<string, string>>>;
  close(): Promise<void>;
}

export const ACCESS_KEY = "bucketTestKey";
export const SECRET_KEY = "bucket-test-secret-that-nobody-may-see";

export async function startGateway(): Promise<Gateway> {
  const program = process.env.VERSITYGW;
  if (program === undefined) throw new Error("VERSITYGW is not set: start these tests with `npm run test:s3`.");
  // The server keeps metadata in extended attributes, which not every temporary file system has.
  const parent = join(homedir(), ".cache", "codex-plan-governance");
  mkdirSync(parent, { recursive: true });
  const directory = mkdtempSync(join(parent, "bucket-"));
  const buckets = join(directory, "buckets");
  const people = join(directory, "people");
  mkdirSync(join(buckets, "evidence"), { recursive: true });
  mkdirSync(people);
  const port = await freePort();
  const child = spawn(program, ["--quiet", "--port", `127.0.0.1:${port}`, "--iam-dir", people, "posix", buckets], {
    env: { ROOT_ACCESS_KEY: ACCESS_KEY, ROOT_SECRET_KEY: SECRET_KEY, PATH: process.env.PATH ?? "" },
    stdio: "ignore",
  });
  const kill = () => child.kill("SIGKILL");
  process.once("exit", kill);
  const url = `http://127.0.0.1:${port}`;
  await listening(child, url);
  return {
    url,
    bucket: join(buckets, "evidence"),
    environment: environmentOf(ACCESS_KEY, SECRET_KEY),
    addUser: async (name) => {
      const secret = `${name}-secret-key`;
      const admin = ["--access", ACCESS_KEY, "--secret", SECRET_KEY, "--endpoint-url", url];
      const user = ["--access", name, "--secret", secret, "--role", "user"];
      await promisify(execFile)(program, ["admin", ...admin, "create-user", ...user]);
      return environmentOf(name, secret);
    },
    close: async () => {
      process.off("exit", kill);
      const ended = new Promise((resolve) => child.once("exit", resolve));
      child.kill("SIGKILL");
      await ended;
      rmSync(directory, { recursive: true });
    },
  };
}

const environmentOf = (access: string, secret: string) => ({
  AWS_ACCESS_KEY_ID: access,
  AWS_SECRET_ACCESS_KEY: secret,
  AWS_REGION: "us-east-1",
});

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function listening(child: ChildProcess, url: string): Promise<void> {
  for (let attempt = 0; attempt < 300; attempt += 1) {
    if (child.exitCode !== null) throw new Error(`versitygw ended with ${child.exitCode} before it listened.`);
    const answer = await fetch(url).catch(() => undefined);
    await answer?.body?.cancel();
    if (answer !== undefined) return;
    await sleep(100);
  }
  child.kill("SIGKILL");
  throw new Error("versitygw did not listen within 30 s.");
}
