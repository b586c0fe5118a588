import { schemeOf } from "./connect.ts";
import type { UmbelOptions } from "./umbel.ts";

/** How long the stores keep what they are given; milliseconds. */
export interface Retention {
  /** An outcome, from when the task ended. */
  readonly resultExpiresMs: number;
  /** The outcome of a member of a join, from when it ended: it has to be there when the last member ends. */
  readonly memberExpiresMs: number;
}

/** How long an app has all that it stores kept; milliseconds. */
export interface AppRetention extends Retention {
  readonly planExpiresMs: number;
  readonly flowExpiresMs: number;
}

/** What the options say, and the defaults, which are shorter where the stores are this process's memory. */
export function retentionOf(options: UmbelOptions): AppRetention {
  const { backend, planExpiresMs = 30 * DAY_MS } = options;
  const isMemory = typeof backend !== "object" && schemeOf(backend) === "memory";
  const { resultExpiresMs = isMemory ? 10 * MINUTE_MS : DAY_MS } = options;
  const { memberExpiresMs = resultExpiresMs + (isMemory ? 60 * MINUTE_MS : 7 * DAY_MS) } = options;
  const { flowExpiresMs = memberExpiresMs } = options;
  return { resultExpiresMs, memberExpiresMs, planExpiresMs, flowExpiresMs };
}

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
