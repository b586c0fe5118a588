import { isCancel, stateOf } from "../cancel.ts";
import type { Json, JsonObject } from "../json.ts";
import type { Message } from "../message.ts";
import type { PlacedNode } from "../node.ts";
import type { Failure, Outcome, Replaced, Retry, TurnEnd, TurnRecord } from "../outcome.ts";
import { failed, success } from "../outcome.ts";
import type { StoredTask } from "../results.ts";
import type { Held } from "../holder.ts";
import { isTerminal, isUnfinished } from "../state.ts";
import { timeOf } from "../time.ts";
import { parse, stringify } from "./json-text.ts";
import type { Writable } from "./writable.ts";

/**
 * A document of `celery_taskmeta` with all extended fields, as Celery 5.7 reads and writes it; `by`, `root_id`,
 * `date_started` and `expiresAt` are ours, as are `turn`, `next`, `replaced` and `additions`, and Celery ignores them.
 */
export interface ResultDocument {
  readonly _id: string;
  readonly status: string;
  /** JSON text; of a failure, Celery's exception map with our fields beside it. */
  readonly result: string | null;
  readonly traceback: string | null;
  readonly children: readonly unknown[] | null;
  readonly date_started: Date | null;
  readonly date_done: Date | null;
  readonly name: string | null;
  readonly args: readonly Json[] | null;
  readonly kwargs: JsonObject | null;
  readonly worker: string | null;
  readonly retries: number;
  readonly queue: string | null;
  readonly parent_id: string | null;
  readonly root_id: string | null;
  readonly by: string | null;
  readonly expiresAt: Date | null;
  /** The turn that the task has come to, or that ended it; absent for 0. */
  readonly turn?: number;
  /** JSON text of the message that begins that turn, of a retry (rule 34); null once the task has ended. */
  readonly next?: string | null;
  /** JSON text of the arguments, and those by name, where they are kept and `args` cannot have them. */
  readonly called?: string;
  /** Who has begun the turn, of a step that may have to be undone; it goes when the turn ends. */
  readonly held?: Held;
  /** JSON text of the message that took the task's place, the last one (rule 27). It stays. */
  readonly replaced?: string;
  /** JSON text of what was added to the task's group (rule 42); absent for nothing. */
  readonly additions?: string;
}

export function toResultDocument(record: TurnRecord): ResultDocument {
  const { outcome } = record;
  const document: Writable<ResultDocument> = {
    _id: record.id,
    status: stateOf(outcome),
    result: resultText(outcome),
    traceback: "failure" in outcome ? tracebackOf(outcome.failure) : null,
    children: NO_CHILDREN,
    date_started: record.startedAtMs === null ? null : new Date(record.startedAtMs),
    date_done: isUnfinished(record) ? null : new Date(record.doneAtMs),
    name: record.task,
    args: record.args,
    kwargs: record.kwargs,
    worker: record.worker,
    retries: record.retries,
    queue: record.queue,
    parent_id: record.parent,
    root_id: record.flow,
    by: record.by,
    expiresAt: record.expiresAtMs === null ? null : new Date(record.expiresAtMs),
  };
  addTurn(document, record);
  addAdditions(document, record);
  return document;
}

const NO_CHILDREN: readonly unknown[] = [];

function resultText(outcome: TurnEnd): string | null {
  if (outcome.state === "REPLACED") return null;
  return stringify(outcome.state === "SUCCESS" ? outcome.value : toException(outcome.failure));
}

function addTurn(document: Writable<ResultDocument>, record: TurnRecord): void {
  if (!isUnfinished(record)) {
    if (record.turn === 0) return;
    document.turn = record.turn;
    document.next = null;
    return;
  }
  const { next, state } = record.outcome;
  const text = stringify(next as unknown as JsonObject);
  document.turn = next.turn;
  document.next = state === "RETRY" ? text : null;
  if (state === "REPLACED") document.replaced = text;
}

function addAdditions(document: Writable<ResultDocument>, { outcome }: TurnRecord): void {
  if (outcome.state !== "SUCCESS" || outcome.additions === undefined) return;
  document.additions = stringify(outcome.additions as unknown as Json);
}

/** What a stored document says, whoever wrote it. A terminal state that is none of ours is read as a failure. */
export function fromResultDocument(document: Partial<ResultDocument> & { readonly _id: string }): StoredTask {
  const state = document.status ?? "PENDING";
  const replaced = replacedIn(document);
  if (isTerminal(state)) {
    const record = Object.assign(saidBy(document), {
      outcome: outcomeOf(state, document),
      doneAtMs: doneAt(document.date_done),
    });
    return replaced === undefined ? { state, record } : { state, record, replaced };
  }
  const beside = { ...(replaced && { replaced }), ...(document.held && { held: document.held }) };
  const outcome = state === "REPLACED" ? replacementBy(replaced) : retryIn(document, state);
  if (outcome === null) return { state, record: null, ...beside };
  const lastTurn = { ...saidBy(document), turn: outcome.next.turn - 1, outcome };
  return { state, record: null, lastTurn, ...beside };
}

/** The message that took a task's place, where one did. */
export function replacedIn({ replaced }: Pick<ResultDocument, "replaced">): Message | undefined {
  return messageIn(replaced) ?? undefined;
}

function replacementBy(next: Message | undefined): Replaced | null {
  return next === undefined ? null : { state: "REPLACED", next };
}

function retryIn(document: Partial<ResultDocument> & { readonly _id: string }, state: string): Retry | null {
  const next = messageIn(document.next);
  return next && { state: "RETRY", failure: fromException(resultOf(document.result), document, state), next };
}

function saidBy(document: Partial<ResultDocument> & { readonly _id: string }) {
  const [args, kwargs] = calledWith(document);
  return {
    id: document._id,
    turn: document.turn ?? 0,
    by: document.by ?? null,
    task: document.name ?? null,
    args,
    kwargs,
    flow: document.root_id ?? null,
    parent: document.parent_id ?? null,
    queue: document.queue ?? null,
    worker: document.worker ?? null,
    retries: document.retries ?? 0,
    startedAtMs: document.date_started instanceof Date ? document.date_started.getTime() : null,
    expiresAtMs: document.expiresAt instanceof Date ? document.expiresAt.getTime() : null,
  };
}

function calledWith({ called, args = null, kwargs = null }: Partial<ResultDocument>) {
  if (typeof called !== "string") return [args, kwargs] as const;
  return parse(called) as unknown as readonly [readonly Json[], JsonObject];
}

function messageIn(text: string | null | undefined): Message | null {
  return typeof text === "string" ? (parse(text) as unknown as Message) : null;
}

function nodesIn(text: string | undefined): readonly PlacedNode[] {
  return typeof text === "string" ? (parse(text) as unknown as readonly PlacedNode[]) : [];
}

function outcomeOf(state: string, document: Partial<ResultDocument> & { readonly _id: string }): Outcome {
  const json = resultOf(document.result);
  if (state === "SUCCESS") return success(json, nodesIn(document.additions));
  return failed(fromException(json, document, state));
}

/** n.b. Who writes without Celery's own backend may write a time as text; Celery reads that. */
function doneAt(done: unknown): number {
  const ms = done instanceof Date ? done.getTime() : timeOf(String(done));
  return ms === null || Number.isNaN(ms) ? 0 : ms;
}

function resultOf(text: unknown): Json {
  if (typeof text !== "string") return (text ?? null) as Json; // a foreign writer's native value
  try {
    return parse(text);
  } catch {
    return text;
  }
}

/** Celery's exception map. `exc_module` is `builtins` where Python has a class of that name, for its `except`. */
function toException(failure: Failure): JsonObject {
  return {
    ...classOf(failure),
    exc_message: [failure.message],
    task: failure.task,
    id: failure.id,
    code: failure.code,
    errors: failure.errors.map(toException),
    ...(failure.index !== undefined && { index: failure.index }),
    ...(failure.cause && { cause: { ...toException(failure.cause), stack: failure.cause.stack } }),
  };
}

function classOf(failure: Failure): JsonObject {
  if (isCancel(failure)) return { exc_type: "TaskRevokedError", exc_module: "celery.exceptions" };
  return { exc_type: failure.name, exc_module: BUILTINS.has(failure.name) ? "builtins" : "umbel" };
}

const BUILTINS = new Set(["TypeError", "SyntaxError"]);

function fromException(
  json: Json,
  document: Partial<ResultDocument> & { readonly _id: string },
  state: string,
): Failure {
  const map = isMap(json) ? json : {};
  const { exc_type, exc_message, task, id, code, errors, index, cause } = map;
  const name = code === "FLOW_CANCELLED" ? "FlowCancelled" : typeof exc_type === "string" ? exc_type : state;
  const message = messageOf(exc_message ?? json);
  return {
    name,
    message,
    stack: stackOf(document.traceback, name, message),
    task: typeof task === "string" ? task : (document.name ?? "unknown"),
    id: typeof id === "string" ? id : document._id,
    code: typeof code === "string" ? code : null,
    errors: Array.isArray(errors)
      ? errors.map((each) => fromException(each, { ...document, traceback: null }, state))
      : [],
    ...(typeof index === "number" && { index }),
    ...(isMap(cause) && {
      cause: fromException(cause, { ...document, traceback: textOf(cause["stack"]) }, state),
    }),
  };
}

function isMap(json: Json | undefined): json is JsonObject {
  return typeof json === "object" && json !== null && !Array.isArray(json);
}

function textOf(json: Json | undefined): string | null {
  return typeof json === "string" ? json : null;
}

function messageOf(json: Json): string {
  const parts = Array.isArray(json) ? json : [json];
  return parts.map((part) => (typeof part === "string" ? part : JSON.stringify(part))).join(", ");
}

/** Celery shows the traceback of every failure: one without a stack has its first line. */
function tracebackOf({ stack, name, message }: Failure): string {
  return stack ?? `${name}: ${message}`;
}

function stackOf(traceback: string | null | undefined, name: string, message: string): string | null {
  return traceback === `${name}: ${message}` ? null : (traceback ?? null);
}
