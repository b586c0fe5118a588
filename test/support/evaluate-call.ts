import type { BareCall, Flow } from "./drawn-flow.ts";
import { MOST_ATTEMPTS, isCall, isExclusive } from "./drawn-flow.ts";
import type { Ending } from "./ending.ts";
import { exhausted, valueOf } from "./ending.ts";
import type { Choose } from "./every-way.ts";
import { REFUSED, fold, labelsOf, wordsFor } from "./flow-tasks.ts";
import type { Happening } from "./happened.ts";
import type { Failed, Given, Link } from "./said.ts";
import { NOTHING_SAID, argumentsOf, keywordsOf, optionsOf } from "./said.ts";

/** What the meaning of one call needs of that of all. */
export interface Surroundings {
  readonly must: Happening;
  readonly choose: Choose;
  readonly of: (flow: Flow, given: Given) => Ending;
  readonly failed: (failed: Failed, errorLinks: readonly Link[]) => Failed;
}

/** The meaning of flows of one call. */
export class Calls {
  readonly #flow: Surroundings;

  constructor(surroundings: Surroundings) {
    this.#flow = surroundings;
  }

  of(flow: BareCall, given: Given): Ending {
    return this.#unlessFailed(given, () => this.#ran(flow, given));
  }

  /** @param calls - What handlers are called with, by what runs one: the message has several. */
  message(numbers: readonly number[], given: Given, calls: (run: typeof fold) => unknown): Ending {
    return this.#unlessFailed(given, () => this.#folded(numbers, given, calls));
  }

  #unlessFailed({ failed, errorLinks }: Given, run: () => Ending): Ending {
    if (failed !== null) return this.#flow.failed(failed, errorLinks);
    try {
      return run();
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      return this.#flow.failed({ failed: error.message }, errorLinks);
    }
  }

  #ran(flow: BareCall, given: Given): Ending {
    if ("call" in flow)
      return this.#folded([flow.call], given, (run) =>
        run(...argumentsOf(given), flow.call, ...keywordsOf(given)),
      );
    if ("alone" in flow) return this.#folded([flow.alone], given, (run) => run(flow.alone));
    if ("map" in flow) return this.#folded(flow.map, given, (run) => flow.map.map((item) => run(item)));
    if ("starmap" in flow)
      return this.#folded(flow.starmap.flat(), given, (run) => flow.starmap.map((items) => run(...items)));
    if ("tried" in flow) return this.#tried(flow, given);
    if ("swap" in flow) return this.#swapped(flow, given);
    if ("adds" in flow) return this.#adding(flow, given);
    return "fickle" in flow ? this.#fickle(flow, given) : this.#list(flow, given);
  }

  #folded(numbers: readonly number[], given: Given, calls: (run: typeof fold) => unknown): Ending {
    const options = optionsOf(given);
    const [number] = numbers;
    if (number !== undefined) this.#flow.must.sent(number, options);
    const run: typeof fold = (...values) => {
      this.#run(wordsFor("fold", values), given);
      return fold(...values, ...labelsOf(options));
    };
    return { gives: [calls(run)] };
  }

  /** It is tried until it may not be tried again. */
  #tried({ tried, failures, by }: Extract<Flow, { tried: number }>, given: Given): Ending {
    const options = optionsOf(given);
    const task = by === "itself" ? "asking" : "autoretried";
    const values = [...argumentsOf(given), failures, tried, ...keywordsOf(given)];
    const retries = Math.min(failures, MOST_ATTEMPTS - 1);
    this.#flow.must.sent(tried, options, retries);
    this.#run(wordsFor(task, values), given, 1 + retries);
    if (failures >= MOST_ATTEMPTS) return this.#flow.failed({ failed: exhausted(task) }, given.errorLinks);
    return { gives: [fold(...values, ...labelsOf(options))] };
  }

  /** What takes its place is its own but for what is stamped; the error links are those of both. */
  #swapped({ swap, failures, by }: Extract<Flow, { swap: number }>, given: Given): Ending {
    const options = optionsOf(given);
    this.#flow.must.sent(swap, options, failures);
    this.#run(wordsFor("swapped", [swap]), given, 1 + failures);
    const isClaimed = isClaimedWith(given) && isCall(by);
    const slot = isCall(by) && !isExclusive(by) ? given.slot : null; // others end together, in what gathers them
    const taking = { ...NOTHING_SAID, stamps: given.stamps, isClaimed, isAwaited: true, slot };
    const ending = this.#flow.of(by, taking);
    return "failed" in ending ? this.#flow.failed(ending, given.errorLinks) : { gives: [valueOf(ending)] };
  }

  /** What it adds ends on its own: its failure is none of the call's. */
  #adding(flow: Extract<Flow, { adds: number }>, given: Given): Ending {
    const { adds, failures, additions, isFickle } = flow;
    const options = optionsOf(given);
    const text = JSON.stringify({ additions, isFickle });
    const values = [...argumentsOf(given), failures, adds, text, ...keywordsOf(given)];
    this.#flow.must.sent(adds, options, failures);
    this.#run(wordsFor("adding", values), given, 1 + failures);
    const added = isFickle ? additions.slice(this.#flow.choose(2)) : additions;
    const told = added.length > 0 && given.slot === null ? REFUSED : added.length;
    const value = fold(...values, ...labelsOf(options), told);
    if (given.slot !== null) this.#add(added, given.slot, given);
    return { gives: [value] };
  }

  /** Behind each addition is what that adds. */
  #add(added: readonly Flow[], slot: Ending[], { stamps }: Given): void {
    for (const addition of added) {
      const later: Ending[] = [];
      const ending = this.#flow.of(addition, { ...NOTHING_SAID, stamps, isAwaited: true, slot: later });
      slot.push(ending, ...later);
    }
  }

  /** Either of its runs may be the one that is stored. */
  #fickle({ fickle, in: what }: Extract<Flow, { fickle: number }>, given: Given): Ending {
    const options = optionsOf(given);
    const values = [...argumentsOf(given), fickle, what, ...keywordsOf(given)];
    const way = this.#flow.choose(2);
    const retries = what === "attempt" ? way : 0;
    this.#flow.must.sent(fickle, options, retries);
    this.#run(wordsFor("fickle", values), given, 1 + retries);
    return { gives: [fold(...values, ...labelsOf(options), way)] };
  }

  #list({ list, isFickle }: Extract<Flow, { list: unknown }>, given: Given): Ending {
    this.#run(wordsFor(isFickle ? "some" : "items", list), given);
    return { gives: [isFickle ? list.slice(this.#flow.choose(2)) : list] };
  }

  #run(what: string, given: Given, times = 1): void {
    for (let i = 0; i < times; i += 1) this.#flow.must.run(what, isClaimedWith(given));
  }
}

function isClaimedWith(given: Given): boolean {
  return given.isClaimed || optionsOf(given).exclusive === true;
}
