import type { AnyStep, Each, GroupNode, Policy, Settled } from "@umbel/core";
import { InvalidFlow, InvalidOption, Step, checkedPolicy } from "@umbel/core";

export interface EachOptions<Rule extends Policy = "all"> {
  /** Elements in one message, which are handled one after the other: an integer from 1. Default 1. */
  readonly size?: number;
  /** When the group is decided, and as what; default `all`. With a size only that. */
  readonly policy?: Rule;
}

/** What the group of a list comes to under a policy. */
export type EachResult<Out, Rule extends Policy> = Rule extends "settled"
  ? Settled<Out>[]
  : Rule extends "any" | "race"
    ? Out
    : Out[];

/**
 * A step for each element of the list that comes: a group whose members are known when the list is. The result is the
 * list of theirs, in the order of the elements; of an empty list it is an empty list.
 *
 * @throws {InvalidOption} The size or the policy is out of its bounds.
 * @throws {InvalidFlow} There is a size, and the step is not one call; or there is a size and a policy.
 * @example
 * findUsers.s().pipe(each(greet.s("Hello"))); // greet(user, "Hello") for each user
 */
export function each<Item, Out, const Rule extends Policy = "all">(
  step: Step<[item: Item], Out>,
  { size, policy }: EachOptions<Rule> = {},
): Step<[items: readonly Item[]], EachResult<Out, Rule>> {
  const checked = checkedPolicy(policy ?? "all");
  const what: Each = {
    step: step.node,
    ...(size !== undefined && { size: checkedSize(size, step, checked) }),
  };
  const node: GroupNode = {
    kind: "group",
    members: [],
    each: what,
    ...(checked !== "all" && { policy: checked }),
  };
  return new Step(node, step.sender);
}

function checkedSize(size: number, { node }: AnyStep, policy: Policy): number {
  if (!Number.isInteger(size) || size < 1)
    throw new InvalidOption(`the size of each is ${String(size)}; it has to be an integer from 1`);
  if (policy !== "all") throw new InvalidFlow("each has a size and a policy; it can have one of them");
  if (node.kind === "task" && node.callbacks === undefined) return size;
  throw new InvalidFlow(
    "each with a size takes one call, without links: its elements are handled in one message",
  );
}
