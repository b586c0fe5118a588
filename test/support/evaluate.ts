import type { Racing } from "@umbel/core";
import type { Flow } from "./drawn-flow.ts";
import { endsInGroup, headerOf, isBareCall, isCall, isNothing, isUndoable, recordOf } from "./drawn-flow.ts";
import type { Ending } from "./ending.ts";
import { atBody, endOf, joined, tooFew, valueOf } from "./ending.ts";
import { Calls } from "./evaluate-call.ts";
import type { Choose } from "./every-way.ts";
import { NoWay, everyWay } from "./every-way.ts";
import { noteText, wordsFor } from "./flow-tasks.ts";
import type { Happened } from "./happened.ts";
import { Happening, NOTHING_HAPPENED, any, both } from "./happened.ts";
import { decisionsOf } from "./race-decisions.ts";
import type { Failed, Given, Link } from "./said.ts";
import {
  NOTHING_SAID,
  followed,
  followedBy,
  inMember,
  linkOf,
  newSlot,
  saidOfAll,
  saidOfCall,
} from "./said.ts";

/** One way in which a flow may go: who wins its races, and which run of a fickle call counts, is not known before. */
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
    const isAwaited = isUndoable(flow); // then something is told of its end
    const ending = evaluation.of(flow, { ...NOTHING_SAID, args: input, isAwaited });
    return evaluation.wayTo(ending);
  }, MOST_WAYS);
}

/** The same of a flow that races nowhere, with no fickle call. */
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
  /** What undoes the calls that have succeeded. */
  readonly #undos = new Happening();
  readonly #choose: Choose;
  readonly #calls: Calls;

  constructor(choose: Choose) {
    this.#choose = choose;
    this.#calls = new Calls({
      must: this.must,
      choose,
      of: (flow, given) => this.of(flow, given),
      failed: (failed, errorLinks) => this.#failed(failed, errorLinks),
    });
  }

  /** What has succeeded of a flow that fails is undone; of another one, where it is cancelled before its end. */
  wayTo(ending: Ending): Way {
    const { must, may } = this;
    if ("failed" in ending) return { ending, must: both(must, this.#undos), may };
    return { ending, must, may: both(may, this.#undos) };
  }

  of(flow: Flow, given: Given): Ending {
    if (isBareCall(flow)) return this.#calls.of(flow, given);
    if ("compensate" in flow) return this.#compensated(flow, given);
    if ("chunks" in flow)
      return this.of({ group: chunked(flow.chunks, flow.size).map((starmap) => ({ starmap })) }, given);
    if ("chain" in flow)
      return this.#chain(
        flow.chain.filter((step) => !isNothing(step)),
        given,
      );
    if ("group" in flow) return this.#group(flow.group, given, newSlot(given), (values) => values);
    if ("record" in flow)
      return this.#group(Object.values(flow.record), given, null, (values) => recordOf(flow.record, values));
    if ("settled" in flow) return this.#settled(flow.settled, given);
    if ("racers" in flow) return this.#racers(flow, given);
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

  #compensated({ compensate, undo }: Extract<Flow, { undo: number }>, given: Given): Ending {
    const ending = this.of(compensate, { ...given, isClaimed: true });
    if ("gives" in ending) this.#undos.run(wordsFor("undo", [undo]), true);
    return ending;
  }

  #chain(steps: readonly Flow[], given: Given): Ending {
    const { inherited, stamps } = given;
    return steps.reduce<Ending>(
      (before, step, k) => {
        if ("failed" in before && before.ofGroup === undefined) return before;
        const isClaimed = endsInGroup(steps[k - 1]);
        const later = { ...NOTHING_SAID, inherited, stamps, isClaimed, ...endOf(before) };
        const { errorLinks, isAwaited, slot } = k === steps.length - 1 ? given : followedBy(given);
        return this.of(step, { ...(k === 0 ? given : later), errorLinks, isAwaited, slot });
      },
      { gives: given.args },
    );
  }

  #group(
    members: readonly Flow[],
    given: Given,
    slot: Given["slot"],
    collect: (values: readonly unknown[]) => unknown,
  ): Ending {
    if (given.failed !== null) return this.#failed(given.failed, given.failed.ofGroup ?? []);
    const inside = inMember(given, slot);
    const endings = members.map((member) => this.of(member, inside));
    return joined([...endings, ...(slot ?? [])], given, collect);
  }

  #settled(members: readonly Flow[], given: Given): Ending {
    if (given.failed !== null) return this.#failed(given.failed, given.failed.ofGroup ?? []);
    const slot: Ending[] = [];
    const inside = { ...inMember(given, slot), errorLinks: [], isAwaited: true };
    const endings = members.map((member) => this.of(member, inside));
    return this.#toldHow([...endings, ...slot]);
  }

  /** n.b. What follows it never fails, but when the group before it has. */
  #toldHow(endings: readonly Ending[]): Ending {
    this.must.run("plain", true);
    return { gives: [endings.map((each) => ("failed" in each ? each.failed : valueOf(each)))] };
  }

  #racers({ racers, policy }: Extract<Flow, { racers: unknown }>, given: Given): Ending {
    if (given.failed !== null) return this.#failed(given.failed, given.failed.ofGroup ?? []);
    const inside = { ...inMember(given), isAwaited: true };
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
    const slot: Ending[] | null = policy === undefined || isTold ? [] : null;
    const member = { ...inMember(given, slot), isAwaited: true };
    const inside = isTold ? { ...member, errorLinks: [] } : member;
    const members = items.map(
      (item): Member =>
        (evaluation) =>
          evaluation.of(each, { ...inside, args: [item] }),
    );
    if (isTold) {
      const endings = members.map((one) => one(this));
      return this.#toldHow([...endings, ...(slot ?? [])]);
    }
    if (policy !== undefined && decisionsOf(policy, items.length).length === 0)
      return { ...tooFew(items), ofGroup: atBody(given) };
    if (policy !== undefined) return this.#race(members, policy, given);
    if (size === null) {
      const endings = members.map((one) => one(this));
      return joined([...endings, ...(slot ?? [])], given, (values) => values);
    }
    const call = "call" in each ? each.call : 0;
    const endings = chunked(items, size).map((chunk) =>
      this.#calls.message(chunk, inside, (run) => chunk.map((item) => run(item, call))),
    );
    return joined(endings, given, (lists) => lists.flat());
  }

  /** A group at the end with a handler is followed by what has it; a failure before begins none. */
  #handled(flow: Extract<Flow, { onFailure: Flow }>, given: Given): Ending {
    const own = given.failed === null ? [{ ...linkOf(flow, given), isHandler: true, isLast: false }] : [];
    const inside = { ...given, errorLinks: [...followed(given.errorLinks), ...own], isAwaited: true };
    const ending = this.of(flow.onFailure, inside);
    return "failed" in ending ? this.#failed(ending, ending.ofGroup ?? []) : ending;
  }

  /** A group with a link is followed by what gathers its results for it. */
  #linked(flow: Extract<Flow, { link: Flow }>, given: Given): Ending {
    const inside = { ...given, errorLinks: followed(given.errorLinks), isAwaited: true };
    const ending = this.of(flow.link, inside);
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
    const ending = this.of(side, { ...NOTHING_SAID, stamps, args: [before], isAwaited: true });
    if ("failed" in ending) return;
    this.must.noted(noteText({ note: after, given: valueOf(ending) }));
    this.must.run(wordsFor("note", [after]), false);
  }
}

/** All that a loser may do, whoever wins its own races. */
function allOf(loser: Member): Happened {
  const ways = everyWay((choose) => {
    const evaluation = new Evaluation(choose);
    const { must, may } = evaluation.wayTo(loser(evaluation));
    return both(must, may);
  }, MOST_WAYS);
  return any(ways);
}

function chunked<Item>(items: readonly Item[], size: number): readonly (readonly Item[])[] {
  return items.length === 0 ? [] : [items.slice(0, size), ...chunked(items.slice(size), size)];
}
