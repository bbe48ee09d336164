import { type ArtifactMetadataSource, artifactRoutes } from "./artifacts.ts";
import { attestationRoutes } from "./attestations.ts";
import { checkRoutes } from "./checks.ts";
import { commentRoutes } from "./comments.ts";
import { contentRoutes } from "./contents.ts";
import { githubDescription, type MatchedOperation } from "./description.ts";
import { ApiFailure, notFound } from "./failure.ts";
import type { RequestFacts } from "./faults.ts";
import { gitDataRoutes } from "./git-data.ts";
import { executeQuery, parseQuery, rootFieldsOf } from "./graphql.ts";
import { issueRoutes } from "./issues.ts";
import type { Json } from "./json-schema.ts";
import { labelRoutes } from "./labels.ts";
import { ROOT_FIELDS } from "./mutations.ts";
import { pullRequestRoutes } from "./pull-requests.ts";
import type { Grant } from "./records.ts";
import { repositoryRoutes } from "./repositories.ts";
import { reviewCommentRoutes } from "./review-comments.ts";
import { type Answer, Call, type Route, satisfies } from "./route.ts";
import { runRoutes } from "./runs.ts";
import type { RawRequest } from "./server.ts";
import type { WorldState } from "./state.ts";
import { statusRoutes } from "./statuses.ts";
import { teamRoutes } from "./teams.ts";
import { repository } from "./timeline.ts";
import type { Urls } from "./urls.ts";
import { forbidden, userRoutes } from "./users.ts";

const ROUTES: ReadonlyMap<string, Route> = new Map(
  [
    ...artifactRoutes,
    ...attestationRoutes,
    ...checkRoutes,
    ...commentRoutes,
    ...contentRoutes,
    ...gitDataRoutes,
    ...issueRoutes,
    ...labelRoutes,
    ...pullRequestRoutes,
    ...repositoryRoutes,
    ...reviewCommentRoutes,
    ...runRoutes,
    ...statusRoutes,
    ...teamRoutes,
    ...userRoutes,
  ].map((route) => [route.operation, route]),
);

/**
 * What GitHub does with a request: authenticate, find the operation, check the request against GitHub's own
 * description, authorise, perform, check the answer against the description. A request or answer that GitHub's
 * description does not allow is a violation: recorded, and answered with 500 so that nobody can overlook it.
 */
export class Api {
  readonly violations: string[] = [];
  readonly #description = githubDescription();
  readonly #state: WorldState;
  readonly #urls: Urls;
  readonly #artifacts: ArtifactMetadataSource | undefined;

  constructor(state: WorldState, urls: Urls, artifacts: ArtifactMetadataSource | undefined) {
    this.#state = state;
    this.#urls = urls;
    this.#artifacts = artifacts;
    const missing = this.#description.operations.filter((operation) => !ROUTES.has(operation));
    if (missing.length > 0) throw new Error(`Described, but not performed by the double: ${missing.join(", ")}.`);
  }

  now(): Date {
    return this.#state.clock.now();
  }

  /** Records a violation. */
  report(where: string, problem: string): void {
    this.violations.push(`${where}: ${problem}`);
  }

  describe(request: RawRequest): RequestFacts {
    const { method, url, body } = request;
    const fields = rootFieldsOf(body).join(" ");
    const operation = url.pathname === "/graphql" ? `GRAPHQL ${fields}` : this.#find(request)?.operation.name;
    const actor = this.#grantOf(request)?.actor;
    return { method, path: `${url.pathname}${url.search}`, operation, actor, body };
  }

  async answer(request: RawRequest): Promise<Answer> {
    try {
      return await this.#perform(request);
    } catch (error) {
      if (error instanceof ApiFailure) return { status: error.status, body: error.body, headers: error.headers };
      return this.#violation(request, [`the double failed: ${error instanceof Error ? error.stack : String(error)}`]);
    }
  }

  async #perform(request: RawRequest): Promise<Answer> {
    const grant = this.#authenticate(request);
    if (request.bodyProblem !== undefined) return this.#violation(request, [request.bodyProblem]);
    if (request.method === "POST" && request.url.pathname === "/graphql") return this.#graphql(request, grant);
    const matched = this.#find(request);
    const route = matched && ROUTES.get(matched.operation.name);
    if (matched === undefined || route === undefined) {
      this.report(`${request.method} ${request.url.pathname}`, "the operation is not in the subset in use");
      return { status: 501, body: { message: "The GitHub double does not know this operation." } };
    }
    const checked = this.#description.checkRequest(matched, request.url.searchParams, request.body);
    if (checked.problems.length > 0) return this.#violation(request, checked.problems);
    this.#assertRepository(matched.path);
    if (!satisfies(grant, route.needs)) throw forbidden(grant.app !== undefined);
    const answer = await route.handle(this.#call(request, grant, checked.parameters));
    return this.#checked(request, matched, answer);
  }

  #call(request: RawRequest, grant: Grant, parameters: Json): Call {
    return new Call({
      state: this.#state,
      urls: this.#urls,
      artifacts: this.#artifacts,
      grant,
      accept: request.headers.accept ?? "",
      url: request.url,
      parameters,
      body: request.body,
    });
  }

  #checked(request: RawRequest, { operation }: MatchedOperation, answer: Answer): Answer {
    const isRaw = answer.body instanceof Uint8Array;
    // What is checked is what the client gets: without the fields that JSON leaves out.
    const body = answer.body === undefined || isRaw ? answer.body : JSON.parse(JSON.stringify(answer.body));
    const mediaType = answer.body === undefined || isRaw ? undefined : "application/json";
    const problems = this.#description.checkAnswer(operation, answer.status, mediaType, body);
    return problems.length > 0
      ? this.#violation(request, problems)
      : { ...answer, ...(body !== undefined && { body }) };
  }

  async #graphql(request: RawRequest, grant: Grant): Promise<Answer> {
    const query = parseQuery(request.body);
    if ("problems" in query) return this.#violation(request, query.problems);
    const context = { state: this.#state, urls: this.#urls, grant, actor: this.#state.user(grant.actor) };
    const { answer, problems } = await executeQuery(query, { ...ROOT_FIELDS, repository }, context);
    return problems.length > 0 ? this.#violation(request, problems) : { status: 200, body: answer };
  }

  #violation(request: RawRequest, problems: readonly string[]): Answer {
    const where = `${request.method} ${request.url.pathname}`;
    for (const problem of problems) this.report(where, problem);
    return { status: 500, body: { message: `Violation of GitHub's description: ${problems.join("; ")}` } };
  }

  #authenticate(request: RawRequest): Grant {
    if (request.headers["user-agent"] === undefined) {
      throw new ApiFailure(
        403,
        "Request forbidden by administrative rules. Please make sure your request has a User-Agent header",
      );
    }
    if (request.headers.authorization === undefined) throw new ApiFailure(401, "Requires authentication");
    const grant = this.#grantOf(request);
    if (grant === undefined) throw new ApiFailure(401, "Bad credentials");
    return grant;
  }

  #grantOf(request: RawRequest): Grant | undefined {
    const token = /^(?:token|bearer) (.+)$/i.exec(request.headers.authorization ?? "")?.[1];
    return token === undefined ? undefined : this.#state.tokens.get(token);
  }

  #find({ method, url }: RawRequest): MatchedOperation | undefined {
    try {
      return this.#description.find(method, url.pathname);
    } catch (error) {
      // A percent sign that encodes nothing.
      if (error instanceof URIError) return undefined;
      throw error;
    }
  }

  #assertRepository(path: Readonly<Record<string, string>>): void {
    if (path.repo === undefined) return;
    const { owner, name } = this.#state.repository;
    if (`${path.owner}/${path.repo}`.toLowerCase() !== `${owner}/${name}`.toLowerCase()) throw notFound();
  }
}
