import type { AnyStep, GroupNode, Policy, Settled } from "@umbel/core";
import { InvalidFlow, Step, checkedPolicy, isRacing, senderOf, successesNeeded } from "@umbel/core";

/** Steps side by side: a tuple, an array, any iterable; or a record, whose keys the results keep. */
export type Members = Iterable<AnyStep> | { readonly [key: string]: AnyStep };

/** What every member of a group accepts: the result before the group goes to each of them. */
export type InputOf<All extends Members> =
  MemberOf<All> extends Step<infer In extends readonly unknown[], unknown> ? In : never;

/** The members' results in their places: a tuple for a tuple, an array for an array or an iterable, a record for a record. */
export type ResultsOf<All extends Members> = All extends readonly AnyStep[]
  ? { -readonly [Index in keyof All]: OutputOf<All[Index]> }
  : All extends Iterable<infer Member>
    ? OutputOf<Member>[]
    : { -readonly [Key in keyof All]: OutputOf<All[Key]> };

/** What a group comes to under a policy. */
export type GroupResult<All extends Members, Rule extends Policy> = Rule extends "all"
  ? ResultsOf<All>
  : Rule extends "settled"
    ? SettledIn<ResultsOf<All>>
    : Rule extends "any" | "race"
      ? OutputOf<MemberOf<All>>
      : OutputOf<MemberOf<All>>[];

type SettledIn<Results> = { -readonly [Place in keyof Results]: Settled<Results[Place]> };
type MemberOf<All extends Members> = All extends Iterable<infer Member> ? Member : All[keyof All];
type OutputOf<Member> = Member extends Step<never, infer Out> ? Out : never;

/**
 * Steps side by side. The result is the list of theirs, in the order of the members, whenever each ends; for a record of
 * steps it is a record with the same keys. No member at all is an empty list, or an empty record.
 *
 * @param policy - When it is decided, and as what; default `all`, which fails when a member fails, with all failures.
 * @throws {InvalidFlow} The members belong to different apps, or they are no steps, or too few for the policy.
 * @throws {InvalidOption} It is no policy.
 * @example
 * group([add.s(1, 1), add.s(2, 2)]); // [2, 4]
 * group({ user: find.s(7), orders: list.s(7) }); // { user: …, orders: … }
 * group([ask.s("a"), ask.s("b")], "any"); // the first answer
 */
export function group<const All extends Members, const Rule extends Policy = "all">(
  members: All,
  policy?: Rule,
): Step<InputOf<All>, GroupResult<All, Rule>> {
  const { node, steps } = groupOf(members, policy);
  return new Step(node, senderOf(steps));
}

/** The node of a group, and the steps that are its members. */
export function groupOf(
  members: Members,
  policy: Policy = "all",
): { readonly node: GroupNode; readonly steps: readonly AnyStep[] } {
  const isList = isIterable(members);
  const steps = isList ? [...members] : Object.values(members);
  const stray = steps.findIndex((step) => !isStep(step));
  if (stray !== -1) {
    const what = JSON.stringify(steps[stray]) ?? "undefined";
    throw new InvalidFlow(`member ${stray} of a group is ${what}, and not a step; call its task: add.s(…)`);
  }
  const rule = policyFor(steps.length, policy);
  const node: GroupNode = { ...rule, kind: "group", members: steps.map((step) => step.node) };
  return { node: isList ? node : { ...node, keys: Object.keys(members) }, steps };
}

function policyFor(size: number, policy: Policy): Pick<GroupNode, "policy"> {
  const checked = checkedPolicy(policy);
  if (isRacing(checked) && successesNeeded(checked) > size)
    throw new InvalidFlow(
      `a group of ${size} can never have ${successesNeeded(checked)} successes, which its policy needs`,
    );
  return checked === "all" ? {} : { policy: checked };
}

function isStep(member: unknown): boolean {
  return typeof member === "object" && member !== null && "node" in member;
}

function isIterable(members: Members): members is Iterable<AnyStep> {
  return Symbol.iterator in members;
}
