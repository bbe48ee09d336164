import fc from "fast-check";
import { expect, test } from "vitest";
import { parsePage } from "../../../src/adapters/analytics/page.ts";
import { ANALYTICS_ENDPOINTS, type AnalyticsEndpoint } from "../../../src/governance/analytics-facts.ts";
import { GovernanceError } from "../../../src/governance/errors.ts";

const bytes = (value: unknown) => Buffer.from(typeof value === "string" ? value : JSON.stringify(value));
const rowOf = (endpoint: AnalyticsEndpoint, row: object) => parsePage(bytes({ data: [row] }), endpoint, 1).rows[0];

test.each<[AnalyticsEndpoint, object, object]>([
  ["usage", { threads: 2, turns: 0, credits: 0.5 }, { threads: 2, turns: 0, credits: 0.5 }],
  ["usage", { threads: null }, {}],
  [
    "code_reviews",
    { reviews_completed: 3, comments: 4, comments_by_priority: { p0: 1, p2: 3 } },
    { reviews: 3, comments: 4, p0: 1, p2: 3 },
  ],
  ["code_reviews", { reviews: 1, reviews_completed: 9, p1_comments: 2 }, { reviews: 1, p1: 2 }],
  [
    "code_review_responses",
    { replies: 1, reactions: { positive: 5, negative: 2 }, other_reactions: 1 },
    { replies: 1, positive: 5, negative: 2, other: 1 },
  ],
])("reads of %s %j the figures %j, and invents no zero", (endpoint, row, figures) => {
  expect(rowOf(endpoint, row)?.figures).toEqual(figures);
});

test.each([
  [{ pull_request_url: "https://github.com/acme/shop/pull/7/files" }, "acme/shop", 7],
  [{ pull_request_url: "https://git.example.com/acme/shop/pull/7", repository: "other/name" }, "acme/shop", 7],
  [{ repository: "acme/shop", pull_request: 8 }, "acme/shop", 8],
  [{ repository: "a long text about a person", pull_request: 8 }, undefined, 8],
  [{ pull_request_url: "https://github.com/acme/shop/issues/7" }, undefined, undefined],
  [{}, undefined, undefined],
])("finds where %j belongs", (row, repository, pullRequest) => {
  expect(rowOf("code_reviews", row)).toMatchObject({ repository, pullRequest });
});

test.each(["user", "user_id", "user_email", "email", "author_login", "account_user"])(
  "sees that a row with %s is about a person",
  (name) => {
    expect(rowOf("usage", { [name]: "ada@example.com" })).toEqual({
      repository: undefined,
      pullRequest: undefined,
      namesPerson: true,
      figures: {},
    });
    expect(rowOf("usage", { users: 3 })?.namesPerson).toBe(false);
  },
);

test("names unknown fields, but not those whose name may be a value", () => {
  const page = parsePage(
    bytes({
      data: [
        { skills: 1, threads: 1 },
        { by_client: {}, "ada@example.com": 3, Ada: 1 },
      ],
      object: "page",
    }),
    "usage",
    1,
  );
  expect(page.unknownFields).toEqual(["by_client", "skills"]);
});

test.each([
  [{ data: [], has_more: true, next_page: "c" }, "c", true],
  [{ data: [], next_page: "c" }, "c", true],
  [{ data: [], has_more: false, next_page: "c" }, undefined, true],
  [{ data: [], has_more: false }, undefined, true],
  [{ data: [], next_page: null }, undefined, true],
  [{ data: [], next_page: "" }, undefined, true],
  [{ data: [] }, undefined, false],
  [{ something: "else" }, undefined, false],
])("takes %j for a page with the next one %j", (page, next, isPagingReported) => {
  expect(parsePage(bytes(page), "usage", 1)).toMatchObject({ next, isPagingReported });
});

test.each<[AnalyticsEndpoint, unknown, string]>([
  ["usage", "<html>", "the whole: expected JSON, got 6 bytes that are none"],
  ["usage", [], "the whole: expected object, got array"],
  ["usage", "null", "the whole: expected object, got null"],
  ["usage", { data: {} }, "data: expected array, got object"],
  ["usage", { data: ["ada"] }, "data.0: expected object, got string"],
  ["usage", { data: [], has_more: "yes" }, "has_more: expected boolean, got string"],
  ["usage", { data: [], next_page: 2 }, "next_page: expected string, got another number"],
  ["usage", { data: [], has_more: true }, "next_page: expected a cursor, as has_more is true, got none"],
  ["usage", { data: [{ threads: "12" }] }, "data.0.threads: expected number, got string"],
  ["usage", { data: [{}, { turns: -1 }] }, "data.1.turns: expected a number from 0, got another number"],
  ["usage", '{"data":[{"turns":1e999}]}', "data.0.turns: expected number, got another number"],
  ["usage", { data: [{ start_time: true }] }, "data.0.start_time: expected a whole number or a text, got boolean"],
  ["code_reviews", { data: [{ repository: { id: 1 } }] }, "data.0.repository: expected string, got object"],
  [
    "code_reviews",
    { data: [{ comments_by_priority: { p0: "1" } }] },
    "data.0.comments_by_priority.p0: expected number, got string",
  ],
  ["code_review_responses", { data: [{ reactions: 3 }] }, "data.0.reactions: expected object, got another number"],
])("refuses of %s %j", (endpoint, page, what) => {
  expect(() => parsePage(bytes(page), endpoint, 4)).toThrow(
    `Page 4 of the Codex Analytics report ${endpoint} was not understood at ${what}. Look at`,
  );
});

test("refuses a page that is no UTF-8", () => {
  expect(() => parsePage(Buffer.from([0x7b, 0xff, 0x7d]), "usage", 1)).toThrow("3 bytes that are none");
});

test("either understands a page or refuses it by its code, whatever it is", () => {
  const name = fc.constantFrom("data", "has_more", "next_page", "threads", "reactions", "repository", "user", "x");
  const { value } = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { depthSize: "small" },
      fc.constantFrom(null, true, 0, -1, 1.5, "", "secret-value"),
      fc.array(tie("value"), { maxLength: 3 }),
      fc.dictionary(name, tie("value"), { maxKeys: 4 }),
    ),
  }));
  fc.assert(
    fc.property(value, fc.constantFrom(...ANALYTICS_ENDPOINTS), (page, endpoint) => {
      try {
        for (const { figures } of parsePage(bytes(JSON.stringify(page)), endpoint, 1).rows)
          for (const figure of Object.values(figures)) expect(figure).toBeGreaterThanOrEqual(0);
      } catch (error) {
        if (!(error instanceof GovernanceError)) throw error;
        expect(error.code).toBe("analytics_malformed");
        expect(error.message).not.toContain("secret-value");
      }
    }),
  );
});
