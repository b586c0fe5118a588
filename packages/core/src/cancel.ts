import { isOfUndo } from "./compensation.ts";
import type { Failed, Failure, TurnEnd } from "./outcome.ts";

/** The end of a flow, or of a part of one, that was asked for from outside. */
export interface Cancel {
  /** The flow's id; or what the ids of a part of it begin with, such as `<group>.<member>`. */
  readonly scope: string;
  readonly reason: string;
}

/** The reason where nobody gave one. */
export const NO_REASON = "no reason given";

/** The failure of a task that was cancelled. It fires no error links and no handlers (rule 32). */
export function cancelFailure(reason: string, task: string, id: string): Failure {
  return {
    name: "FlowCancelled",
    message: reason,
    stack: null,
    task,
    id,
    code: "FLOW_CANCELLED",
    errors: [],
  };
}

/** Whether this is the failure of what was cancelled. */
export function isCancel({ code }: Pick<Failure, "code">): boolean {
  return code === "FLOW_CANCELLED";
}

/** Whether this is the outcome of what was cancelled. */
export function isCancelled(outcome: TurnEnd): outcome is Failed {
  return outcome.state === "FAILURE" && isCancel(outcome.failure);
}

/** The state that Celery's clients see: REVOKED for what was cancelled. */
export function stateOf(outcome: TurnEnd): "SUCCESS" | "FAILURE" | "RETRY" | "REPLACED" | "REVOKED" {
  return isCancelled(outcome) ? "REVOKED" : outcome.state;
}

/** The failure of a task that ends because of another's: of what is cancelled, each has its own. */
export function failureOf(
  { id, task }: { readonly id: string; readonly task: string },
  failure: Failure,
): Failure {
  return isCancel(failure) ? { ...failure, id, task } : failure;
}

/**
 * What an id belongs to: itself and all that it is below, the nearest first. `F.0.1` is below `F.0` and `F`.
 *
 * Of handlers of failures nothing: they run although what failed is cancelled (rule 32); nor of undos (rule 37).
 */
export function scopesOf(id: string): readonly string[] {
  if (isOfUndo(id) || ERROR_LINKS.some((link) => id.includes(link))) return [];
  const scopes = [id];
  for (let end = id.length - 1; end > 0; end -= 1)
    if (SEPARATORS.has(id[end] ?? "")) scopes.push(id.slice(0, end));
  return scopes;
}

/** The id of the message that cancels a flow. */
export function cancelId(flow: string): string {
  return `${flow}!cancel`;
}

/** What the ids of error links have, after that of their task (see canvas/place.ts). */
const ERROR_LINKS = ["+error", "+failure"];

const SEPARATORS = new Set([".", "+", "~", "!"]);
