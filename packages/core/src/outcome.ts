import { isCancel } from "./cancel.ts";
import type { ErrorCode } from "./errors.ts";
import { UmbelError } from "./errors.ts";
import type { Json, JsonObject } from "./json.ts";
import type { Message } from "./message.ts";
import type { Holder } from "./holder.ts";
import type { PlacedNode } from "./node.ts";

/** How a task ended. There is one for each task id, within the results' retention. */
export type Outcome = Success | Failed;

export interface Success {
  readonly state: "SUCCESS";
  readonly value: Json;
  /** What its handler added to the group that the task ends a member of, in order (rule 42); absent for nothing. */
  readonly additions?: readonly PlacedNode[];
}

export interface Failed {
  readonly state: "FAILURE";
  readonly failure: Failure;
}

/** A turn that ended without an outcome: the task is to be tried again. */
export interface Retry {
  readonly state: "RETRY";
  /** Why. */
  readonly failure: Failure;
  /** The message of the next turn, so that whoever finds this can publish it (rule 34). */
  readonly next: Message;
}

/** A turn that ended without an outcome: the task goes on as another step, under its own id. */
export interface Replaced {
  readonly state: "REPLACED";
  /** The message of the next turn: another task's, or `umbel.start` with the steps that take its place (rule 27). */
  readonly next: Message;
}

/** A turn after which the task goes on. */
export type Unfinished = Retry | Replaced;

/** How one turn of a task ended. */
export type TurnEnd = Outcome | Unfinished;

/** An error as data: what crosses the wire instead of an `Error`. */
export interface Failure {
  /** The error's class, for example `TypeError`. */
  readonly name: string;
  readonly message: string;
  /** The stack where it was thrown; null where there is none. */
  readonly stack: string | null;
  /** The task that failed; a step that was skipped because of it carries the same. */
  readonly task: string;
  /** The id of the task that failed. */
  readonly id: string;
  /** Our own code, or the one the thrown error had; null for none. */
  readonly code: string | null;
  /** Every failed call, where a group failed, those of groups in it, too; else empty. */
  readonly errors: readonly Failure[];
  /** Its place among the members, where it is that of a group's member. */
  readonly index?: number;
  /** What led to it: what the error named, or the last attempt's failure where a task was given up; absent for nothing. */
  readonly cause?: Failure;
}

export function success(value: Json, additions: readonly PlacedNode[] = []): Success {
  return { state: "SUCCESS", value, ...(additions.length > 0 && { additions }) };
}

export function failed(failure: Failure): Failed {
  return { state: "FAILURE", failure };
}

/** What a handler threw, as data, with the causes that it names. The only place where an `Error` becomes a {@link Failure}. */
export function toFailure(thrown: unknown, task: string, id: string): Failure {
  return readFailure(thrown, task, id, MOST_CAUSES);
}

/** n.b. Causes may go round in a circle. */
const MOST_CAUSES = 5;

function readFailure(thrown: unknown, task: string, id: string, causes: number): Failure {
  const { name, message, stack, code, cause } = read(thrown);
  const failure = { name, message, stack, task, id, code, errors: [] };
  if (cause === undefined || cause === null || causes === 0) return failure;
  return { ...failure, cause: readFailure(cause, task, id, causes - 1) };
}

/** n.b. Any of an error's fields may be of another type than `Error` says, or throw when it is read. */
function read(
  thrown: unknown,
): Pick<Failure, "name" | "message" | "stack" | "code"> & { readonly cause?: unknown } {
  try {
    if (!(thrown instanceof Error))
      return { name: "NonError", message: inWords(thrown), stack: null, code: null };
    const { name, message, stack, code, cause } = thrown as { [Key in keyof Error]: unknown } & {
      readonly code?: unknown;
    };
    return {
      name: inWords(name),
      message: inWords(message),
      stack: stack === undefined ? null : inWords(stack),
      code: typeof code === "string" ? code : null,
      cause,
    };
  } catch {
    return { name: "NonError", message: "a value that cannot be shown", stack: null, code: null };
  }
}

function inWords(value: unknown): string {
  if (typeof value === "string") return value;
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return String(value);
  }
}

/** A failure of the engine's own, with no stack: a lost join, a missing outcome. */
export function engineFailure(code: ErrorCode, message: string, task: string, id: string): Failure {
  return { name: "UmbelError", message, stack: null, task, id, code, errors: [] };
}

/** How a member of a group ended, as a body of the policy `settled` gets it. */
export type Settled<Value> =
  | { readonly status: "fulfilled"; readonly value: Value }
  | { readonly status: "rejected"; readonly reason: Reason };

/** What a member failed of. */
export interface Reason {
  /** The class of the error, for example `TypeError`. */
  readonly name: string;
  readonly message: string;
  /** Our own code, or the one the thrown error had; null for none. */
  readonly code: string | null;
  /** The task that failed. */
  readonly task: string;
  /** Its id. */
  readonly id: string;
}

/** An outcome as data for a body. */
export function settledOf(outcome: Outcome): JsonObject {
  if (outcome.state === "SUCCESS") return { status: "fulfilled", value: outcome.value };
  const { name, message, code, task, id } = outcome.failure;
  return { status: "rejected", reason: { name, message, code, task, id } };
}

/**
 * A group failed: one failure that carries those of all its members, and names the first; the first that was cancelled, where
 * one was. Of a member that is a group, or failed by one, it carries all of that one's, with the member's index.
 */
export function headerFailure(failures: readonly [Failure, ...Failure[]]): Failure {
  const first = failures.find(isCancel) ?? failures[0];
  // n.b. a thousand stacks would not fit a document; the first one's stays.
  return { ...first, errors: failures.flatMap(membersOf).map(withoutStack) };
}

function membersOf(failure: Failure): readonly Failure[] {
  const { errors, index } = failure;
  if (errors.length === 0) return [failure];
  return errors.map((each) => (index === undefined ? each : { ...each, index }));
}

function withoutStack({ cause, ...failure }: Failure): Failure {
  return { ...failure, stack: null, ...(cause && { cause: withoutStack(cause) }) };
}

/** A task failed, here or on another machine. What `get()` throws. */
export class TaskFailed extends UmbelError {
  readonly code = "TASK_FAILED";
  /** The name of the task that failed. */
  readonly task: string;
  /** The id of the task that failed. */
  readonly taskId: string;
  /** The class of the error that the task threw, for example `TypeError`. */
  readonly errorName: string;
  /** The message of the error that the task threw. */
  readonly errorMessage: string;
  /** The code of the error that the task threw, or null. */
  readonly errorCode: string | null;
  /** The stack on the worker, or null. */
  readonly remoteStack: string | null;
  /**
   * Every failure, where members of a group failed; else empty. `cause` is an `AggregateError` of them then. Of a task
   * that was given up after retries `cause` is the failure of its last attempt.
   */
  readonly errors: readonly TaskFailed[];

  constructor(failure: Failure) {
    super(
      `task ${failure.task} (${failure.id}) failed: ${failure.name}: ${failure.message}`,
      causeOf(failure),
    );
    this.task = failure.task;
    this.taskId = failure.id;
    this.errorName = failure.name;
    this.errorMessage = failure.message;
    this.errorCode = failure.code;
    this.remoteStack = failure.stack;
    this.errors = this.cause instanceof AggregateError ? (this.cause.errors as TaskFailed[]) : [];
  }
}

/** Of members that failed: all their failures as the language has them together. Of a task that gave up: the last. */
function causeOf({ errors, cause }: Failure): ErrorOptions | undefined {
  if (errors.length === 0) return cause && { cause: new TaskFailed(cause) };
  const all = errors.map((each) => new TaskFailed({ ...each, errors: [] }));
  return { cause: new AggregateError(all, `${errors.length} of its members failed`) };
}

/** One task's outcome with all that a result document says of it. */
export interface OutcomeRecord extends EndRecord {
  readonly outcome: Outcome;
  /** Milliseconds since the epoch. */
  readonly doneAtMs: number;
}

/** The same of a turn after which the task goes on. */
export interface UnfinishedRecord extends EndRecord {
  readonly outcome: Unfinished;
}

/** What is stored when a turn of a task ends. */
export type TurnRecord = OutcomeRecord | UnfinishedRecord;

interface EndRecord {
  readonly id: string;
  /** The turn that ended. */
  readonly turn: number;
  /** The nonce of the publication whose run wrote this; null for a foreign writer (rule 3). */
  readonly by: string | null;
  readonly task: string | null;
  readonly args: readonly Json[] | null;
  readonly kwargs: JsonObject | null;
  /** The id of the flow: Celery's root_id. */
  readonly flow: string | null;
  readonly parent: string | null;
  readonly queue: string | null;
  readonly worker: string | null;
  /** Attempts before the one that ended. */
  readonly retries: number;
  /**
   * Milliseconds since the epoch, by the worker's clock: when its handler began, the last time. Null where it did not run,
   * and from a foreign writer.
   */
  readonly startedAtMs: number | null;
  /** Milliseconds since the epoch: when the store may drop it; null for never. */
  readonly expiresAtMs: number | null;
  /**
   * Who wrote it, where it is the run of a step that may have to be undone (rule 40): what another such run has begun it
   * does not end, and its arguments are kept however large they are. Absent for all others.
   */
  readonly holder?: Holder;
}
