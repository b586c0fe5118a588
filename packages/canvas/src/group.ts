import type { AnyStep, GroupNode } from "@umbel/core";
import { InvalidFlow, Step, senderOf } from "@umbel/core";

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

type MemberOf<All extends Members> = All extends Iterable<infer Member> ? Member : All[keyof All];
type OutputOf<Member> = Member extends Step<never, infer Out> ? Out : never;

/**
 * Steps side by side. The result is the list of theirs, in the order of the members, whenever each ends; for a record of
 * steps it is a record with the same keys. No member at all is an empty list, or an empty record.
 *
 * @throws {InvalidFlow} The members belong to different apps, or they are no steps.
 * @example
 * group([add.s(1, 1), add.s(2, 2)]); // [2, 4]
 * group({ user: find.s(7), orders: list.s(7) }); // { user: …, orders: … }
 */
export function group<const All extends Members>(members: All): Step<InputOf<All>, ResultsOf<All>> {
  const { node, steps } = groupOf(members);
  return new Step(node, senderOf(steps));
}

/** The node of a group, and the steps that are its members. */
export function groupOf(members: Members): { readonly node: GroupNode; readonly steps: readonly AnyStep[] } {
  const isList = isIterable(members);
  const steps = isList ? [...members] : Object.values(members);
  const stray = steps.findIndex((step) => !isStep(step));
  if (stray !== -1) {
    const what = JSON.stringify(steps[stray]) ?? "undefined";
    throw new InvalidFlow(`member ${stray} of a group is ${what}, and not a step; call its task: add.s(…)`);
  }
  const node: GroupNode = { kind: "group", members: steps.map((step) => step.node) };
  return { node: isList ? node : { ...node, keys: Object.keys(members) }, steps };
}

function isStep(member: unknown): boolean {
  return typeof member === "object" && member !== null && "node" in member;
}

function isIterable(members: Members): members is Iterable<AnyStep> {
  return Symbol.iterator in members;
}
