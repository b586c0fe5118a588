import type { Message } from "./message.ts";
import type { OutcomeRecord, TurnRecord, UnfinishedRecord } from "./outcome.ts";
import type { Held } from "./holder.ts";
import type { Start, Started } from "./start.ts";

/** How one {@link ResultStore.put} went: we were first, or this is what was there: an outcome, or a later turn. */
export type Put = Won | Lost;

export interface Won {
  readonly won: true;
  /** The message that has taken the task's place, where one has: what was put ended a task that had gone on as others. */
  readonly replaced?: Message;
}

export interface Lost {
  readonly won: false;
  /** Null where another run has begun the task, and will end it (rules 39 and 40). */
  readonly stored: TurnRecord | null;
  /** As when it is won. */
  readonly replaced?: Message;
}

/** What is known of a task: its state, and its record once it has ended. */
export interface StoredTask {
  /** One of `TaskState`, or a state of the user's own. */
  readonly state: string;
  /** Null while the state is not terminal. */
  readonly record: OutcomeRecord | null;
  /** How its last turn ended, while its next one has not; absent where there was none. */
  readonly lastTurn?: UnfinishedRecord;
  /** The message that has taken the task's place, the last one; it stays when the task has ended. Absent for none. */
  readonly replaced?: Message;
  /** Who has begun its turn, of a step that may have to be undone; absent where nobody has. */
  readonly held?: Held;
}

/**
 * The port behind which outcomes are kept.
 *
 * The contract, tested by one suite for every store:
 * 1. First write wins: of all puts for one turn of an id, one `won`; every other is given what that one stored,
 *    always. An outcome ends the task; a retry or a replacement ends its turn, and the next one is open then. A put for a turn that is
 *    over is given what is stored, and changes nothing (rules 10 and 33). `state.ts` is the specification.
 * 2. A document that is there but not terminal (STARTED, a foreign RETRY, a user's progress) is overwritten by a put,
 *    by an update guarded by "not terminal, of no later turn"; of several such puts one `won` (rule 6).
 * 3. When `put` resolves, the records survive a crash of the store, as far as it is configured to (rule 20).
 * 4. The records of one put are independent: one that was there already does not hold up the others (rule 7).
 * 5. A record that the store cannot hold (its document limit) is put as a FAILURE with RESULT_TOO_LARGE in its
 *    stead; its put is `won: false` with that failure.
 * 6. When the store cannot be reached every method rejects with `StoreUnavailable`; a put may then have been
 *    written, and is safe to repeat.
 * 7. `find` reads what was last acknowledged (from the primary, rule 20), and gives copies.
 * 8. `findFlow` and `findFlowStates` read the tasks whose ids are the flow's, or that and a mark behind it (`isOfFlow`),
 *    in no order, in batches of 1,000 at most, so that the whole flow is never held by the store. What ends while
 *    they read may be in it or not.
 * 9. After its `expiresAtMs` a record goes, within a minute.
 * 10. `start` is one atomic update: of several for one turn, one begins it, and its delivered again copies of an equal
 *    or higher rank; the others are given what holds them up (rules 38 and 40). What is begun so is overwritten by a put
 *    of its holder only, of an equal or higher rank; every other put is given null. `start.ts` is the specification.
 * 11. `putInOrder` stores a record only when all before it have won: whatever is read of them, and whenever, is a
 *    beginning of the list (rule 21).
 */
export interface ResultStore {
  /** Connects. Calling it again does nothing. */
  open(): Promise<void>;
  /** Stores how turns ended, first write wins; the answers are in the order of the records. */
  put(records: readonly TurnRecord[]): Promise<readonly Put[]>;
  /** The same of one record, without waiting; absent in stores that are not in this process. */
  putNow?(record: TurnRecord): Put;
  /** Stores how turns ended in their order, up to the first that does not win: its answer is the last one. */
  putInOrder(records: readonly TurnRecord[]): Promise<readonly Put[]>;
  /** Begins a turn of a step that may have to be undone, before its handler runs. */
  start(start: Start): Promise<Started>;
  /** What is known of these tasks; an id of which nothing is known is not in the map. */
  find(ids: readonly string[]): Promise<ReadonlyMap<string, StoredTask>>;
  /** What is known of all tasks of a flow. */
  findFlow(flow: string): AsyncIterable<ReadonlyMap<string, StoredTask>>;
  /** The states of all tasks of a flow, by their ids: what is large of a task is not read. */
  findFlowStates(flow: string): AsyncIterable<ReadonlyMap<string, string>>;
  /**
   * Tells of each outcome of a flow when it is put, in a store that knows of all puts; absent in others.
   *
   * @param onRecords - Must not throw, and change nothing.
   * @returns Ends it.
   */
  watch?(flow: string, onRecords: (records: readonly OutcomeRecord[]) => void): () => void;
  /** Drops what is known of these tasks. */
  forget(ids: readonly string[]): Promise<void>;
  close(): Promise<void>;
}
