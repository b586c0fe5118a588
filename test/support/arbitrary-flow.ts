import type { Racing } from "@umbel/core";
import fc from "fast-check";
import type { Flow, FlowOptions, FlowRecord, Numbers } from "./drawn-flow.ts";
import { beginsWithNothing, hasCall, isNothing, withoutUndos } from "./drawn-flow.ts";
import { waysOf } from "./evaluate.ts";
import { TooManyWays } from "./every-way.ts";

/** A number that is to be: one that succeeds, and one that seldom does not. */
const fine = fc.constant(1);
const number = fc.oneof({ weight: 12, arbitrary: fine }, { weight: 1, arbitrary: fc.constant(-1) });
const name = fc.constantFrom("x", "y");
const named = fc.dictionary(name, fine, { minKeys: 1, maxKeys: 2, noNullPrototype: true });
const options: fc.Arbitrary<FlowOptions> = fc.oneof(
  fc.record({ priority: fc.constantFrom(3, 7) }),
  fc.record({ headers: named }),
  fc.constant({ countdownMs: 0 }),
  fc.record({ priority: fc.constantFrom(3, 7), headers: named }),
  fc.constant({ exclusive: true as const }),
);
/** Keys that something on the way could take for its own. */
const key = fc.constantFrom("a", "b", "2", "1", "", "a.b", "$set", "__proto__", "length");

const chunkSize = fc.option(fc.integer({ min: 1, max: 2 }));

const items = fc.array(fc.array(number, { maxLength: 2 }), { maxLength: 4 });
const leaf: fc.Arbitrary<Flow> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ call: number }) },
  fc.record({ alone: number }),
  fc.record({ map: fc.array(number, { maxLength: 3 }) }),
  fc.record({ starmap: items }),
  fc.record({ chunks: items, size: fc.integer({ min: 1, max: 3 }) }),
);
const tried: fc.Arbitrary<Flow> = fc.record({
  tried: number,
  failures: fc.integer({ min: 0, max: 3 }),
  by: fc.constantFrom("itself", "policy"),
});

const fickleCall: fc.Arbitrary<Flow> = fc.record({ fickle: number, in: fc.constantFrom("value", "attempt") });

const racing: fc.Arbitrary<Racing> = fc.oneof(
  fc.constantFrom("any" as const, "race" as const),
  fc.record({ quorum: fc.integer({ min: 1, max: 3 }) }),
);
const spreading = fc.option(fc.oneof(fc.constant("settled" as const), racing), { freq: 2 });

/** Shares of what not every law can do with. */
interface Shares {
  readonly links: number;
  readonly each: number;
  readonly races: number;
  readonly retries: number;
  readonly swaps: number;
  readonly additions: number;
  /** Calls of which two runs do not agree. */
  readonly fickle: number;
  /** Calls with undos. */
  readonly undos: number;
}

/** Flows of calls, some of which fail, in every arrangement that there is. */
function flowsWith({
  links,
  each: spread,
  races,
  retries,
  swaps,
  additions,
  fickle,
  undos,
}: Shares): fc.Arbitrary<Flow> {
  const { flow } = fc.letrec<{ flow: Flow }>((tie) => {
    const child = tie("flow");
    const list = fc.array(child, { maxLength: 3 });
    const record = fc
      .uniqueArray(fc.tuple(key, child), { maxLength: 3, selector: ([each]) => each })
      .map((entries): FlowRecord => Object.fromEntries(entries));
    const late = child.map(withoutUndos); // what is not known when the flow is sent
    const side = { side: late, notes: fc.tuple(fine, fine) };
    const weighted = (weight: number, arbitrary: fc.Arbitrary<Flow>) => ({ weight, arbitrary });
    const most = races === 0 ? 1 : 3;
    const racers = fc.array(child, { minLength: 1, maxLength: most });
    const policy = races === 0 ? fc.constant(null) : spreading;
    const isFickle = fickle === 0 ? fc.constant(false) : fc.constantFrom(false, false, true);
    const failures = fc.constantFrom(0, 0, 1);
    const undoable = fc.oneof(fc.record({ call: number }), fc.record({ alone: number }), tried, fickleCall);
    const added = fc.array(late, { minLength: 1, maxLength: 2 });
    return {
      flow: fc.oneof(
        { depthSize: "medium", maxDepth: 4, withCrossShrink: true },
        weighted(2, leaf),
        weighted(retries, tried),
        weighted(undos, fc.record({ compensate: undoable, undo: number })),
        weighted(fickle, fickleCall),
        weighted(swaps, fc.record({ swap: fine, failures, by: late }).map(withTaker)),
        weighted(
          additions,
          fc.record({ adds: number, failures, additions: added, isFickle }).map(withAdditions),
        ),
        weighted(4, fc.record({ chain: fc.array(child, { maxLength: 4 }) })),
        weighted(3, fc.record({ group: list })),
        weighted(1, fc.record({ record })),
        weighted(2, fc.record({ chord: fc.oneof(list, record), body: child })),
        weighted(1, fc.record({ settled: list })),
        weighted(Math.max(races, 1), fc.record({ racers, policy: racing }).map(withinReach)),
        weighted(
          spread,
          fc
            .record({
              list: fc.array(number, { maxLength: 3 }),
              isFickle,
              each: late,
              size: chunkSize,
              policy,
            })
            .map(eachOf),
        ),
        weighted(
          1,
          fc.record({ clone: child, front: fc.array(fine, { minLength: 1, maxLength: 2 }) }).map(withCall),
        ),
        weighted(1, fc.record({ kwargs: child, named }).map(withCall)),
        weighted(1, fc.record({ set: child, options })),
        weighted(1, fc.record({ stamp: child, stamps: named })),
        weighted(links, fc.record({ link: child, ...side }).map(withEnd)),
        weighted(links, fc.record({ linkError: child, ...side })),
        weighted(links, fc.record({ onFailure: child, ...side })),
      ),
    };
  });
  return flow;
}

/** n.b. A quorum that is never reached is refused where the group is made. */
function withinReach({ racers, policy }: Extract<Flow, { racers: unknown }>): Flow {
  const isWord = typeof policy === "string";
  return { racers, policy: isWord ? policy : { quorum: Math.min(policy.quorum, racers.length) } };
}

interface EachParts {
  readonly list: Numbers;
  readonly isFickle: boolean;
  readonly each: Flow;
  readonly size: number | null;
  readonly policy: "settled" | Racing | null;
}

/** n.b. Only a call can be made for so many elements at once, and then without a policy. */
function eachOf({ list, isFickle, each, size, policy }: EachParts): Flow {
  const inMessages = "call" in each && policy === null ? size : null;
  return {
    chain: [
      { list, isFickle },
      { each, size: inMessages, ...(policy !== null && { policy }) },
    ],
  };
}

/** Nothing can be bound to a chain without steps. */
function withCall(flow: Extract<Flow, { clone: Flow } | { kwargs: Flow }>): Flow {
  const inner = "clone" in flow ? flow.clone : flow.kwargs;
  return beginsWithNothing(inner) ? inner : flow;
}

/** What has no call in it can take no task's place. */
function withTaker(flow: Extract<Flow, { swap: number }>): Flow {
  return hasCall(flow.by) ? flow : flow.by;
}

/** What has no call in it cannot be added. */
function withAdditions(flow: Extract<Flow, { adds: number }>): Flow {
  return { ...flow, additions: flow.additions.filter(hasCall) };
}

/** Nothing can be linked to the end of a chain without steps. */
function withEnd(flow: Extract<Flow, { link: Flow }>): Flow {
  return isNothing(flow.link) ? flow.link : flow;
}

/** Flows with numbers that are all different. */
function numbered<Flows extends Flow | readonly Flow[]>(flow: Flows): Flows {
  let numbers = 0;
  const text = JSON.stringify(flow);
  return JSON.parse(text, (within: string, value: unknown) => {
    const isFree = !COUNTS.has(within) && (value === 1 || value === -1);
    return isFree ? value * (numbers += 1) : value;
  }) as Flows;
}

/** Fields whose numbers are counts. */
const COUNTS: ReadonlySet<string> = new Set(["size", "quorum", "failures"]);

/** Whether all that a flow may come to can be told. */
function isTold(flow: Flow): boolean {
  try {
    return waysOf(flow).length > 0;
  } catch (error) {
    if (error instanceof TooManyWays) return false;
    throw error;
  }
}

/** Numbered flows of which all that they may come to can be told. */
function flowsOf(shares: Shares): fc.Arbitrary<Flow> {
  return flowsWith(shares).map(numbered).filter(isTold);
}

const SHARES: Shares = {
  links: 2,
  each: 2,
  races: 2,
  retries: 1,
  swaps: 2,
  additions: 2,
  fickle: 1,
  undos: 0,
};

/** Flows of all kinds. */
export const arbitraryFlow: fc.Arbitrary<Flow> = flowsOf(SHARES);

/**
 * One to four of them, to be put together; without `each`: who its members are is not known to results, so what it comes
 * to is that of what follows it; and without a race, of which it is not known who wins;
 * and without additions: what a group gets depends on what comes after it.
 */
export const arbitraryFlows: fc.Arbitrary<readonly Flow[]> = fc
  .array(flowsWith({ ...SHARES, each: 0, races: 0, additions: 0, fickle: 0 }), { minLength: 1, maxLength: 4 })
  .map(numbered);

/** Flows with links in most of them. */
export const arbitraryLinkedFlow: fc.Arbitrary<Flow> = flowsOf({ ...SHARES, links: 8 });

/** Flows with races in most of them. */
export const arbitraryRacingFlow: fc.Arbitrary<Flow> = flowsOf({ ...SHARES, each: 3, races: 10 });

/** Flows with tasks of several turns in most of them: tried again, or with their place taken. */
export const arbitraryTurningFlow: fc.Arbitrary<Flow> = flowsOf({
  ...SHARES,
  retries: 8,
  swaps: 8,
  fickle: 2,
});

/** Flows with members that add to their group in most of them. */
export const arbitraryGrowingFlow: fc.Arbitrary<Flow> = flowsOf({
  ...SHARES,
  each: 3,
  additions: 12,
  fickle: 2,
});

/** Flows with calls of which two runs do not agree in most of them. */
export const arbitraryFickleFlow: fc.Arbitrary<Flow> = flowsOf({ ...SHARES, each: 4, races: 1, fickle: 6 });

/** Flows that have begun much by the time that somebody ends them. */
export const arbitraryGoingFlow: fc.Arbitrary<Flow> = fc.oneof(
  arbitraryFlow,
  arbitraryGrowingFlow,
  arbitraryFickleFlow,
);

/** Flows with calls that can be undone in most of them. */
export const arbitraryUndoableFlow: fc.Arbitrary<Flow> = flowsOf({ ...SHARES, links: 1, undos: 14 });
