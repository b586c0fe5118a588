import type { Failure } from "./outcome.ts";
import type { Policy } from "./policy.ts";

/** A flow and what is known of each of its tasks. */
export interface FlowTree {
  readonly id: string;
  /** The app that sent it; null where that is not stored: of a single call, and of a foreign client's. */
  readonly app: string | null;
  /** Milliseconds since the epoch; null likewise. */
  readonly sentAtMs: number | null;
  readonly root: FlowNode;
  /** What of it is gone or was never stored, in words, and how it is shown instead; empty where all is there. */
  readonly missing: readonly string[];
}

export type FlowNode = FlowTask | FlowChain | FlowGroup;

interface Timed {
  /** The id under which its result is. */
  readonly id: string;
  /** PENDING, STARTED, RETRY, SUCCESS, FAILURE, REVOKED, or a state of a task's own. */
  readonly state: string;
  /**
   * Milliseconds since the epoch, by its worker's clock: when its handler began the last time; of several tasks, the first.
   * Null before it has ended, where no handler ran, and of a foreign worker's task.
   */
  readonly startedAtMs: number | null;
  /** Milliseconds since the epoch, by its worker's clock; of several tasks, the last. Null before it has ended. */
  readonly doneAtMs: number | null;
  /** `doneAtMs` less `startedAtMs`; null where one of them is. */
  readonly durationMs: number | null;
}

/** One call. */
export interface FlowTask extends Timed {
  readonly kind: "task";
  /** The task's name, of a call that took its place that one's; `unknown` where neither the plan nor an outcome says it. */
  readonly name: string;
  /** Null before it has ended, and of a foreign worker that does not say. */
  readonly worker: string | null;
  /** Attempts before the last one. */
  readonly retries: number;
  /** What it returned, as `get()` would give it; undefined where it has not succeeded. */
  readonly value: unknown;
  /** Why it failed; null where it has not. That of a step that was skipped is of the task that failed. */
  readonly failure: Failure | null;
  /** Whether it never ran, since what it depends on failed. */
  readonly isSkipped: boolean;
  /** The steps that took its place (`ctx.replace`), those of the last time; null where none did, or one call under its id. */
  readonly replacedBy: FlowNode | null;
  /** What begins beside the flow when it has ended. */
  readonly links: readonly FlowLink[];
}

/** A flow that begins with the end of a task, and that nobody waits for. */
export interface FlowLink {
  readonly on: "success" | "failure";
  readonly root: FlowNode;
}

/** Steps one after the other; its state is that of the last one, STARTED where another has begun. */
export interface FlowChain extends Timed {
  readonly kind: "chain";
  readonly steps: readonly FlowNode[];
}

/** Steps side by side. */
export interface FlowGroup extends Timed {
  readonly kind: "group";
  /** One a member, where it is a record; else null. */
  readonly keys: readonly string[] | null;
  readonly policy: Policy;
  /** Whether its members are made of a list while the flow runs; it has none before that. */
  readonly isEach: boolean;
  /** What members added (`ctx.addToChord`) is behind them, in the order in which the group's body has it. */
  readonly members: readonly FlowNode[];
}
