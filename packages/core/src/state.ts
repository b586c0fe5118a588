/** The life of one task, in order. The last three are terminal: a task that has one keeps it. */
export type TaskState = "PENDING" | "RECEIVED" | "STARTED" | "RETRY" | "SUCCESS" | "FAILURE" | "REVOKED";

/** Whether a task in this state has ended; states of Celery's users (`PROGRESS`) have not. */
export function isTerminal(state: string): boolean {
  return state === "SUCCESS" || state === "FAILURE" || state === "REVOKED";
}
