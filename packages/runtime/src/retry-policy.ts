import { InvalidOption, UmbelError } from "@umbel/core";

/** A class of errors. */
export type ErrorClass = abstract new (...args: never) => unknown;

/** Which errors: instances of one of these classes, or those for which it returns true. */
export type ErrorFilter = readonly ErrorClass[] | ((error: unknown) => boolean);

/** How the delay before the next attempt grows; each is optional. */
export interface RetryBackoff {
  /** Before the second attempt: milliseconds, an integer from 1. Default 1,000. */
  readonly baseMs?: number;
  /** The longest: milliseconds, from `baseMs` to ten years. Default 600,000, ten minutes. */
  readonly capMs?: number;
  /** Anything from 0 to the delay, at random, so that what failed together is not tried together. Default true. */
  readonly jitter?: boolean;
}

/** Options of a task that say when it is tried again. */
export interface RetryTaskOptions {
  /** Attempts after the first, an integer from 0; null for no limit. Default 3. */
  readonly maxRetries?: number | null;
  /** Milliseconds before the next attempt, from 0 to ten years. Default 180,000, three minutes, as in Celery. */
  readonly retryDelayMs?: number;
  /**
   * Errors of the handler after which it is tried again without asking: true for all but those that no other attempt
   * would cure (`INVALID_INPUT`, `INVALID_OUTPUT`, `INVALID_OPTION`, `INVALID_FLOW`, `NOT_JSON`). Default none.
   */
  readonly autoretryFor?: true | ErrorFilter;
  /** Errors of those that fail the task at once. Default none. */
  readonly dontAutoretryFor?: ErrorFilter;
  /** In the place of `retryDelayMs`, a delay that doubles with each attempt; true for its defaults. */
  readonly retryBackoff?: boolean | RetryBackoff;
}

/** The same, checked, with its defaults. */
export interface RetryPolicy {
  readonly maxRetries: number | null;
  readonly delayMs: number;
  readonly backoff: Required<RetryBackoff> | null;
  /** Whether the task is tried again after this error without asking. */
  readonly isRetried: (error: unknown) => boolean;
}

/** @throws {InvalidOption} One is out of its bounds. */
export function checkedPolicy(task: string, options: RetryTaskOptions): RetryPolicy {
  const { maxRetries = 3, retryDelayMs = 180_000, retryBackoff = false } = options;
  return {
    maxRetries: checkedMaxRetries(maxRetries, task),
    delayMs: milliseconds(retryDelayMs, 0, `retryDelayMs of ${task}`),
    backoff: checkedBackoff(retryBackoff, task),
    isRetried: autoretries(task, options),
  };
}

/** @throws {InvalidOption} It is neither null nor an integer from 0. */
export function checkedMaxRetries(maxRetries: number | null, what: string): number | null {
  if (maxRetries === null || (Number.isSafeInteger(maxRetries) && maxRetries >= 0)) return maxRetries;
  throw new InvalidOption(
    `the maxRetries of ${what} is ${String(maxRetries)}; it has to be an integer from 0, or null for no limit`,
  );
}

/**
 * How long to wait before the next attempt.
 *
 * @param retries - Attempts before the one that failed; an integer from 0.
 * @param random - Uniform in [0, 1).
 * @returns Whole milliseconds: the fixed delay; or with backoff `min(capMs, baseMs * 2 ** retries)`, and with jitter
 *   anything from 0 to that, both included.
 * @source Celery's `get_exponential_backoff_interval`, which is the variant "full jitter" of "Exponential Backoff and
 *   Jitter", AWS Architecture Blog (2015).
 * @example
 * policyDelayMs({ delayMs: 0, backoff: { baseMs: 1_000, capMs: 60_000, jitter: true } }, 2, 0.5); // => 2000
 */
export function policyDelayMs(
  { delayMs, backoff }: Pick<RetryPolicy, "delayMs" | "backoff">,
  retries: number,
  random: number,
): number {
  if (backoff === null) return delayMs;
  const limitMs = Math.min(backoff.capMs, backoff.baseMs * 2 ** retries);
  return backoff.jitter ? Math.floor(random * (limitMs + 1)) : limitMs;
}

function checkedBackoff(backoff: boolean | RetryBackoff, task: string): Required<RetryBackoff> | null {
  if (backoff === false) return null;
  const { baseMs = 1_000, capMs = 600_000, jitter = true } = backoff === true ? {} : backoff;
  return {
    baseMs: milliseconds(baseMs, 1, `retryBackoff.baseMs of ${task}`),
    capMs: milliseconds(capMs, baseMs, `retryBackoff.capMs of ${task}`),
    jitter,
  };
}

function milliseconds(value: number, least: number, what: string): number {
  if (typeof value === "number" && value >= least && value <= TEN_YEARS_MS) return Math.round(value);
  throw new InvalidOption(
    `the ${what} is ${String(value)}; it has to be milliseconds from ${least} to ten years`,
  );
}

function autoretries(
  task: string,
  { autoretryFor, dontAutoretryFor }: RetryTaskOptions,
): (error: unknown) => boolean {
  const isMeant = autoretryFor === true ? isCurable : filterOf(autoretryFor, `autoretryFor of ${task}`);
  const isRefused = filterOf(dontAutoretryFor, `dontAutoretryFor of ${task}`);
  return (error) => isMeant(error) && !isRefused(error);
}

function isCurable(error: unknown): boolean {
  return !(error instanceof UmbelError && INCURABLE.has(error.code));
}

function filterOf(filter: ErrorFilter | undefined, what: string): (error: unknown) => boolean {
  if (filter === undefined) return () => false;
  if (Array.isArray(filter) && filter.every((each) => typeof each === "function")) {
    const classes = filter as readonly ErrorClass[];
    return (error) => classes.some((each) => error instanceof each);
  }
  if (typeof filter === "function" && !isErrorClass(filter)) return filter;
  throw new InvalidOption(`the ${what} has to be a list of classes of errors, or a function`);
}

/** n.b. To call one as a predicate would make an error, which is truthy. */
function isErrorClass(filter: unknown): boolean {
  return filter === Error || (filter as ErrorClass).prototype instanceof Error;
}

const INCURABLE: ReadonlySet<string> = new Set([
  "INVALID_INPUT",
  "INVALID_OUTPUT",
  "INVALID_OPTION",
  "INVALID_FLOW",
  "NOT_JSON",
]);

const TEN_YEARS_MS = 10 * 365 * 24 * 3_600_000;
