/** The life of one task, in order. The last three are terminal: a task that has one keeps it. */
export type TaskState = "PENDING" | "RECEIVED" | "STARTED" | "RETRY" | "SUCCESS" | "FAILURE" | "REVOKED";

/** Whether a task in this state has ended; states of Celery's users (`PROGRESS`) have not. */
export function isTerminal(state: string): boolean {
  return state === "SUCCESS" || state === "FAILURE" || state === "REVOKED";
}

/** What the states of a group's members come to: the first that failed, or SUCCESS when all have it. */
export function combinedState(states: readonly string[]): string {
  const failed = states.find((state) => state === "FAILURE" || state === "REVOKED");
  if (failed !== undefined) return failed;
  if (states.every((state) => state === "SUCCESS")) return "SUCCESS";
  return states.every((state) => state === "PENDING") ? "PENDING" : "STARTED";
}
