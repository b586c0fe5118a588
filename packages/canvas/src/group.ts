import type { AnyStep } from "@umbel/core";
import { Step, senderOf } from "@umbel/core";

/** What every member of a group accepts: the result before the group goes to each of them. */
export type InputOf<Members extends readonly AnyStep[]> =
  Members[number] extends Step<infer In extends readonly unknown[], unknown> ? In : never;

/** The members' results, in their order: a tuple for a tuple, an array for an array. */
export type ResultsOf<Members extends readonly AnyStep[]> = {
  -readonly [Index in keyof Members]: Members[Index] extends Step<never, infer Out> ? Out : never;
};

/**
 * Steps side by side. The result is the list of theirs, in the order of the members, whenever each ends.
 *
 * @throws {InvalidFlow} The members belong to different apps, or there is none to tell the app from.
 */
export function group<const Members extends readonly AnyStep[]>(
  members: Members,
): Step<InputOf<Members>, ResultsOf<Members>> {
  return new Step({ kind: "group", members: members.map(({ node }) => node) }, senderOf(members));
}
