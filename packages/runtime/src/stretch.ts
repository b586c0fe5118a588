import type { TurnEnd, TurnRecord } from "@umbel/core";
import type { Effect } from "@umbel/canvas";
import type { Commit } from "./commit.ts";
import type { Environment } from "./environment.ts";
import type { Recorder } from "./record.ts";
import { recordOfTurn } from "./record.ts";
import type { Run } from "./run.ts";
import { mayDrop } from "./settlement.ts";

/** How one step of a stretch ended. */
export interface RanStep {
  readonly run: Run;
  readonly end: TurnEnd;
}

/** What a stretch came to. */
export interface StretchEnd {
  /** The step to go on from; null where another publication does. */
  readonly last: RanStep | null;
  /** Whether how it ended is stored. */
  readonly isStored: boolean;
  /** What the steps before it asked for, besides the next of them. */
  readonly left: readonly Effect[];
}

export interface StretchOptions {
  readonly commit: Pick<Commit, "storeInOrder">;
  readonly environment: Environment;
  readonly recorder: () => Recorder;
  /** Milliseconds after which how a step ended is written, however long the next one takes. */
  readonly gatherMs: number;
}

/** A step with what it asked for. */
interface Kept extends RanStep {
  readonly record: TurnRecord;
  readonly left: readonly Effect[];
}

/**
 * Steps of a chain that ran here one after the other, without a message between them (rule 21).
 *
 * Duties: how they ended is stored in their order, one write at a time, up to the first that something else has ended; from
 * there on what ran here does not count.
 */
export class Stretch {
  readonly #options: StretchOptions;
  #open: Kept[] = [];
  #last: RanStep;
  #left: Effect[] = [];
  #writing: Promise<void> | null = null;
  #lost: RanStep | "dropped" | null = null;
  #isAlarmed = false;
  readonly #over = new AbortController();
  #error: { readonly thrown: unknown } | null = null;

  constructor(first: RanStep, left: readonly Effect[], options: StretchOptions) {
    this.#options = options;
    this.#last = first;
    this.#keep(first, left);
  }

  /** Whether something else has ended one of its steps, or the store gave up: nothing may follow here any more. */
  get isCut(): boolean {
    return this.#lost !== null || this.#error !== null;
  }

  /** @param left - What the step asked for, besides the next one. */
  add(step: RanStep, left: readonly Effect[]): void {
    this.#last = step;
    this.#keep(step, left);
  }

  /** Begins to store what has ended, unless that is being done, or what ended before it does not count. */
  write(): void {
    if (this.isCut) return;
    this.#writing ??= this.#writeOpen().finally(() => (this.#writing = null));
  }

  /**
   * Stores the rest.
   *
   * @throws {StoreUnavailable} The worker gives up.
   */
  async finish(): Promise<StretchEnd> {
    this.#over.abort();
    while (!this.isCut && (this.#writing !== null || this.#open.length > 0)) {
      this.write();
      await this.#writing;
    }
    await this.#writing;
    if (this.#error !== null) throw this.#error.thrown;
    const left = this.#left;
    if (this.#lost === "dropped") return { last: null, isStored: true, left };
    if (this.#lost !== null) return { last: this.#lost, isStored: true, left };
    return { last: this.#last, isStored: !isAsking(this.#last.end), left };
  }

  /** n.b. What asks for another turn is stored by whoever goes on from it: there may be pages to write before. */
  #keep(step: RanStep, left: readonly Effect[]): void {
    if (isAsking(step.end)) return;
    const record = recordOfTurn(step.run, step.end, this.#options.recorder());
    this.#open.push({ run: step.run, end: step.end, record, left });
    if (!this.#isAlarmed) void this.#writeInTime();
  }

  /** n.b. The next step may take long: what has ended is not to be lost with it. */
  async #writeInTime(): Promise<void> {
    this.#isAlarmed = true;
    await this.#options.environment.sleep(this.#options.gatherMs, this.#over.signal);
    await this.#writing;
    this.#isAlarmed = false;
    if (!this.#over.signal.aborted && this.#open.length > 0) this.write();
  }

  #won({ run, record, left }: Kept): void {
    run.stored = record;
    for (const effect of left) this.#left.push(effect);
  }

  async #writeOpen(): Promise<void> {
    const steps = this.#open;
    this.#open = [];
    try {
      const puts = await this.#options.commit.storeInOrder(steps.map(({ record }) => record));
      for (const [i, put] of puts.entries()) {
        const step = steps[i];
        if (step === undefined) continue;
        if (put.won) this.#won(step);
        else this.#lost = lastOf(step, put.stored);
      }
    } catch (thrown) {
      this.#error = { thrown };
    }
  }
}

/** The step that another write had ended, as it is stored; with all its effects, unless somebody else performs them (rule 6). */
function lastOf({ run }: RanStep, stored: TurnRecord | null): RanStep | "dropped" {
  run.isSuspect = true;
  if (stored === null || mayDrop(run, stored)) return "dropped";
  return { run, end: stored.outcome };
}

function isAsking(end: TurnEnd): boolean {
  return end.state === "RETRY" || end.state === "REPLACED";
}
