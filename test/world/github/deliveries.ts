import { readFileSync } from "node:fs";
import type { Ajv2019, ValidateFunction } from "ajv/dist/2019.js";
import { renderComment } from "./comments.ts";
import { createValidator, describeErrors } from "./description.ts";
import { renderIssue } from "./issues.ts";
import { closeAnswer, type Json, toJsonSchema } from "./json-schema.ts";
import { renderLabel } from "./labels.ts";
import { renderPullRequest } from "./pull-requests.ts";
import type { CommentRecord, DispatchRecord, IssueRecord, LabelRecord, UserRecord } from "./records.ts";
import { renderRepository } from "./repositories.ts";
import type { WorldState } from "./state.ts";
import type { Urls } from "./urls.ts";
import { renderUser } from "./users.ts";

/** A webhook delivery: what a run finds in its event file. */
export interface Delivery {
  /** The value of `GITHUB_EVENT_NAME`. */
  readonly event: string;
  readonly payload: Json;
}

const SOURCE = new URL("../generated/webhooks.json", import.meta.url);

/** Makes webhook deliveries; each is validated against GitHub's own webhook description before it leaves. */
export class Deliveries {
  readonly #state: WorldState;
  readonly #urls: Urls;

  constructor(state: WorldState, urls: Urls) {
    this.#state = state;
    this.#urls = urls;
  }

  issueComment(
    action: "created" | "edited" | "deleted",
    comment: CommentRecord,
    sender: UserRecord,
    changes?: Json,
  ): Delivery {
    return this.#deliver("issue_comment", action, sender, {
      issue: renderIssue(comment.issue, this.#state, this.#urls),
      comment: renderComment(comment, this.#state, this.#urls),
      ...(changes && { changes }),
    });
  }

  issueOpened(issue: IssueRecord, sender: UserRecord): Delivery {
    return this.#deliver("issues", "opened", sender, { issue: renderIssue(issue, this.#state, this.#urls) });
  }

  async pullRequest(action: string, issue: IssueRecord, sender: UserRecord, more: Json = {}): Promise<Delivery> {
    const pull_request = await renderPullRequest(issue, this.#state, this.#urls);
    return this.#deliver("pull_request", action, sender, { number: issue.number, pull_request, ...more });
  }

  label(
    action: "labeled" | "unlabeled",
    issue: IssueRecord,
    label: LabelRecord,
    sender: UserRecord,
  ): Promise<Delivery> {
    return this.pullRequest(action, issue, sender, { label: renderLabel(label, this.#state, this.#urls) });
  }

  workflowDispatch({ workflow, ref, inputs, actor }: DispatchRecord): Delivery {
    return this.#deliver("workflow_dispatch", undefined, actor, { workflow, ref, inputs });
  }

  #deliver(event: string, action: string | undefined, sender: UserRecord, facts: Json): Delivery {
    const payload: Json = {
      ...(action && { action }),
      ...facts,
      repository: renderRepository(this.#state.repository, this.#state, this.#urls),
      sender: renderUser(sender, this.#urls),
    };
    const wire: Json = JSON.parse(JSON.stringify(payload));
    assertValid([event.replaceAll("_", "-"), action].filter(Boolean).join("-"), wire);
    return { event, payload: wire };
  }
}

/** Read and compiled once a process: schemas do not change, and doubles come and go with tests. */
const validators = new Map<string, ValidateFunction>();
let description: { readonly ajv: Ajv2019; readonly webhooks: Json } | undefined;

function validatorOf(name: string): ValidateFunction {
  const known = validators.get(name);
  if (known !== undefined) return known;
  if (description === undefined) {
    const { webhooks, components } = JSON.parse(readFileSync(SOURCE, "utf8"));
    description = { ajv: createValidator("webhooks", components.schemas), webhooks };
  }
  const schema = description.webhooks[name];
  if (schema === undefined) throw new Error(`No schema for the webhook "${name}" in generated/webhooks.json.`);
  const validate = description.ajv.compile(toJsonSchema(closeAnswer(schema), "webhooks") as Json);
  validators.set(name, validate);
  return validate;
}

function assertValid(name: string, payload: Json): void {
  const validate = validatorOf(name);
  if (validate(payload)) return;
  throw new Error(`Payload ${name} is not GitHub's: ${describeErrors(validate.errors ?? [], "payload").join("; ")}`);
}
