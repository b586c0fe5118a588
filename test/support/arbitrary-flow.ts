import fc from "fast-check";

/**
 * A flow in a few words, for a generator to make, an evaluator to understand and a person to read in a counterexample.
 *
 * The numbers that calls, notes and options have are all different; a call whose number is below 0 fails.
 */
export type Flow =
  | { readonly call: number }
  /** `.si()` */
  | { readonly alone: number }
  | { readonly map: Numbers }
  | { readonly starmap: readonly Numbers[] }
  | { readonly chunks: readonly Numbers[]; readonly size: number }
  | { readonly chain: readonly Flow[] }
  | { readonly group: readonly Flow[] }
  | { readonly record: FlowRecord }
  | { readonly chord: readonly Flow[] | FlowRecord; readonly body: Flow }
  /** How each ended: its value, or what it failed of. */
  | { readonly settled: readonly Flow[] }
  /** A group of one, of a policy: n.b. of more than one it would depend on who is first. */
  | { readonly only: Flow; readonly policy: "any" | "race" | "quorum" }
  /** A call that gives this list. */
  | { readonly list: Numbers }
  /** Follows a list; in messages of so many of its elements, where it is a call. */
  | { readonly each: Flow; readonly size: number | null }
  | { readonly clone: Flow; readonly front: Numbers }
  | { readonly kwargs: Flow; readonly named: Named }
  | { readonly set: Flow; readonly options: FlowOptions }
  | { readonly stamp: Flow; readonly stamps: Named }
  | ({ readonly link: Flow } & Side)
  | ({ readonly linkError: Flow } & Side)
  | ({ readonly onFailure: Flow } & Side);

export type FlowRecord = { readonly [key: string]: Flow };
export type Named = { readonly [name: string]: number };

/** Options of a step, each of which a message shows. */
export interface FlowOptions {
  readonly priority?: number;
  readonly countdownMs?: number;
  readonly headers?: Named;
}

/** What a link begins: a note of what it is given, a flow, a note of what that came to. */
export interface Side {
  readonly side: Flow;
  readonly notes: readonly [number, number];
}

type Numbers = readonly number[];

/** Whether a flow is a chain without steps, however it is wrapped. */
export function isNothing(flow: Flow): boolean {
  if ("chain" in flow) return flow.chain.every(isNothing);
  const inner = wrapped(flow);
  return inner !== undefined && isNothing(inner);
}

/** Whether a flow is one call, of which an option is said itself: not of an arrangement, for the steps in it. */
export function isCall(flow: Flow): boolean {
  if ("call" in flow || "alone" in flow || "list" in flow || "map" in flow || "starmap" in flow) return true;
  const steps = "chain" in flow ? flow.chain.filter((step) => !isNothing(step)) : [wrapped(flow)];
  const [only, ...more] = steps;
  return only !== undefined && more.length === 0 && isCall(only);
}

/** What a flow is, but for what is said of it. */
function wrapped(flow: Flow): Flow | undefined {
  if ("clone" in flow) return flow.clone;
  if ("kwargs" in flow) return flow.kwargs;
  if ("set" in flow) return flow.set;
  if ("stamp" in flow) return flow.stamp;
  if ("link" in flow) return flow.link;
  if ("linkError" in flow) return flow.linkError;
  return "onFailure" in flow ? flow.onFailure : undefined;
}

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

/** Shares of the leaves, of the arrangements, and of what is said of a flow. */
interface Shares {
  readonly links: number;
  readonly each: number;
}

/** Flows of calls, some of which fail, in every arrangement that there is. */
function flowsWith({ links, each: spread }: Shares): fc.Arbitrary<Flow> {
  const { flow } = fc.letrec<{ flow: Flow }>((tie) => {
    const child = tie("flow");
    const list = fc.array(child, { maxLength: 3 });
    const record = fc
      .uniqueArray(fc.tuple(key, child), { maxLength: 3, selector: ([each]) => each })
      .map((entries): FlowRecord => Object.fromEntries(entries));
    const side = { side: child, notes: fc.tuple(fine, fine) };
    const weighted = (weight: number, arbitrary: fc.Arbitrary<Flow>) => ({ weight, arbitrary });
    return {
      flow: fc.oneof(
        { depthSize: "medium", maxDepth: 4, withCrossShrink: true },
        weighted(2, leaf),
        weighted(4, fc.record({ chain: fc.array(child, { maxLength: 4 }) })),
        weighted(3, fc.record({ group: list })),
        weighted(1, fc.record({ record })),
        weighted(2, fc.record({ chord: fc.oneof(list, record), body: child })),
        weighted(1, fc.record({ settled: list })),
        weighted(1, fc.record({ only: child, policy: fc.constantFrom("any", "race", "quorum") })),
        weighted(
          spread,
          fc.record({ list: fc.array(number, { maxLength: 3 }), each: child, size: chunkSize }).map(eachOf),
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

/** n.b. Only a call can be made for so many elements at once. */
function eachOf({ list, each, size }: { list: Numbers; each: Flow; size: number | null }): Flow {
  return { chain: [{ list }, { each, size: "call" in each ? size : null }] };
}

/** Nothing can be bound to a chain without steps. */
function withCall(flow: Extract<Flow, { clone: Flow } | { kwargs: Flow }>): Flow {
  const inner = "clone" in flow ? flow.clone : flow.kwargs;
  return beginsWithNothing(inner) ? inner : flow;
}

/** Whether a call is missing where a flow begins: in a chain without steps, alone or as a member. */
export function beginsWithNothing(flow: Flow): boolean {
  if (isNothing(flow)) return true;
  if ("chain" in flow)
    return flow.chain
      .filter((step) => !isNothing(step))
      .slice(0, 1)
      .some(beginsWithNothing);
  const inner = wrapped(flow) ?? ("only" in flow ? flow.only : undefined);
  return inner === undefined ? membersOf(flow).some(beginsWithNothing) : beginsWithNothing(inner);
}

function membersOf(flow: Flow): readonly Flow[] {
  if ("group" in flow) return flow.group;
  if ("settled" in flow) return flow.settled;
  if ("record" in flow) return Object.values(flow.record);
  return "chord" in flow ? Object.values(flow.chord as FlowRecord) : [];
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
    const isFree = within !== "size" && (value === 1 || value === -1);
    return isFree ? value * (numbers += 1) : value;
  }) as Flows;
}

const ofAllKinds = flowsWith({ links: 2, each: 2 });

/** Flows of all kinds. */
export const arbitraryFlow: fc.Arbitrary<Flow> = ofAllKinds.map(numbered);

/**
 * One to four of them, to be put together; without `each`: who its members are is not known to results, so what it comes
 * to is that of what follows it.
 */
export const arbitraryFlows: fc.Arbitrary<readonly Flow[]> = fc
  .array(flowsWith({ links: 2, each: 0 }), { minLength: 1, maxLength: 4 })
  .map(numbered);

/** Flows with links in most of them. */
export const arbitraryLinkedFlow: fc.Arbitrary<Flow> = flowsWith({ links: 8, each: 2 }).map(numbered);
