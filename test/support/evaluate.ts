import type { Racing } from "@umbel/core";
import type { Flow } from "./drawn-flow.ts";
import { MOST_ATTEMPTS, endsInGroup, headerOf, isCall, isNothing, recordOf } from "./drawn-flow.ts";
import type { Ending } from "./ending.ts";
import { atBody, endOf, exhausted, joined, tooFew, valueOf } from "./ending.ts";
import type { Choose } from "./every-way.ts";
import { NoWay, everyWay } from "./every-way.ts";
import { fold, labelsOf, noteText, wordsFor } from "./flow-tasks.ts";
import type { Happened } from "./happened.ts";
import { Happening, NOTHING_HAPPENED, any, both } from "./happened.ts";
import { decisionsOf } from "./race-decisions.ts";
import type { Failed, Given, Link } from "./said.ts";
import {
  NOTHING_SAID,
  argumentsOf,
  followed,
  inMember,
  linkOf,
  keywordsOf,
  optionsOf,
  saidOfAll,
  saidOfCall,
} from "./said.ts";

/** One way in which a flow may go: who wins its races is the only thing that is not known before. */
export interface Way {
  readonly ending: Ending;
  /** What happens, when nothing goes wrong, exactly so often. */
  readonly must: Happened;
  /** What may happen beside, as far as losers of races come: at most so often. */
  readonly may: Happened;
}

/** Ways that are looked at: of a flow that has more it is not known what it may come to. */
export const MOST_WAYS = 200;

/**
 * The meaning of a flow: all that it may come to, without messages, joins, ids or time.
 *
 * @throws {TooManyWays} There are more than {@link MOST_WAYS}.
 */
export function waysOf(flow: Flow, input: readonly unknown[] = []): readonly Way[] {
  return everyWay((choose) => {
    const evaluation = new Evaluation(choose);
    const ending = evaluation.of(flow, { ...NOTHING_SAID, args: input });
    return { ending, must: evaluation.must, may: evaluation.may };
  }, MOST_WAYS);
}

/** The same of a flow that races nowhere. */
export function evaluate(flow: Flow, input: readonly unknown[] = []): Way {
  const [way, ...more] = waysOf(flow, input);
  if (way === undefined || more.length > 0) throw new Error("who wins a race in it is not known before");
  return way;
}

/** What a member of a group comes to, and all that happens on its way. */
type Member = (evaluation: Evaluation) => Ending;

class Evaluation {
  readonly must = new Happening();
  may: Happened = NOTHING_HAPPENED;
  readonly #choose: Choose;

  constructor(choose: Choose) {
    this.#choose = choose;
  }

  of(flow: Flow, given: Given): Ending {
    if ("call" in flow)
      return this.#call([flow.call], given, (run) =>
        run(...argumentsOf(given), flow.call, ...keywordsOf(given)),
      );
    if ("alone" in flow) return this.#call([flow.alone], given, (run) => run(flow.alone));
    if ("tried" in flow) return this.#tried(flow, given);
    if ("swap" in flow) return this.#swapped(flow, given);
    if ("map" in flow) return this.#call(flow.map, given, (run) => flow.map.map((item) => run(item)));
    if ("starmap" in flow)
      return this.#call(flow.starmap.flat(), given, (run) => flow.starmap.map((items) => run(...items)));
    if ("chunks" in flow)
      return this.of({ group: chunked(flow.chunks, flow.size).map((starmap) => ({ starmap })) }, given);
    if ("chain" in flow)
      return this.#chain(
        flow.chain.filter((step) => !isNothing(step)),
        given,
      );
    if ("group" in flow) return this.#group(flow.group, given, (values) => values);
    if ("record" in flow)
      return this.#group(Object.values(flow.record), given, (values) => recordOf(flow.record, values));
    if ("settled" in flow) return this.#settled(flow.settled, given);
    if ("racers" in flow) return this.#racers(flow, given);
    if ("list" in flow) return this.#list(flow, given);
    if ("each" in flow) return this.#each(flow, given);
    if ("chord" in flow) return this.of({ chain: [headerOf(flow.chord), flow.body] }, given);
    if ("clone" in flow) return this.of(flow.clone, { ...given, front: [...given.front, ...flow.front] });
    if ("kwargs" in flow) return this.of(flow.kwargs, { ...given, named: { ...flow.named, ...given.named } });
    if ("set" in flow)
      return this.of(
        flow.set,
        isCall(flow.set) ? saidOfCall(flow.options, given) : saidOfAll(flow.options, given),
      );
    if ("stamp" in flow)
      return this.of(flow.stamp, { ...given, stamps: { ...given.stamps, ...flow.stamps } });
    if ("link" in flow) return this.#linked(flow, given);
    if ("onFailure" in flow) return this.#handled(flow, given);
    return this.of(flow.linkError, {
      ...given,
      errorLinks: [...given.errorLinks, { ...linkOf(flow, given), isLast: true }],
    });
  }

  /** @param calls - What handlers are called with, by what runs one. */
  #call(numbers: readonly number[], given: Given, calls: (run: typeof fold) => unknown): Ending {
    if (given.failed !== null) return this.#failed(given.failed, given.errorLinks);
    const options = optionsOf(given);
    const [number] = numbers;
    if (number !== undefined) this.must.sent(number, options);
    const isClaimed = given.isClaimed || options.exclusive === true;
    try {
      return {
        gives: [
          calls((...values) => {
            this.must.run(wordsFor("fold", values), isClaimed);
            return fold(...values, ...labelsOf(options));
          }),
        ],
      };
    } catch (error) {
      return this.#failed({ failed: (error as Error).message }, given.errorLinks);
    }
  }

  /** It is tried until it may not be tried again. */
  #tried({ tried, failures, by }: Extract<Flow, { tried: number }>, given: Given): Ending {
    if (given.failed !== null) return this.#failed(given.failed, given.errorLinks);
    const options = optionsOf(given);
    const task = by === "itself" ? "asking" : "autoretried";
    const values = [...argumentsOf(given), failures, tried, ...keywordsOf(given)];
    const retries = Math.min(failures, MOST_ATTEMPTS - 1);
    this.must.sent(tried, options, retries);
    const isClaimed = given.isClaimed || options.exclusive === true;
    for (let attempt = 0; attempt <= retries; attempt += 1) this.must.run(wordsFor(task, values), isClaimed);
    if (failures >= MOST_ATTEMPTS) return this.#failed({ failed: exhausted(task) }, given.errorLinks);
    try {
      return { gives: [fold(...values, ...labelsOf(options))] };
    } catch (error) {
      return this.#failed({ failed: (error as Error).message }, given.errorLinks);
    }
  }

  /** What takes its place is its own but for what is stamped; the error links are those of both. */
  #swapped({ swap, failures, by }: Extract<Flow, { swap: number }>, given: Given): Ending {
    if (given.failed !== null) return this.#failed(given.failed, given.errorLinks);
    const options = optionsOf(given);
    this.must.sent(swap, options, failures);
    const isClaimed = given.isClaimed || options.exclusive === true;
    for (let attempt = 0; attempt <= failures; attempt += 1)
      this.must.run(wordsFor("swapped", [swap]), isClaimed);
    const taking = { ...NOTHING_SAID, stamps: given.stamps, isClaimed: isClaimed && isCall(by) };
    const ending = this.of(by, taking);
    return "failed" in ending ? this.#failed(ending, given.errorLinks) : { gives: [valueOf(ending)] };
  }

  #list({ list }: Extract<Flow, { list: unknown }>, given: Given): Ending {
    if (given.failed !== null) return this.#failed(given.failed, given.errorLinks);
    this.must.run(wordsFor("items", list), given.isClaimed || optionsOf(given).exclusive === true);
    return { gives: [list] };
  }

  #chain(steps: readonly Flow[], given: Given): Ending {
    const { inherited, stamps } = given;
    return steps.reduce<Ending>(
      (before, step, k) => {
        if ("failed" in before && before.ofGroup === undefined) return before;
        const errorLinks = k === steps.length - 1 ? given.errorLinks : followed(given.errorLinks);
        const isClaimed = endsInGroup(steps[k - 1]);
        const later = { ...NOTHING_SAID, inherited, stamps, isClaimed, ...endOf(before) };
        return this.of(step, { ...(k === 0 ? given : later), errorLinks });
      },
      { gives: given.args },
    );
  }

  #group(members: readonly Flow[], given: Given, collect: (values: readonly unknown[]) => unknown): Ending {
    if (given.failed !== null) return this.#failed(given.failed, given.failed.ofGroup ?? []);
    const inside = inMember(given);
    return joined(
      members.map((member) => this.of(member, inside)),
      given,
      collect,
    );
  }

  #settled(members: readonly Flow[], given: Given): Ending {
    if (given.failed !== null) return this.#failed(given.failed, given.failed.ofGroup ?? []);
    const inside = { ...inMember(given), errorLinks: [] };
    return this.#toldHow(members.map((member) => this.of(member, inside)));
  }

  /** n.b. What follows it never fails, but when the group before it has. */
  #toldHow(endings: readonly Ending[]): Ending {
    this.must.run("plain", true);
    return { gives: [endings.map((each) => ("failed" in each ? each.failed : valueOf(each)))] };
  }

  #racers({ racers, policy }: Extract<Flow, { racers: unknown }>, given: Given): Ending {
    if (given.failed !== null) return this.#failed(given.failed, given.failed.ofGroup ?? []);
    const inside = inMember(given);
    return this.#race(
      racers.map(
        (racer): Member =>
          (evaluation) =>
            evaluation.of(racer, inside),
      ),
      policy,
      given,
    );
  }

  /** Any decision is possible that its members can bring about; of the others it is not known how far they come. */
  #race(members: readonly Member[], policy: Racing, given: Given): Ending {
    const decisions = decisionsOf(policy, members.length);
    const decision = decisions[this.#choose(decisions.length)];
    if (decision === undefined) throw new NoWay();
    const endings = decision.members.map((i) => members[i]?.(this) ?? { gives: [] });
    if (endings.some((ending) => "gives" in ending !== decision.ok)) throw new NoWay();
    const losers = members.filter((_, i) => !decision.members.includes(i));
    this.may = [this.may, ...losers.map(allOf)].reduce(both);
    return joined(endings, given, (values) => (typeof policy === "object" ? values : values[0]));
  }

  #each({ each, size, policy }: Extract<Flow, { each: Flow }>, given: Given): Ending {
    const items = (given.args[0] ?? []) as readonly number[];
    const isTold = policy === "settled"; // then its error links are on what follows it
    const inside = isTold ? { ...inMember(given), errorLinks: [] } : inMember(given);
    const members = items.map(
      (item): Member =>
        (evaluation) =>
          evaluation.of(each, { ...inside, args: [item] }),
    );
    if (isTold) return this.#toldHow(members.map((member) => member(this)));
    if (policy !== undefined && decisionsOf(policy, items.length).length === 0)
      return { ...tooFew(items), ofGroup: atBody(given) };
    if (policy !== undefined) return this.#race(members, policy, given);
    if (size === null)
      return joined(
        members.map((member) => member(this)),
        given,
        (values) => values,
      );
    const call = "call" in each ? each.call : 0;
    const endings = chunked(items, size).map((chunk) =>
      this.#call(chunk, inside, (run) => chunk.map((item) => run(item, call))),
    );
    return joined(endings, given, (lists) => lists.flat());
  }

  /** A group at the end with a handler is followed by what has it; a failure before begins none. */
  #handled(flow: Extract<Flow, { onFailure: Flow }>, given: Given): Ending {
    const own = given.failed === null ? [{ ...linkOf(flow, given), isHandler: true, isLast: false }] : [];
    const ending = this.of(flow.onFailure, { ...given, errorLinks: [...followed(given.errorLinks), ...own] });
    return "failed" in ending ? this.#failed(ending, ending.ofGroup ?? []) : ending;
  }

  /** A group with a link is followed by what gathers its results for it. */
  #linked(flow: Extract<Flow, { link: Flow }>, given: Given): Ending {
    const ending = this.of(flow.link, { ...given, errorLinks: followed(given.errorLinks) });
    if ("failed" in ending) return this.#failed(ending, ending.ofGroup ?? []);
    this.#begin(linkOf(flow, given), valueOf(ending));
    return ending;
  }

  #failed({ failed }: Failed, errorLinks: readonly Link[]): Failed {
    for (const link of errorLinks) this.#begin(link, { failed });
    return { failed };
  }

  #begin({ side, notes: [before, after], stamps, isHandler }: Link, given: unknown): void {
    this.must.noted(noteText({ note: before, given }));
    this.must.run(wordsFor("note", [before]), isHandler);
    const ending = this.of(side, { ...NOTHING_SAID, stamps, args: [before], isClaimed: false });
    if ("failed" in ending) return;
    this.must.noted(noteText({ note: after, given: valueOf(ending) }));
    this.must.run(wordsFor("note", [after]), false);
  }
}

/** All that a loser may do, whoever wins its own races. */
function allOf(loser: Member): Happened {
  const ways = everyWay((choose) => {
    const evaluation = new Evaluation(choose);
    loser(evaluation);
    return both(evaluation.must, evaluation.may);
  }, MOST_WAYS);
  return any(ways);
}

function chunked<Item>(items: readonly Item[], size: number): readonly (readonly Item[])[] {
  return items.length === 0 ? [] : [items.slice(0, size), ...chunked(items.slice(size), size)];
}
