// Rehearses database migrations on a PostgreSQL of its own: `node rehearsal/rehearse.mjs verify|up|down`.
// The server and its data live in TMPDIR, which all commands of one rehearsal share; each command starts the server
// for itself, since nothing that a command starts outlives it.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { DUMP_QUERIES } from "./dump-queries.mjs";

const MIGRATIONS = "migrations";
const MIGRATIONS_TABLE = "pgmigrations";
/** Rows for the tables of the start, so that a migration that loses data is seen. Optional. */
const SEED = new URL("seed.sql", import.meta.url);

/** Where `npm install --prefix` put node-pg-migrate and pg: the tree itself has no node_modules. */
const tools = createRequire(join(process.env.REHEARSAL_TOOLS ?? "/opt/rehearsal", "package.json"));
const load = (name) => import(pathToFileURL(tools.resolve(name)).href);

const state = (name) => join(tmpdir(), `rehearsal-${name}`);
const DATA = state("postgres");
const BASELINE = state("baseline.txt");
/** How many migrations `up` applied; there only between `up` and `down`. */
const APPLIED = state("applied");

function postgresPrograms() {
  if (process.env.POSTGRES_BIN) return process.env.POSTGRES_BIN;
  const root = "/usr/lib/postgresql";
  const [newest] = existsSync(root) ? readdirSync(root).sort((a, b) => Number(b) - Number(a)) : [];
  if (newest === undefined)
    throw new Error(`No PostgreSQL in ${root}: install one, or name its directory in POSTGRES_BIN.`);
  return join(root, newest, "bin");
}

function run(program, args) {
  const { status, error } = spawnSync(join(postgresPrograms(), program), args, {
    stdio: ["ignore", "ignore", "inherit"],
  });
  if (error) throw error;
  if (status !== 0) throw new Error(`${program} ended with exit code ${status}.`);
}

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Starts the server, hands a connection over, and stops the server whatever happens. */
async function withDatabase(work) {
  if (!existsSync(DATA))
    run("initdb", ["-D", DATA, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync"]);
  const port = await freePort();
  // The sandbox has a loopback, and no sockets in the file system.
  const options = `-c listen_addresses=127.0.0.1 -c port=${port} -c unix_socket_directories='' -c fsync=off`;
  run("pg_ctl", ["-D", DATA, "-w", "-l", state("server.log"), "-o", options, "start"]);
  try {
    const { default: pg } = await load("pg");
    const client = new pg.Client({ host: "127.0.0.1", port, user: "postgres", database: "postgres" });
    await client.connect();
    try {
      return await work(client);
    } finally {
      await client.end();
    }
  } finally {
    run("pg_ctl", ["-D", DATA, "-w", "-m", "fast", "stop"]);
  }
}

async function migrate(dbClient, direction, count) {
  const { runner } = await load("node-pg-migrate");
  const options = { dbClient, dir: MIGRATIONS, migrationsTable: MIGRATIONS_TABLE, direction, count };
  return (await runner({ ...options, verbose: false })).length;
}

/** Everything that a migration can change, a line for each thing, sorted: schema, rights, and the rows of each table. */
async function dump(client) {
  const lines = [];
  for (const query of DUMP_QUERIES) for (const { line } of (await client.query(query)).rows) lines.push(line);
  const tables = await client.query(
    "select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname !~ '^(pg_|information_schema)'",
  );
  for (const { name } of tables.rows) {
    const rows = await client.query(
      `select count(*) as count, md5(string_agg(to_jsonb(t)::text, ',' order by to_jsonb(t)::text)) as digest from ${name} t`,
    );
    lines.push(`rows ${name}: ${rows.rows[0].count} ${rows.rows[0].digest ?? "-"}`);
  }
  return lines.map((line) => line.replaceAll(/\s+/g, " ")).sort();
}

async function up(client) {
  if (!existsSync(BASELINE)) throw new Error("There is no baseline: `verify` has to run before the change.");
  writeFileSync(APPLIED, String(await migrate(client, "up", Number.POSITIVE_INFINITY)));
}

async function down(client) {
  const count = Number(readFileSync(APPLIED, "utf8"));
  const taken = count === 0 ? 0 : await migrate(client, "down", count);
  if (taken !== count) throw new Error(`${count} migrations were applied, but ${taken} were taken back.`);
  writeFileSync(APPLIED, "");
}

async function verify(client) {
  if (!existsSync(BASELINE)) {
    // The tree is the one before the change: its migrations make the schema that production has.
    await migrate(client, "up", Number.POSITIVE_INFINITY);
    if (existsSync(SEED)) await client.query(readFileSync(SEED, "utf8"));
    writeFileSync(BASELINE, (await dump(client)).join("\n"));
    return;
  }
  const now = await dump(client);
  if (existsSync(APPLIED) && readFileSync(APPLIED, "utf8") !== "") return;
  const before = readFileSync(BASELINE, "utf8").split("\n");
  const differences = [
    ...before.filter((line) => !now.includes(line)).map((line) => `- ${line}`),
    ...now.filter((line) => !before.includes(line)).map((line) => `+ ${line}`),
  ];
  if (differences.length > 0) throw new Error(`The database is not as it was:\n${differences.join("\n")}`);
}

const commands = { up, down, verify };
const command = commands[process.argv[2] ?? ""];
try {
  if (command === undefined)
    throw new Error(`Expected one of ${Object.keys(commands).join(", ")}, got ${process.argv[2]}.`);
  await withDatabase(command);
  console.log(`${process.argv[2]}: done`);
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
