import type { Message, TurnEnd } from "@umbel/core";
import { emit, isHeard } from "./events.ts";

/** What a worker tells of its tasks, for logs and metrics. */
export class Telling {
  readonly #app: string;
  readonly #worker: string;

  constructor({ app, worker }: { readonly app: string; readonly worker: string }) {
    this.#app = app;
    this.#worker = worker;
  }

  started({ task, id }: Message, atMs: number): void {
    if (isHeard("task.started")) emit({ type: "task.started", ...this.#who, task, id, atMs });
  }

  ended(end: TurnEnd, { task, id }: Message, startedMs: number, nowMs: number): void {
    if (!isHeard(ENDED[end.state])) return;
    const said = { ...this.#who, task, id, durationMs: nowMs - startedMs };
    if (end.state === "SUCCESS") return emit({ type: "task.succeeded", ...said });
    if (end.state === "REPLACED") return emit({ type: "task.replaced", ...said });
    const error = `${end.failure.name}: ${end.failure.message}`;
    if (end.state === "FAILURE") return emit({ type: "task.failed", ...said, error });
    const { retries, etaMs } = end.next;
    emit({ type: "task.retried", ...said, error, retries, retryInMs: (etaMs ?? nowMs) - nowMs });
  }

  skipped({ task, id }: Message, reason: string): void {
    emit({ type: "task.skipped", ...this.#who, task, id, reason });
  }

  cancelled({ task, id }: Message, reason: string): void {
    emit({ type: "task.cancelled", ...this.#who, task, id, reason });
  }

  abandoned({ task, id }: { readonly task: string | null; readonly id: string | null }, error: string): void {
    emit({ type: "task.abandoned", ...this.#who, task: task ?? "unknown", id: id ?? "unknown", error });
  }

  refused(id: string | null, task: string | null, reason: string): void {
    emit({ type: "message.refused", ...this.#who, id, task, reason });
  }

  flowCancelled(flow: string, reason: string): void {
    emit({ type: "flow.cancelled", ...this.#who, flow, reason });
  }

  get #who(): { readonly app: string; readonly worker: string } {
    return { app: this.#app, worker: this.#worker };
  }
}

const ENDED = {
  SUCCESS: "task.succeeded",
  FAILURE: "task.failed",
  RETRY: "task.retried",
  REPLACED: "task.replaced",
} as const;
