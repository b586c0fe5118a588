import type { Arrival, Message } from "@umbel/core";
import { CANCEL_TASK, isCancelled } from "@umbel/core";
import type { Simulation } from "./simulation.ts";
import { isLinked } from "./witness.ts";

/**
 * Sees what comes of a simulated flow that must not come any more, whether workers hear of its cancel or not:
 *
 * - when a worker is through with the cancel no task ends but as cancelled, and no body is claimed, but for steps that
 *   can be undone and have begun, and what undoes them;
 * - of a group that was ended before it had begun, no member is ever sent.
 *
 * What is linked is none of the flow's.
 */
export class Aftermath {
  /** What came all the same, in words. */
  readonly wrong: string[] = [];
  /** Joins that were registered, and those that were to be when they had been ended. */
  readonly #begun = new Set<string>();
  readonly #never = new Set<string>();
  readonly #started = new Set<string>();
  readonly #undoable: ReadonlySet<string>;
  #isOver = false;

  /** @param undoable - Ids of the steps that can be undone: what has begun of them ends by itself (rule 39). */
  constructor(world: Simulation, undoable: readonly string[]) {
    this.#undoable = new Set(undoable);
    world.onAcknowledged = (task) => (this.#isOver ||= task === CANCEL_TASK);
    this.#seePuts(world);
    this.#seeStarts(world);
    this.#seeClaims(world);
    this.#seeGroups(world);
  }

  #seePuts({ stores: { results } }: Simulation): void {
    const put = results.put.bind(results);
    results.put = async (records) => {
      const puts = await put(records);
      for (const [i, { id, outcome }] of records.entries())
        if (this.#isOver && puts[i]?.won === true && !isCancelled(outcome) && !this.#undoable.has(id))
          this.#tell(id, `ended with ${outcome.state}`);
      return puts;
    };
  }

  #seeStarts({ stores: { results } }: Simulation): void {
    const start = results.start.bind(results);
    results.start = async (begun) => {
      const started = await start(begun);
      if (this.#isOver && started.kind === "mine" && !this.#started.has(begun.id))
        this.#tell(begun.id, "began");
      if (started.kind === "mine") this.#started.add(begun.id);
      return started;
    };
  }

  #seeClaims({ stores: { joins } }: Simulation): void {
    const claim = joins.claim.bind(joins);
    joins.claim = async (join, claimant) => {
      const answer = await claim(join, claimant);
      if (this.#isOver && answer === "mine") this.#tell(join, "was claimed");
      return answer;
    };
  }

  #seeGroups({ stores: { joins }, server }: Simulation): void {
    const register = joins.register.bind(joins);
    joins.register = async (fresh) => {
      const answers = await register(fresh);
      for (const [i, { id }] of fresh.entries()) {
        if (answers[i] !== "marked") this.#begun.add(id);
        else if (!this.#begun.has(id)) this.#never.add(id);
      }
      return answers;
    };
    const enqueue = server.enqueue.bind(server);
    server.enqueue = (message) => {
      if (joinsAbove(message).some((join) => this.#never.has(join))) this.#tell(message.id, "was sent");
      enqueue(message);
    };
  }

  #tell(id: string, what: string): void {
    if (!isLinked(id) && !/!u|!c$/.test(id)) this.wrong.push(`${id} ${what}, and is cancelled`);
  }
}

/** The joins that a message's task belongs to, its own first. */
function joinsAbove({ claim, next: { join } }: Message): readonly string[] {
  const joins = claim === null ? [] : [claim];
  for (let at: Arrival | null = join; at !== null; at = at.outer) joins.push(at.join);
  return joins;
}
