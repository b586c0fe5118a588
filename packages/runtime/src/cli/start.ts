import { setTimeout as pause } from "node:timers/promises";
import type { Umbel } from "../umbel.ts";
import type { Worker, WorkerOptions } from "../worker.ts";
import { seconds } from "./event-line.ts";
import type { Log } from "./log.ts";

/**
 * Starts a worker of an app, and tries again for as long as waiting may help: a broker or a store that is not there.
 *
 * @param stop - Ends the attempts.
 * @returns The worker; null when it was stopped before it started.
 * @throws {Error} What waiting does not cure: a wrong URL, a wrong password.
 */
export async function startWorker(
  app: Pick<Umbel, "worker">,
  options: WorkerOptions,
  log: Log,
  stop: AbortSignal,
): Promise<Worker | null> {
  for (let attempts = 1; !stop.aborted; attempts += 1) {
    try {
      return await unlessStopped(attempt(app, options), stop);
    } catch (error) {
      if (!isCurable(error)) throw error;
      const pauseMs = pauseAfter(attempts);
      log.write("warning", `cannot start; trying again in ${seconds(pauseMs)}`, { reason: reasonOf(error) });
      await pause(pauseMs, undefined, { signal: stop }).catch(() => {});
    }
  }
  return null;
}

/** n.b. a worker that could not start is spent, so each attempt has one of its own. */
async function attempt(app: Pick<Umbel, "worker">, options: WorkerOptions): Promise<Worker> {
  const worker = await app.worker(options);
  await worker.start();
  return worker;
}

/** n.b. the attempt goes on, but nobody waits for it: closing the app ends it. */
async function unlessStopped(started: Promise<Worker>, stop: AbortSignal): Promise<Worker | null> {
  const over = new AbortController();
  const stopped = new Promise<null>((resolve) => {
    stop.addEventListener("abort", () => resolve(null), { once: true, signal: over.signal });
  });
  return Promise.race([started, stopped]).finally(() => over.abort());
}

/** Whole seconds, doubled each time: 1, 2, 4 … and 30 at most. */
function pauseAfter(attempts: number): number {
  return Math.min(30, 2 ** (attempts - 1)) * 1000;
}

/**
 * Whether waiting may cure it: the broker or the store cannot be reached.
 *
 * n.b. a `BrokerUnavailable` has a cause where the broker answered and will not have us; one of a store has what its
 * server said.
 */
export function isCurable(error: unknown): boolean {
  const { code, cause } = (error ?? {}) as {
    readonly code?: unknown;
    readonly cause?: { readonly code?: unknown };
  };
  if (code === "BROKER_UNAVAILABLE") return cause === undefined;
  return code === "STORE_UNAVAILABLE" && !NOT_ALLOWED.has(cause?.code);
}

/** MongoDB's Unauthorized, AuthenticationFailed, and Atlas's word for both. */
const NOT_ALLOWED: ReadonlySet<unknown> = new Set([13, 18, 8000]);

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
