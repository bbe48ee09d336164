import { z } from "zod";

/**
 * The messages of `codex app-server` that are read here, and only the fields that are used. Unknown fields may
 * come; a wrong type is refused. Source: `codex app-server generate-ts --experimental`, 0.139.0, 0.169.0, 0.171.0.
 */
const requestId = z.union([z.string(), z.number()]);

export const envelopeSchema = z.looseObject({
  id: requestId.optional(),
  method: z.string().optional(),
  params: z.unknown().optional(),
  result: z.unknown().optional(),
  error: z.looseObject({ code: z.number(), message: z.string() }).optional(),
});

export type RequestId = z.infer<typeof requestId>;

export const initializedSchema = z.looseObject({ userAgent: z.string() });

export const threadStartedSchema = z.looseObject({
  thread: z.looseObject({ id: z.string().min(1) }),
  model: z.string(),
  cwd: z.string(),
  instructionSources: z.array(z.string()),
  approvalPolicy: z.unknown(),
  approvalsReviewer: z.unknown(),
  sandbox: z.looseObject({ type: z.string(), networkAccess: z.unknown() }),
  activePermissionProfile: z.looseObject({ id: z.string() }).nullable(),
});

export type ThreadStarted = z.infer<typeof threadStartedSchema>;

export const turnStartedSchema = z.looseObject({ turn: z.looseObject({ id: z.string().min(1) }) });

const fileUpdateSchema = z.looseObject({
  path: z.string(),
  kind: z.union([
    z.looseObject({ type: z.literal("add") }),
    z.looseObject({ type: z.literal("delete") }),
    z.looseObject({ type: z.literal("update"), move_path: z.string().nullish() }),
  ]),
  diff: z.string(),
});

/** One change of a patch as Codex announces it; paths are absolute. */
export type FileUpdate = z.infer<typeof fileUpdateSchema>;

export const itemSchema = z.looseObject({ type: z.string(), id: z.string() });

export const fileChangeItemSchema = itemSchema.extend({
  type: z.literal("fileChange"),
  changes: z.array(fileUpdateSchema),
  status: z.string(),
});

export type FileChangeItem = z.infer<typeof fileChangeItemSchema>;

export const agentMessageSchema = itemSchema.extend({ type: z.literal("agentMessage"), text: z.string() });

const inTurn = { threadId: z.string(), turnId: z.string() };

export const itemEventSchema = z.looseObject({ ...inTurn, item: itemSchema });

export const patchUpdatedSchema = z.looseObject({ ...inTurn, itemId: z.string(), changes: z.array(fileUpdateSchema) });

export const fileChangeRequestSchema = z.looseObject({
  ...inTurn,
  itemId: z.string(),
  grantRoot: z.string().nullish(),
});

export const turnErrorSchema = z.looseObject({
  message: z.string(),
  codexErrorInfo: z.unknown(),
  additionalDetails: z.string().nullish(),
});

export type TurnError = z.infer<typeof turnErrorSchema>;

export const turnCompletedSchema = z.looseObject({
  threadId: z.string(),
  turn: z.looseObject({ id: z.string(), status: z.string(), error: turnErrorSchema.nullish() }),
});

export const usageSchema = z.looseObject({
  threadId: z.string(),
  tokenUsage: z.looseObject({
    total: z.looseObject({
      inputTokens: z.number(),
      cachedInputTokens: z.number(),
      outputTokens: z.number(),
      totalTokens: z.number(),
    }),
  }),
});

export const commandResultSchema = z.looseObject({ exitCode: z.number(), stdout: z.string(), stderr: z.string() });

export const commandOutputSchema = z.looseObject({ processId: z.string(), deltaBase64: z.string() });
