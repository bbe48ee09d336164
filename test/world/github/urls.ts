import type { EventRecord, RepositoryRecord } from "./records.ts";

/** Addresses in answers: the API's is the double's own, pages are where GitHub has them. */
export class Urls {
  readonly api: string;
  readonly html: string;

  constructor(api: string, html: string) {
    this.api = api;
    this.html = html;
  }

  repository(repository: RepositoryRecord, path = ""): string {
    return `${this.api}/repos/${repository.owner}/${repository.name}${path}`;
  }

  page(repository: RepositoryRecord, path = ""): string {
    return `${this.html}/${repository.owner}/${repository.name}${path}`;
  }
}

const EVENT_PREFIXES: Readonly<Record<EventRecord["kind"], string>> = {
  labeled: "LE",
  unlabeled: "UNLE",
  renamed: "RTE",
  closed: "CE",
  reopened: "REE",
  mentioned: "MEE",
  subscribed: "SE",
};

/** The id of an event as GitHub writes it today: a MessagePack list of 0 and the ids of repository, issue and event. */
export function eventNodeId({ kind, id, issue }: EventRecord, repository: RepositoryRecord): string {
  const bytes = Buffer.alloc(21);
  bytes.set([0x94, 0x00, 0xce]);
  bytes.writeUInt32BE(repository.id, 3);
  bytes.writeUInt8(0xce, 7);
  bytes.writeUInt32BE(issue.id, 8);
  bytes.writeUInt8(0xcf, 12);
  bytes.writeBigUInt64BE(BigInt(id), 13);
  return `${EVENT_PREFIXES[kind]}_${bytes.toString("base64url")}`;
}

/** A GraphQL id: opaque, but the same for the same thing. */
export function nodeId(prefix: string, id: number | string): string {
  return `${prefix}_${Buffer.from(`${prefix}:${id}`).toString("base64url")}`;
}
