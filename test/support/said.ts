import type { StepOptions } from "@umbel/core";
import type { FlowOptions, Named, Side } from "./drawn-flow.ts";
import type { Ending } from "./ending.ts";

/** How a flow failed: the call that is first in the order of the flow. */
export interface Failed {
  readonly failed: string;
  /** Of a group: the error links of what takes its results, where that is no call of the flow's own. */
  readonly ofGroup?: readonly Link[];
}

/** What a step is given, and what is said of it from outside. */
export interface Given {
  // Of its first step:
  readonly args: readonly unknown[];
  /** The group before it has failed: it fails without being run. */
  readonly failed: Failed | null;
  readonly front: readonly number[];
  readonly named: Named;
  readonly countdown: FlowOptions;
  /** Whether it joins a group, or begins a handler. */
  readonly isClaimed: boolean;
  // Of its last step:
  /** Whether something waits for its end: then what ends it is a task, so that a group there is joined. */
  readonly isAwaited: boolean;
  /** What is added to the group that it ends a member of, in order; null where nothing can be. */
  readonly slot: Ending[] | null;
  // Of all its steps:
  readonly own: FlowOptions;
  readonly inherited: FlowOptions;
  readonly stamps: Named;
  readonly errorLinks: readonly ErrorLink[];
}

/** A link, with what is stamped on all that it is part of. */
export interface Link extends Side {
  readonly stamps: Named;
  /** Whether it begins once. */
  readonly isHandler: boolean;
}

/**
 * `isLast`: nothing follows in what the link is said of, so that a group has it on its members; else its body has it.
 */
export interface ErrorLink extends Link {
  readonly isLast: boolean;
}

/** A link that is said of a step. */
export function linkOf(flow: Pick<Link, "side" | "notes">, { stamps }: Given): Link {
  const { side, notes } = flow;
  return { side, notes, stamps, isHandler: false };
}

export const NOTHING_SAID: Given = {
  ...{ args: [], failed: null, front: [], named: {}, countdown: {}, isClaimed: false },
  ...{ isAwaited: false, slot: null, own: {}, inherited: {}, stamps: {}, errorLinks: [] },
};

/** What a member of a group is given, to which others can be added where there is a slot for them. */
export function inMember(given: Given, slot: Given["slot"] = null): Given {
  return { ...given, isClaimed: false, slot, errorLinks: given.errorLinks.filter(({ isLast }) => isLast) };
}

/** The slot of a group that is joined. */
export function newSlot({ isAwaited }: Given): Ending[] | null {
  return isAwaited ? [] : null;
}

/** Error links of what another step follows. */
export function followed(links: readonly ErrorLink[]): readonly ErrorLink[] {
  return links.map((link) => ({ ...link, isLast: false }));
}

/** What a step that others follow is given of what is said of its chain: they wait for it, and it ends no member. */
export function followedBy(given: Given): Pick<Given, "errorLinks" | "isAwaited" | "slot"> {
  return { errorLinks: followed(given.errorLinks), isAwaited: true, slot: null };
}

export function argumentsOf({ args, front }: Given): readonly unknown[] {
  return [...args, ...front];
}

/** A handler gets them as one object behind its arguments. */
export function keywordsOf({ named }: Given): readonly unknown[] {
  return Object.keys(named).length > 0 ? [named] : [];
}

/** Said of a call itself, the later one wins. */
export function saidOfCall(options: FlowOptions, given: Given): Given {
  return { ...given, own: merged(options, given.own) };
}

/** Said of an arrangement, what is said nearer to the call wins; a countdown is for where it begins. */
export function saidOfAll({ countdownMs, ...options }: FlowOptions, given: Given): Given {
  const inherited = merged(given.inherited, options);
  return countdownMs === undefined
    ? { ...given, inherited }
    : { ...given, inherited, countdown: { countdownMs } };
}

/** The options of a call of which all this is said. */
export function optionsOf({ own, inherited, countdown, stamps }: Given): StepOptions {
  return {
    ...merged({ ...inherited, ...countdown }, own),
    ...(Object.keys(stamps).length > 0 && { stamps }),
  };
}

function merged(options: FlowOptions, stronger: FlowOptions): FlowOptions {
  const headers = { ...options.headers, ...stronger.headers };
  return { ...options, ...stronger, ...(Object.keys(headers).length > 0 && { headers }) };
}
