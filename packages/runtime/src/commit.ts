import type {
  Backend,
  Cancel,
  Claim,
  Claimant,
  Counted,
  Failure,
  Join,
  MemberArrival,
  Put,
  Registered,
  Start,
  Started,
  StoredJoin,
  StoredTask,
  TurnRecord,
} from "@umbel/core";
import { Batch, StoreUnavailable, isComplete, textOfSteps } from "@umbel/core";
import type { PlanPage } from "@umbel/canvas";
import type { Environment } from "./environment.ts";
import { retryDelayMs } from "./environment.ts";
import type { Eventually } from "./eventually.ts";

/** What one member's arrival saw. */
export interface Arrived {
  /** Its bit had been set before. */
  readonly isRepeat: boolean;
  /**
   * Whether this arrival has to complete the document: it made it complete, or repeats one that is. Of several
   * that went in one update, one.
   */
  readonly completes: boolean;
  readonly failed: number;
  /** The join, as it was then or later, where the store had it at hand; else null, and where it was not complete. */
  readonly join: StoredJoin | null;
}

/** What one member's arrival at a race saw. */
export interface ArrivedAtRace {
  readonly isRepeat: boolean;
  /** Whether it is the arrival that decided the race: now, or when it was made before. */
  readonly decides: boolean;
}

/** Told of a store that is away, and of when it is asked again. */
export type OnRetry = (error: StoreUnavailable, retryInMs: number) => void;

/**
 * The stores as one worker writes to them: outcomes of all its deliveries in groups, arrivals at one join in
 * groups, and what fails because the store is away tried again until it is back.
 */
export class Commit {
  readonly #backend: Backend;
  readonly #environment: Environment;
  readonly #signal: AbortSignal;
  readonly #onRetry: OnRetry;
  readonly #outcomes: Batch<TurnRecord, Put>;
  readonly #arrivals = new Map<string, Batch<MemberArrival, Arrived | null>>();
  readonly #races = new Map<string, Batch<MemberArrival, ArrivedAtRace | null>>();

  /** @param signal - Ends the attempts: the worker gives up, and its deliveries go to another one. */
  constructor(backend: Backend, environment: Environment, signal: AbortSignal, onRetry: OnRetry = () => {}) {
    this.#onRetry = onRetry;
    this.#backend = backend;
    this.#environment = environment;
    this.#signal = signal;
    this.#outcomes = new Batch((records) => this.#insist(() => backend.results.put(records)), 500);
  }

  /** Stores how a turn ended, first write wins: at once in a store that can, else resolves when the store has it. */
  store(record: TurnRecord): Eventually<Put> {
    return this.#backend.results.putNow?.(record) ?? this.#outcomes.add(record);
  }

  /** Begins a turn of a step that may have to be undone; see the port. */
  start(start: Start): Promise<Started> {
    return this.#insist(() => this.#backend.results.start(start));
  }

  /** Stores how turns ended in their order, up to the first that does not win (rule 21). */
  storeInOrder(records: readonly TurnRecord[]): Promise<readonly Put[]> {
    return this.#insist(() => this.#backend.results.putInOrder(records));
  }

  find(ids: readonly string[]): Promise<ReadonlyMap<string, StoredTask>> {
    return this.#insist(() => this.#backend.results.find(ids));
  }

  register(joins: readonly Join[]): Promise<readonly Registered[]> {
    return this.#insist(() => this.#backend.joins.register(joins));
  }

  /** Arrives at one document of a join; null when there is no such document. */
  arrive(document: string, arrival: MemberArrival): Promise<Arrived | null> {
    return (this.#arrivals.get(document) ?? this.#arrivalsAt(document)).add(arrival);
  }

  /** Arrives at a race; null when there is none. */
  race(join: string, arrival: MemberArrival): Promise<ArrivedAtRace | null> {
    return (this.#races.get(join) ?? this.#racesAt(join)).add(arrival);
  }

  readJoin(join: string): Promise<StoredJoin | null> {
    return this.#insist(() => this.#backend.joins.read(join));
  }

  claim(join: string, claimant: Claimant): Promise<Claim> {
    return this.#insist(() => this.#backend.joins.claim(join, claimant));
  }

  /** The text of a page of a plan; null when it is gone. */
  loadPage(id: string): Promise<string | null> {
    return this.#insist(() => this.#backend.plans.load(id));
  }

  /** Stores what is large of steps that take a task's place. */
  async savePages(pages: readonly PlanPage[], expiresAtMs: number): Promise<void> {
    const texts = pages.map(({ id, steps }) => ({ id, text: textOfSteps(steps) }));
    await this.#insist(() => this.#backend.plans.save(texts, expiresAtMs));
  }

  /** Marks joins, outer first; see the port. */
  async mark(joins: readonly string[], mark: Failure, expiresAtMs: number): Promise<void> {
    if (joins.length > 0) await this.#insist(() => this.#backend.joins.mark(joins, mark, expiresAtMs));
  }

  markOf(join: string): Promise<Failure | null> {
    return this.#insist(() => this.#backend.joins.markOf(join));
  }

  noteCancel(cancel: Cancel, expiresAtMs: number): Promise<void> {
    return this.#insist(() => this.#backend.joins.noteCancel(cancel, expiresAtMs));
  }

  cancels(): Promise<readonly Cancel[]> {
    return this.#insist(() => this.#backend.joins.cancels());
  }

  retire(join: string, expiresAtMs: number): Promise<void> {
    return this.#insist(() => this.#backend.joins.retire(join, expiresAtMs));
  }

  #arrivalsAt(document: string): Batch<MemberArrival, Arrived | null> {
    const count = async (arrivals: readonly MemberArrival[]): Promise<readonly (Arrived | null)[]> => {
      const counted = await this.#insist(() => this.#backend.joins.arrive(document, arrivals));
      return counted === null ? arrivals.map(() => null) : share(counted);
    };
    const batch = new Batch(count, MOST_ARRIVALS, () => this.#arrivals.delete(document));
    this.#arrivals.set(document, batch);
    return batch;
  }

  #racesAt(join: string): Batch<MemberArrival, ArrivedAtRace | null> {
    const count = async (arrivals: readonly MemberArrival[]): Promise<readonly (ArrivedAtRace | null)[]> => {
      const raced = await this.#insist(() => this.#backend.joins.race(join, arrivals));
      if (raced === null) return arrivals.map(() => null);
      const { decision, repeats } = raced;
      return arrivals.map(({ index }, i) => ({
        isRepeat: repeats[i] === true,
        decides: decision?.by === index,
      }));
    };
    const batch = new Batch(count, MOST_ARRIVALS, () => this.#races.delete(join));
    this.#races.set(join, batch);
    return batch;
  }

  /** Every method of a store is safe to repeat. */
  async #insist<Answer>(attempt: () => Promise<Answer>): Promise<Answer> {
    for (let attempts = 1; ; attempts += 1) {
      try {
        return await attempt();
      } catch (error) {
        if (!(error instanceof StoreUnavailable) || this.#signal.aborted) throw error;
        const delayMs = retryDelayMs(attempts, this.#environment.random());
        this.#onRetry(error, delayMs);
        await this.#environment.sleep(delayMs, this.#signal);
      }
    }
  }
}

/** Arrivals in one update. */
const MOST_ARRIVALS = 1000;

/** One update's answer for each of the arrivals in it. Every repeat may be the only one left to complete it. */
function share(counted: Counted): readonly Arrived[] {
  const isDone = isComplete(counted);
  const completer = counted.repeats.indexOf(false);
  return counted.repeats.map((isRepeat, i) => ({
    isRepeat,
    completes: isDone && (isRepeat || i === completer),
    failed: counted.failed,
    join: counted.join ?? null,
  }));
}
