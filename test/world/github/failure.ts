/** An answer of GitHub other than success, thrown by the handler of a route. */
export class ApiFailure extends Error {
  override readonly name = "ApiFailure";
  readonly status: number;
  readonly body: Record<string, unknown>;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, message: string, extra: { errors?: unknown; headers?: Record<string, string> } = {}) {
    super(message);
    this.status = status;
    this.headers = extra.headers ?? {};
    this.body = {
      message,
      ...(extra.errors === undefined ? {} : { errors: extra.errors }),
      documentation_url: "https://docs.github.com/rest",
      status: String(status),
    };
  }
}

export function notFound(message = "Not Found"): ApiFailure {
  return new ApiFailure(404, message);
}

/** 422 with GitHub's usual envelope. */
export function unprocessable(detail: string, fields: Record<string, string> = {}): ApiFailure {
  return new ApiFailure(422, "Validation Failed", { errors: [{ ...fields, code: "custom", message: detail }] });
}

/** The failure of a GraphQL field: GitHub puts its `type` beside the message. */
export class GraphqlFailure extends Error {
  override readonly name = "GraphqlFailure";
  readonly type: string;

  constructor(type: string, message: string) {
    super(message);
    this.type = type;
  }
}
