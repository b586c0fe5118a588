import { nanoid } from "nanoid";

/** Time and dice, so that a test can choose them. */
export interface Environment {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Resolves after so many milliseconds, or at once when the signal aborts; never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** The same, and where nothing else is left to do the process may end before. */
  doze(ms: number, signal: AbortSignal): Promise<void>;
  /** Resolves in a later turn of the event loop. */
  turn(): Promise<void>;
  /** Uniform in [0, 1). */
  random(): number;
  /** A new id of a flow. */
  flowId(): string;
  /** A new nonce of a publication. */
  nonce(): string;
}

/** The machine's own. */
export function systemEnvironment(): Environment {
  const prefix = nanoid(8);
  let publications = 0;
  return {
    now: Date.now,
    sleep: (ms, signal) => sleep(ms, signal),
    doze: (ms, signal) => sleep(ms, signal, true),
    turn: () => new Promise((resolve) => void setImmediate(resolve)),
    random: Math.random,
    flowId: nanoid,
    nonce: () => `${prefix}-${(publications += 1)}`,
  };
}

function sleep(ms: number, signal?: AbortSignal, isLight = false): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const end = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, Math.min(ms, MAX_TIMER_MS));
    if (isLight) timer.unref();
    signal?.addEventListener("abort", end);
  });
}

/** A longer timer would fire at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/**
 * How long to wait before the next attempt, with full jitter.
 *
 * @param attempt - Attempts already made; an integer from 1.
 * @param random - Uniform in [0, 1).
 * @returns Milliseconds, from 0 to `min(capMs, baseMs * 2 ** (attempt - 1))`; `baseMs` is 50, `capMs` 5,000.
 * @source "Exponential Backoff and Jitter", AWS Architecture Blog (2015), variant "full jitter".
 */
export function retryDelayMs(attempt: number, random: number): number {
  return Math.floor(random * Math.min(5000, 50 * 2 ** (attempt - 1)));
}
