import type { Failure } from "../outcome.ts";
import type { StoredTask } from "../results.ts";
import { countLabel, nameLabel, oneLine } from "./label.ts";

/** Characters of an error. */
const ERROR_LENGTH = 80;

/** What a drawing says of a task that was sent. */
export interface TaskStatus {
  /** One of `TaskState`, or a state of the task's own. */
  readonly state: string;
  /** Why it failed, in a few words: `RangeError: too far`, or `since fetch failed`; null where it did not. */
  readonly cause: string | null;
  /** Whether it never ran, since what it depends on failed. */
  readonly isSkipped: boolean;
}

/** The status of each task that has one, by its id; a task that is not in it is PENDING. */
export type Statuses = ReadonlyMap<string, TaskStatus>;

/** What is said of a task of which nothing is known. */
export const PENDING: TaskStatus = { state: "PENDING", cause: null, isSkipped: false };

/** What is said of a task of which this is known. Of its outcome only a few words are kept. */
export function statusOf(id: string, { state, record }: StoredTask): TaskStatus {
  if (record?.outcome.state !== "FAILURE") return { state, cause: null, isSkipped: false };
  const { failure } = record.outcome;
  const isSkipped = failure.id !== id;
  return { state, cause: isSkipped ? sinceLabel(failure) : errorLabel(failure), isSkipped };
}

/** A status on one line: `FAILURE · RangeError: too far`. */
export function statusLabel({ state, cause }: TaskStatus): string {
  return cause === null ? nameLabel(state) : `${nameLabel(state)} · ${cause}`;
}

/** How many are in which state, in the order in which a task goes through them: `38 PENDING, 9,942 SUCCESS`. */
export function tallyLabel(states: readonly string[]): string {
  const counts = new Map<string, number>(IN_ORDER.map((state) => [state, 0]));
  for (const state of states) counts.set(state, (counts.get(state) ?? 0) + 1);
  const present = [...counts].filter(([, count]) => count > 0);
  return present.map(([state, count]) => `${countLabel(count)} ${nameLabel(state)}`).join(", ");
}

function errorLabel({ name, message }: Failure): string {
  return oneLine(`${name}: ${message}`, ERROR_LENGTH);
}

function sinceLabel({ task, errors }: Failure): string {
  return errors.length > 1
    ? `since ${countLabel(errors.length)} members failed`
    : `since ${nameLabel(task)} failed`;
}

const IN_ORDER = ["PENDING", "RECEIVED", "STARTED", "RETRY", "REPLACED", "SUCCESS", "FAILURE", "REVOKED"];
