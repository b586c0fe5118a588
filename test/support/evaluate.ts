import type { StepOptions } from "@umbel/core";
import type { Flow, FlowOptions, FlowRecord, Named, Side } from "./arbitrary-flow.ts";
import { isCall, isNothing } from "./arbitrary-flow.ts";
import { fold, labelsOf } from "./flow-tasks.ts";

/** What a flow comes to: what the next step is given, or how the call failed that is first in the order of the flow. */
export type Ending = { readonly gives: readonly unknown[] } | Failed;

export interface Failed {
  readonly failed: string;
  /** Of a group: the error links of what takes its results, where that is no call of the flow's own. */
  readonly ofGroup?: readonly Link[];
}

/** What a link must note: what it is given, or the failure of the call whose id it is given. */
export interface Expected {
  readonly note: number;
  readonly given: unknown;
}

/** What a flow must come to, and what must happen on the way. */
export interface Evaluated {
  readonly ending: Ending;
  readonly notes: readonly Expected[];
  /** The options of each call that is made, by its number. */
  readonly options: ReadonlyMap<number, StepOptions>;
  /** How often handlers run when nothing goes wrong. */
  readonly runs: number;
}

/** The meaning of a flow: without messages, joins, ids or time. */
export function evaluate(flow: Flow, input: readonly unknown[] = []): Evaluated {
  const evaluation = new Evaluation();
  const ending = evaluation.of(flow, { ...NOTHING_SAID, args: input });
  const { notes, options, runs } = evaluation;
  return { ending, notes, options, runs };
}

/** The result of a flow that has succeeded: an empty chain that is given nothing gives null. */
export function valueOf(ending: Ending): unknown {
  return "gives" in ending ? (ending.gives[0] ?? null) : undefined;
}

/** What a step is given, and what is said of it from outside. */
interface Given {
  // Of its first step:
  readonly args: readonly unknown[];
  /** The group before it has failed: it fails without being run. */
  readonly failed: Failed | null;
  readonly front: readonly number[];
  readonly named: Named;
  readonly countdown: FlowOptions;
  // Of all its steps:
  readonly own: FlowOptions;
  readonly inherited: FlowOptions;
  readonly stamps: Named;
  readonly errorLinks: readonly ErrorLink[];
}

/**
 * `isLast`: nothing follows in what the link is said of, so that a group has it on its members; else its body has it.
 */
interface ErrorLink extends Link {
  readonly isLast: boolean;
}

/** A link, with what is stamped on all that it is part of. */
interface Link extends Side {
  readonly stamps: Named;
}

const NOTHING_SAID: Given = {
  ...{ args: [], failed: null, front: [], named: {}, countdown: {} },
  ...{ own: {}, inherited: {}, stamps: {}, errorLinks: [] },
};

class Evaluation {
  readonly notes: Expected[] = [];
  readonly options = new Map<number, StepOptions>();
  runs = 0;

  of(flow: Flow, given: Given): Ending {
    if ("call" in flow)
      return this.#call([flow.call], given, (run) =>
        run(...argumentsOf(given), flow.call, ...keywordsOf(given)),
      );
    if ("alone" in flow) return this.#call([flow.alone], given, (run) => run(flow.alone));
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
    if ("only" in flow)
      return this.#group([flow.only], given, ([value]) => (flow.policy === "quorum" ? [value] : value));
    if ("list" in flow) return this.#call([], given, () => this.#run(() => flow.list));
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
      errorLinks: [...given.errorLinks, { ...flow, stamps: given.stamps, isLast: true }],
    });
  }

  /** @param calls - What handlers are called with, by what runs one. */
  #call(numbers: readonly number[], given: Given, calls: (run: typeof fold) => unknown): Ending {
    if (given.failed !== null) return this.#failed(given.failed, given.errorLinks);
    const options = optionsOf(given);
    const [number] = numbers;
    if (number !== undefined) this.options.set(number, options);
    try {
      return { gives: [calls((...values) => this.#run(() => fold(...values, ...labelsOf(options))))] };
    } catch (error) {
      return this.#failed({ failed: (error as Error).message }, given.errorLinks);
    }
  }

  #run<Result>(handler: () => Result): Result {
    this.runs += 1;
    return handler();
  }

  #chain(steps: readonly Flow[], given: Given): Ending {
    const { inherited, stamps } = given;
    return steps.reduce<Ending>(
      (before, step, k) => {
        if ("failed" in before && before.ofGroup === undefined) return before;
        const errorLinks = k === steps.length - 1 ? given.errorLinks : followed(given.errorLinks);
        const later = { ...NOTHING_SAID, inherited, stamps, ...endOf(before) };
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

  /** n.b. What follows it never fails, but when the group before it has. */
  #settled(members: readonly Flow[], given: Given): Ending {
    if (given.failed !== null) return this.#failed(given.failed, given.failed.ofGroup ?? []);
    const endings = members.map((member) => this.of(member, { ...given, errorLinks: [] }));
    this.runs += 1;
    return { gives: [endings.map((each) => ("failed" in each ? each.failed : valueOf(each)))] };
  }

  #each({ each, size }: Extract<Flow, { each: Flow }>, given: Given): Ending {
    const items = (given.args[0] ?? []) as readonly number[];
    const inside = inMember(given);
    if (size === null)
      return joined(
        items.map((item) => this.of(each, { ...inside, args: [item] })),
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
    const own = given.failed === null ? [{ ...flow, stamps: given.stamps, isLast: false }] : [];
    const ending = this.of(flow.onFailure, { ...given, errorLinks: [...followed(given.errorLinks), ...own] });
    return "failed" in ending ? this.#failed(ending, ending.ofGroup ?? []) : ending;
  }

  /** A group with a link is followed by what gathers its results for it. */
  #linked(flow: Extract<Flow, { link: Flow }>, given: Given): Ending {
    const ending = this.of(flow.link, { ...given, errorLinks: followed(given.errorLinks) });
    if ("failed" in ending) return this.#failed(ending, ending.ofGroup ?? []);
    this.#begin({ ...flow, stamps: given.stamps }, valueOf(ending));
    return ending;
  }

  #failed({ failed }: Failed, errorLinks: readonly Link[]): Failed {
    for (const link of errorLinks) this.#begin(link, { failed });
    return { failed };
  }

  #begin({ side, notes: [before, after], stamps }: Link, given: unknown): void {
    this.notes.push({ note: before, given });
    this.runs += 1;
    const ending = this.of(side, { ...NOTHING_SAID, stamps, args: [before] });
    if ("failed" in ending) return;
    this.notes.push({ note: after, given: valueOf(ending) });
    this.runs += 1;
  }
}

function inMember(given: Given): Given {
  return { ...given, errorLinks: given.errorLinks.filter(({ isLast }) => isLast) };
}

function joined(
  endings: readonly Ending[],
  { errorLinks }: Given,
  collect: (values: readonly unknown[]) => unknown,
): Ending {
  const failure = endings.find((ending) => "failed" in ending);
  if (failure === undefined) return { gives: [collect(endings.map(valueOf))] };
  return { ...failure, ofGroup: errorLinks.filter(({ isLast }) => !isLast) };
}

function endOf(before: Ending): Pick<Given, "args" | "failed"> {
  return "failed" in before ? { args: [], failed: before } : { args: before.gives, failed: null };
}

function argumentsOf({ args, front }: Given): readonly unknown[] {
  return [...args, ...front];
}

/** A handler gets them as one object behind its arguments. */
function keywordsOf({ named }: Given): readonly unknown[] {
  return Object.keys(named).length > 0 ? [named] : [];
}

function chunked<Item>(items: readonly Item[], size: number): readonly (readonly Item[])[] {
  return items.length === 0 ? [] : [items.slice(0, size), ...chunked(items.slice(size), size)];
}

function headerOf(header: readonly Flow[] | FlowRecord): Flow {
  return Array.isArray(header) ? { group: header as readonly Flow[] } : { record: header as FlowRecord };
}

function recordOf(record: FlowRecord, values: readonly unknown[]): object {
  return Object.fromEntries(Object.keys(record).map((key, i) => [key, values[i]]));
}

function followed(links: readonly ErrorLink[]): readonly ErrorLink[] {
  return links.map((link) => ({ ...link, isLast: false }));
}

/** Said of a call itself, the later one wins. */
function saidOfCall(options: FlowOptions, given: Given): Given {
  return { ...given, own: merged(options, given.own) };
}

/** Said of an arrangement, what is said nearer to the call wins; a countdown is for where it begins. */
function saidOfAll({ countdownMs, ...options }: FlowOptions, given: Given): Given {
  const inherited = merged(given.inherited, options);
  return countdownMs === undefined
    ? { ...given, inherited }
    : { ...given, inherited, countdown: { countdownMs } };
}

function merged(options: FlowOptions, stronger: FlowOptions): FlowOptions {
  const headers = { ...options.headers, ...stronger.headers };
  return { ...options, ...stronger, ...(Object.keys(headers).length > 0 && { headers }) };
}

function optionsOf({ own, inherited, countdown, stamps }: Given): StepOptions {
  return {
    ...merged({ ...inherited, ...countdown }, own),
    ...(Object.keys(stamps).length > 0 && { stamps }),
  };
}
