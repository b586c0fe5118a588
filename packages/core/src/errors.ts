/** What went wrong, as a word that stays the same between releases. Match on this, not on the message. */
export type ErrorCode =
  | "NOT_JSON"
  | "INVALID_INPUT"
  | "INVALID_OUTPUT"
  | "INVALID_FLOW"
  | "INVALID_OPTION"
  | "TASK_NOT_FOUND"
  | "TASK_FAILED"
  | "RESULT_TIMEOUT"
  | "RESULT_IGNORED"
  | "APP_CLOSED"
  | "BROKER_UNAVAILABLE"
  | "PUBLISH_FAILED"
  | "STORE_UNAVAILABLE"
  | "UNDECODABLE_MESSAGE"
  | "JOIN_LOST"
  | "JOIN_MISMATCH"
  | "OUTCOME_LOST"
  | "PLAN_LOST"
  | "FLOW_NOT_FOUND"
  | "RESULT_TOO_LARGE"
  | "RETRY_EXHAUSTED"
  | "EXPIRED"
  | "DELIVERY_LIMIT"
  | "QUEUE_FULL"
  | "REJECTED"
  | "FLOW_CANCELLED";

/** The base of everything this library throws. `code` is the contract; the message is for people. */
export abstract class UmbelError extends Error {
  abstract readonly code: ErrorCode;

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** A value that cannot travel as JSON: a BigInt, a function, a cycle, an instance of a class, NaN. */
export class NotJson extends UmbelError {
  readonly code = "NOT_JSON";
  /** Where the value is, for example `args[1].user.born`. */
  readonly path: string;

  constructor(path: string, what: string, advice: string) {
    super(`${path} is ${what}, which JSON cannot carry; ${advice}`);
    this.path = path;
  }
}

/** What a schema says of a value, or of a part of it. */
export interface Issue {
  /** Where that is, for example `args[0].to`. */
  readonly path: string;
  readonly message: string;
}

/** A task was called with arguments that its `input` refuses; its handler was not called. */
export class InvalidInput extends UmbelError {
  readonly code = "INVALID_INPUT";
  readonly issues: readonly Issue[];

  constructor(task: string, issues: readonly Issue[]) {
    super(`${task}: ${inWords(issues)}`);
    this.issues = issues;
  }
}

/** A handler returned what the `output` of its task refuses. */
export class InvalidOutput extends UmbelError {
  readonly code = "INVALID_OUTPUT";
  readonly issues: readonly Issue[];

  constructor(task: string, issues: readonly Issue[]) {
    super(`${task}: ${inWords(issues)}`);
    this.issues = issues;
  }
}

function inWords(issues: readonly Issue[]): string {
  const told = issues.slice(0, 20).map(({ path, message }) => `${path}: ${message}`);
  const untold = issues.length - told.length;
  return [...told, ...(untold > 0 ? [`and ${untold} more`] : [])].join("; ");
}

/** An arrangement of steps that cannot be sent, or gone on with: steps of two apps, `each` over what is no list. */
export class InvalidFlow extends UmbelError {
  readonly code = "INVALID_FLOW";
}

/** An option that is out of its bounds, or a URL that cannot be used. */
export class InvalidOption extends UmbelError {
  readonly code = "INVALID_OPTION";
}

/** No worker that took the message has a task of this name. */
export class TaskNotFound extends UmbelError {
  readonly code = "TASK_NOT_FOUND";

  constructor(task: string, known: readonly string[]) {
    const has = known.length === 0 ? "it has none" : `it has ${known.slice(0, 20).join(", ")}`;
    super(`no task named "${task}" on this worker (${has}); was its module imported by the worker?`);
  }
}

/** A task was tried as often as it may be, and its last attempt failed, too; that failure is its cause at the caller. */
export class RetryExhausted extends UmbelError {
  readonly code = "RETRY_EXHAUSTED";

  constructor(task: string, attempts: number, last: { readonly name: string; readonly message: string }) {
    const count = attempts === 1 ? "1 attempt" : `${attempts} attempts`;
    super(`${task} was given up after ${count}; the last one failed with ${last.name}: ${last.message}`);
  }
}

/** The result did not come within `timeoutMs`. The flow goes on; `get()` may be called again. */
export class ResultTimeout extends UmbelError {
  readonly code = "RESULT_TIMEOUT";

  constructor(id: string, timeoutMs: number) {
    super(`no result of ${id} within ${timeoutMs} ms; the flow goes on, and get() may be called again`);
  }
}

/** The result of a call that was sent with `ignoreResult`: there is none. */
export class ResultIgnored extends UmbelError {
  readonly code = "RESULT_IGNORED";

  constructor(id: string, task: string) {
    super(
      `the result of ${id} (${task}) is not kept, since the call was sent with ignoreResult; leave that out to get it`,
    );
  }
}

/** The flow was cancelled before this had ended, or it is a member of a race that others decided. */
export class FlowCancelled extends UmbelError {
  readonly code = "FLOW_CANCELLED";
  /** The id of the flow. */
  readonly flow: string;
  /** What whoever cancelled it gave as the reason. */
  readonly reason: string;

  constructor(flow: string, reason: string) {
    super(`the flow ${flow} was cancelled: ${reason}`);
    this.flow = flow;
    this.reason = reason;
  }
}

/** The app was closed while something still waited for it, or was used after it. */
export class AppClosed extends UmbelError {
  readonly code = "APP_CLOSED";
}

/** The broker cannot be reached, or refuses us. */
export class BrokerUnavailable extends UmbelError {
  readonly code = "BROKER_UNAVAILABLE";
}

/**
 * Messages were handed to the broker and it is not known that it has them: publish them again, as suspects
 * (rule 4 of the engine's protocol).
 */
export class PublishFailed extends UmbelError {
  readonly code = "PUBLISH_FAILED";
}

/** The store of results and joins cannot be reached, or refuses us. */
export class StoreUnavailable extends UmbelError {
  readonly code = "STORE_UNAVAILABLE";
}

/** The steps of a flow that are kept in the store are gone. */
export class PlanLost extends UmbelError {
  readonly code = "PLAN_LOST";
}

/** A join is registered already, for another number of members: its members and its body would never fit. */
export class JoinMismatch extends UmbelError {
  readonly code = "JOIN_MISMATCH";

  constructor(join: string, size: number) {
    super(
      `the join ${join} is registered already, and not with ${size} members; were two different flows sent with one id, ` +
        "or messages of one edited?",
    );
  }
}

/** Nothing is stored of a flow with this id. */
export class FlowNotFound extends UmbelError {
  readonly code = "FLOW_NOT_FOUND";

  constructor(id: string, app: string) {
    super(
      `nothing is stored of a flow "${id}" where the app "${app}" keeps its results: is it the flow's whole id ` +
        "(result.flow), and the same backend and database? A single call is found when it has ended, and a flow until it " +
        "expires (flowExpiresMs)",
    );
  }
}

/** A delivery that is no task message: not JSON, not protocol 2, a content type or compression we do not read. */
export class UndecodableMessage extends UmbelError {
  readonly code = "UNDECODABLE_MESSAGE";
}
