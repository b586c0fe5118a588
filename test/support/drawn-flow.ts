import type { Racing } from "@umbel/core";

/** Words of flows that are one call. */
const CALLS = ["call", "alone", "tried", "swap", "adds", "fickle", "list", "map", "starmap"] as const;

/**
 * A flow in a few words, for a generator to make, an evaluator to understand and a person to read in a counterexample.
 *
 * The numbers that calls, notes and options have are all different; a call whose number is below 0 fails.
 *
 * A kind of flow has a line in each of five places: here, in `arbitrary-flow.ts` (with a share), in `flow-step.ts`, in
 * `evaluate.ts` (`Evaluation.of`), and, where handlers do something new, in `flow-tasks.ts`. What is done to a flow from
 * outside (faults, copies, cancels) is a line of `Plan` in `plan.ts`.
 */
export type Flow =
  | { readonly call: number }
  /** `.si()` */
  | { readonly alone: number }
  /** A call whose first attempts fail; it may have {@link MOST_ATTEMPTS}, and asks for them, or its task's policy does. */
  | { readonly tried: number; readonly failures: number; readonly by: "itself" | "policy" }
  /** A call that is tried again so often, and then has its place taken by a flow, which is given nothing. */
  | { readonly swap: number; readonly failures: number; readonly by: Flow }
  /**
   * A call that is tried again so often, and adds flows to its group each time; where it may not, it says so in its value.
   * Another run of the same may leave the first of them out.
   */
  | {
      readonly adds: number;
      readonly failures: number;
      readonly additions: readonly Flow[];
      readonly isFickle: boolean;
    }
  /** A call of which another run gives another value, or asks for another attempt. */
  | { readonly fickle: number; readonly in: "value" | "attempt" }
  /** A call that is undone by another one when the flow fails; where all is known when the flow is sent. */
  | { readonly compensate: Flow; readonly undo: number }
  | { readonly map: Numbers }
  | { readonly starmap: readonly Numbers[] }
  | { readonly chunks: readonly Numbers[]; readonly size: number }
  | { readonly chain: readonly Flow[] }
  | { readonly group: readonly Flow[] }
  | { readonly record: FlowRecord }
  | { readonly chord: readonly Flow[] | FlowRecord; readonly body: Flow }
  /** How each ended: its value, or what it failed of. */
  | { readonly settled: readonly Flow[] }
  /** Decided by some of them: who that is depends on who is first. */
  | { readonly racers: readonly Flow[]; readonly policy: Racing }
  /** A call that gives this list; another run of it may leave the first element out. */
  | { readonly list: Numbers; readonly isFickle: boolean }
  /** Follows a list; in messages of so many of its elements, where it is a call. */
  | { readonly each: Flow; readonly size: number | null; readonly policy?: "settled" | Racing }
  | { readonly clone: Flow; readonly front: Numbers }
  | { readonly kwargs: Flow; readonly named: Named }
  | { readonly set: Flow; readonly options: FlowOptions }
  | { readonly stamp: Flow; readonly stamps: Named }
  | ({ readonly link: Flow } & Side)
  | ({ readonly linkError: Flow } & Side)
  | ({ readonly onFailure: Flow } & Side);

export type FlowRecord = { readonly [key: string]: Flow };
export type Named = { readonly [name: string]: number };
export type Numbers = readonly number[];

/** Options of a step, each of which a message shows. */
export interface FlowOptions {
  readonly priority?: number;
  readonly countdownMs?: number;
  readonly headers?: Named;
  readonly exclusive?: true;
}

/** What a link begins: a note of what it is given, a flow, a note of what that came to. */
export interface Side {
  readonly side: Flow;
  readonly notes: readonly [number, number];
}

/** Of a call that is tried again. */
export const MOST_ATTEMPTS = 3;

/** Whether a flow is a chain without steps, however it is wrapped. */
export function isNothing(flow: Flow): boolean {
  if ("chain" in flow) return flow.chain.every(isNothing);
  const inner = wrapped(flow);
  return inner !== undefined && isNothing(inner);
}

/** A flow of one call of which nothing is said. */
export type BareCall = {
  [Word in (typeof CALLS)[number]]: Extract<Flow, Record<Word, unknown>>;
}[(typeof CALLS)[number]];

export function isBareCall(flow: Flow): flow is BareCall {
  return CALLS.some((word) => word in flow);
}

/** Whether a flow is one call, of which an option is said itself: not of an arrangement, for the steps in it. */
export function isCall(flow: Flow): boolean {
  const inner = onlyStep(flow);
  return isBareCall(flow) || (inner !== undefined && isCall(inner));
}

/** Whether a flow is one call that is claimed wherever it stands. */
export function isExclusive(flow: Flow): boolean {
  const inner = onlyStep(flow);
  const isSaid = "set" in flow && flow.options.exclusive === true;
  return isCall(flow) && (isSaid || (inner !== undefined && isExclusive(inner)));
}

/** What a flow is, where it is nothing more. */
function onlyStep(flow: Flow): Flow | undefined {
  const steps = "chain" in flow ? flow.chain.filter((step) => !isNothing(step)) : [wrapped(flow)];
  return steps.length === 1 ? steps[0] : undefined;
}

/** Whether there is a call in a flow that begins it, or is in a member: a flow without one can take no task's place. */
export function hasCall(flow: Flow): boolean {
  if (isCall(flow)) return true;
  if ("chain" in flow) return flow.chain.some(hasCall);
  if ("chunks" in flow) return flow.chunks.length > 0;
  if ("chord" in flow) return hasCall(flow.body) || membersOf(flow).some(hasCall);
  const inner = wrapped(flow);
  return inner === undefined ? membersOf(flow).some(hasCall) : hasCall(inner);
}

/** A flow whose calls have no undos. */
export function withoutUndos(flow: Flow): Flow {
  const bare = (_: string, value: Flow | null): unknown =>
    typeof value === "object" && value !== null && "compensate" in value ? value.compensate : value;
  return JSON.parse(JSON.stringify(flow), bare) as Flow;
}

/** Whether any call of a flow has an undo. */
export function isUndoable(flow: Flow): boolean {
  return JSON.stringify(flow) !== JSON.stringify(withoutUndos(flow));
}

/** Whether the call that follows a flow is what joins a group, and so is claimed: false where that is not sure. */
export function endsInGroup(flow: Flow | undefined): boolean {
  if (flow === undefined) return false;
  if (GROUPS.some((word) => word in flow)) return !("policy" in flow && flow.policy === "settled");
  if ("chain" in flow) return endsInGroup(flow.chain.findLast((step) => !isNothing(step)));
  return "set" in flow && endsInGroup(flow.set);
}

const GROUPS = ["group", "record", "racers", "each", "chunks"];

/** Whether a call is missing where a flow begins: in a chain without steps, alone or as a member. */
export function beginsWithNothing(flow: Flow): boolean {
  if (isNothing(flow)) return true;
  if ("chain" in flow)
    return flow.chain
      .filter((step) => !isNothing(step))
      .slice(0, 1)
      .some(beginsWithNothing);
  const inner = wrapped(flow);
  return inner === undefined ? membersOf(flow).some(beginsWithNothing) : beginsWithNothing(inner);
}

/** What a flow is, but for what is said of it. */
function wrapped(flow: Flow): Flow | undefined {
  if ("compensate" in flow) return flow.compensate;
  if ("clone" in flow) return flow.clone;
  if ("kwargs" in flow) return flow.kwargs;
  if ("set" in flow) return flow.set;
  if ("stamp" in flow) return flow.stamp;
  if ("link" in flow) return flow.link;
  if ("linkError" in flow) return flow.linkError;
  return "onFailure" in flow ? flow.onFailure : undefined;
}

function membersOf(flow: Flow): readonly Flow[] {
  if ("group" in flow) return flow.group;
  if ("settled" in flow) return flow.settled;
  if ("racers" in flow) return flow.racers;
  if ("record" in flow) return Object.values(flow.record);
  return "chord" in flow ? Object.values(flow.chord as FlowRecord) : [];
}

/** The group that a chord begins with. */
export function headerOf(header: readonly Flow[] | FlowRecord): Flow {
  return Array.isArray(header) ? { group: header as readonly Flow[] } : { record: header as FlowRecord };
}

/** A record of these values, with the keys of a record of flows. */
export function recordOf(record: FlowRecord, values: readonly unknown[]): object {
  return Object.fromEntries(Object.keys(record).map((key, i) => [key, values[i]]));
}
