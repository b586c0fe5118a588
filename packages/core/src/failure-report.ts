import type { Json } from "./json.ts";
import type { Failure } from "./outcome.ts";

/** What a handler of failures gets. */
export interface FailureReport {
  /** The task that failed. */
  readonly task: string;
  /** Its id. */
  readonly id: string;
  /** Its place among the members, where it is that of a group's member; else null. */
  readonly index: number | null;
  /** The class of what it threw, for example `TypeError`. */
  readonly name: string;
  readonly message: string;
  /** Our own code, or the one the thrown error had; null for none. */
  readonly code: string | null;
  /** Where it was thrown; null where that is not known. */
  readonly stack: string | null;
  /** What led to it, where the error says; else null. */
  readonly cause: FailureReport | null;
  /** Every member that failed, where members of a group did; else empty. */
  readonly errors: readonly FailureReport[];
}

/** A failure as a value that travels. */
export function reportOf(failure: Failure): Json {
  const { task, id, index = null, name, message, code, stack, errors, cause } = failure;
  const led = cause === undefined ? null : reportOf(cause);
  return { task, id, index, name, message, code, stack, cause: led, errors: errors.map(reportOf) };
}
