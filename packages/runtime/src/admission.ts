import type { Message, Start, TurnEnd } from "@umbel/core";
import { cancelFailure, decidedFor, engineFailure, failed, failureOf, isUnfinished } from "@umbel/core";
import type { Commit } from "./commit.ts";
import type { Environment } from "./environment.ts";
import { holderOf } from "./record.ts";
import type { Run } from "./run.ts";
import type { Telling } from "./telling.ts";

export interface AdmissionOptions {
  readonly commit: Commit;
  readonly telling: Telling;
  readonly environment: Environment;
  readonly worker: string;
  /** Milliseconds that a step is kept which has begun and may have to be undone: the longest time that one takes. */
  readonly startExpiresMs: number;
}

/** What becomes of a delivery that may not run: an end to store, one that is stored already, or a copy of another. */
export type Refusal =
  | { readonly kind: "ended" | "stored"; readonly outcome: TurnEnd }
  | { readonly kind: "dropped" };

/** Says whether a delivery may run, by what is decided of its message already: its join's claim, its outcome, its beginning. */
export class Admission {
  readonly #options: AdmissionOptions;

  constructor(options: AdmissionOptions) {
    this.#options = options;
  }

  /**
   * Null where it may run; else what to do instead.
   *
   * n.b. A body's claim comes before its stored outcome: a copy that performed its effects again would begin the members
   * of the next join again, each of which would publish the next body, and so on; one crash would become a flood.
   */
  async refusal(run: Run): Promise<Refusal | null> {
    const { message } = run;
    const refused = await this.claimed(run);
    if (refused !== null) return refused;
    const stored = run.isSuspect ? await this.stored(message) : null;
    return stored ?? (message.compensation === "step" ? await this.#begin(run) : null);
  }

  /** Null where this publication may run the body (rule 9), or is none; else what to do instead. */
  async claimed(run: Run): Promise<Refusal | null> {
    const { message } = run;
    const { claim: join } = message;
    if (join === null) return null;
    const claimant = { nonce: message.nonce ?? message.id, turn: message.turn };
    const claim = await this.#options.commit.claim(join, claimant);
    if (claim === "mine") return null;
    if (claim === "marked") return this.#marked(run, join);
    if (claim === "held") return this.#dropped(message, "another copy has the join's claim");
    run.isSuspect = true;
    const { id, task } = message;
    const failure = engineFailure("JOIN_LOST", `the join ${join} of this body is gone`, task, id);
    return (await this.stored(message)) ?? { kind: "ended", outcome: failed(failure) };
  }

  /** What is decided of the message's turn: the task's outcome, or a later turn (rule 34); null where it is open. */
  async stored(message: Message): Promise<Refusal | null> {
    const found = await this.#options.commit.find([message.id]);
    const record = decidedFor(found.get(message.id), message.turn);
    if (record === null) return null;
    const what = isUnfinished(record) ? "its next turn" : "its outcome";
    this.#options.telling.skipped(message, `${what} is stored already`);
    return { kind: "stored", outcome: record.outcome };
  }

  /** A body whose join was ended does not run (rule 24). n.b. It is never just acknowledged (rule 17). */
  async #marked(run: Run, join: string): Promise<Refusal | null> {
    const { message } = run;
    const { id, task } = message;
    const begun = message.compensation === "step" ? await this.#begin(run) : null;
    if (begun !== null || run.isBegunBefore) return begun; // what has begun ends by itself (rule 39)
    const mark = (await this.#options.commit.markOf(join)) ?? cancelFailure("its group was ended", task, id);
    this.#options.telling.cancelled(message, mark.message);
    return { kind: "ended", outcome: failed(failureOf({ id, task }, mark)) };
  }

  /** Null where this delivery may run a step that may have to be undone (rule 38); else what to do instead. */
  async #begin(run: Run): Promise<Refusal | null> {
    const started = await this.#options.commit.start(this.#startOf(run));
    if (started.kind === "stored") {
      run.isSuspect = true;
      return { kind: "stored", outcome: started.stored.outcome };
    }
    if (started.kind === "mine") {
      if (started.isAgain) run.isBegunBefore = true;
      return null;
    }
    return this.#dropped(run.message, "another copy has begun it");
  }

  #startOf(run: Run): Start {
    const { environment, worker, startExpiresMs } = this.#options;
    const { id, turn, task, flow } = run.message;
    const nowMs = environment.now();
    const times = { startedAtMs: nowMs, expiresAtMs: nowMs + startExpiresMs };
    return { id, turn, holder: holderOf(run), task, flow, worker, ...times };
  }

  #dropped(message: Message, why: string): Refusal {
    this.#options.telling.skipped(message, why);
    return { kind: "dropped" };
  }
}

/** Whether nothing can be decided of it yet: its first delivery, no body's, of a step that cannot be undone. */
export function isPlain({ message, isSuspect }: Run): boolean {
  return message.claim === null && !isSuspect && message.compensation !== "step";
}
