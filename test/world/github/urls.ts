import type { RepositoryRecord } from "./records.ts";

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

/** A GraphQL id: opaque, but the same for the same thing. */
export function nodeId(prefix: string, id: number | string): string {
  return `${prefix}_${Buffer.from(`${prefix}:${id}`).toString("base64url")}`;
}
