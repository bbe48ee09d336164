import { type Binding, isRequester } from "../governance/binding.ts";
import { isOwnerOfAll } from "../governance/owners.ts";
import { isCommand } from "../governance/prompt.ts";
import type { Requirements } from "../governance/risk.ts";
import { type SignOff, signOffCommands } from "../governance/sign-offs.ts";
import type { Comment } from "../ports.ts";
import { fetchPermissionOf, WRITING } from "./permission.ts";
import type { RunRecord } from "./run-record.ts";

/** Names those who own, by CODEOWNERS of the base branch, every path of the plan that has owners. */
const OWNERS = "CODEOWNERS";

type Answer = boolean | "unknown";

/** Who may say what. Every yes was read live. */
export interface Authority {
  /** Ids of those who can write. Nobody else's words are looked at. */
  readonly writers: ReadonlySet<number>;
  readonly isAuthorised: (statement: Pick<SignOff, "kind" | "gate" | "actorId" | "actor">) => Answer;
}

interface Person {
  readonly id: number;
  readonly login: string;
}

/**
 * Reads who of those that said something may: a person with write access, on the list of those whose word counts, and
 * not the requester where the policy wants four eyes.
 */
export async function readAuthority(
  record: RunRecord,
  requesters: Pick<Binding, "requesterId" | "triggeringActorId">,
  requirements: Requirements,
  people: readonly Person[],
): Promise<Authority> {
  const { policy } = record;
  const writers = new Set<number>();
  const listed = new Map<string, Answer>();
  const lists = [
    requirements.approvers,
    ...requirements.gates.flatMap((gate) => (gate === "final-decision" ? [] : [policy.gates[gate].signers])),
  ];
  const entries = [...new Set(lists.flatMap((list) => expand(record, list)))];
  for (const person of new Map(people.map((each) => [each.id, each])).values()) {
    if (!(await canWrite(record, person))) continue;
    writers.add(person.id);
    for (const entry of entries) listed.set(`${person.id} ${entry}`, await isNamedBy(record, entry, person));
  }
  const isAuthorised: Authority["isAuthorised"] = ({ kind, gate, actorId }) => {
    if (!writers.has(actorId) || (policy["four-eyes"] && isRequester(requesters, actorId))) return false;
    // The decision is its owner's alone, whom the core knows by name.
    if (kind === "decision") return true;
    const list = kind === "gate" && gate !== undefined ? policy.gates[gate].signers : requirements.approvers;
    if (list.length === 0) return true;
    const isNamed = (entry: string): Answer => listed.get(`${actorId} ${entry}`) ?? false;
    const answers = list.map((entry) => (entry === OWNERS ? isOwnerOfAll(ownersOf(record), isNamed) : isNamed(entry)));
    if (answers.includes(true)) return true;
    return answers.includes("unknown") ? "unknown" : false;
  };
  return { writers, isAuthorised };
}

/** Authors of comments that may be sign-offs. What an app posted never counts, so nothing is asked about it. */
export function signersAmong(comments: readonly Comment[], command: string): readonly Person[] {
  const words = signOffCommands(command);
  return comments
    .filter(({ author, viaApp }) => author.type === "User" && viaApp === undefined)
    .filter(({ body }) => words.some((word) => isCommand(body, word)))
    .map(({ author }) => author);
}

/**
 * Logins can be taken over after a rename; the id cannot. Who may not is asked about once a run: anybody can post a
 * comment that signs, and each run reads them several times. Who may is asked about each time, for it may end.
 */
async function canWrite(record: RunRecord, { id, login }: Person): Promise<boolean> {
  const person = `${id} ${login}`;
  if (record.nonWriters.has(person)) return false;
  const known = await fetchSigner(record, login);
  if (known?.id === id) return true;
  record.nonWriters.add(person);
  return false;
}

/** Who has this login, if it is a person whose sign-offs may count here. */
export async function fetchSigner(record: RunRecord, login: string): Promise<Person | undefined> {
  const known = await fetchPermissionOf(record, login);
  return known?.user.type === "User" && WRITING.has(known.permission) ? known.user : undefined;
}

/** The owners of each path of the plan, written as the lists of the policy are. */
function ownersOf({ facts }: RunRecord): readonly (readonly string[])[] {
  const paths = [...(facts.owners?.values() ?? [])];
  return paths.map((owners) => owners.map((owner) => owner.replace(/^@(?!.*\/)/, "")));
}

/** The list with the owners in place of the word for them. */
function expand(record: RunRecord, list: readonly string[]): readonly string[] {
  return list.flatMap((entry) => (entry === OWNERS ? ownersOf(record).flat() : [entry]));
}

async function isNamedBy({ ports }: RunRecord, entry: string, { login }: Person): Promise<Answer> {
  const team = /^@([^/]+)\/(.+)$/.exec(entry);
  if (team === null) return entry.toLowerCase() === login.toLowerCase();
  const [, org = "", slug = ""] = team;
  const membership = await ports.github.fetchTeamMembership(org, slug, login);
  return membership === "unreadable" ? "unknown" : membership === "member";
}
