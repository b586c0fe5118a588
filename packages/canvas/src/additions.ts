import type { Arrival, Failure, Join, Message, Node, Outcome, PlacedNode, TurnEnd } from "@umbel/core";
import { childId, resultId } from "@umbel/core";
import type { Origin } from "./begin.ts";
import { beginMembers } from "./begin.ts";
import type { Effect } from "./effect.ts";
import { placeMember } from "./place.ts";
import type { Scope } from "./scope.ts";
import { scopeOf } from "./scope.ts";

/** The join that holds the slot of a member open until all that it added has ended (rule 42). */
export function additionsJoin(member: string): string {
  return `${member}+`;
}

/**
 * Gives what a member adds its ids, from the member's and its place among what that added.
 *
 * @param queue - The queue of tasks that name none.
 * @throws {InvalidFlow} A group of more than `MAX_MEMBERS`.
 */
export function placeAddition(node: Node, member: string, index: number, queue: string): PlacedNode {
  return placeMember(node, childId(additionsJoin(member), index), queue);
}

/** What was added by a task that ended so; nothing by most. */
export function additionsOf(outcome: TurnEnd | undefined): readonly PlacedNode[] {
  return outcome?.state === "SUCCESS" ? (outcome.additions ?? []) : [];
}

/** The ids under which the results of what a member added are. */
export function additionIds(member: string, outcome: Outcome | undefined): readonly string[] {
  return additionsOf(outcome).map((_, i) => childId(additionsJoin(member), i));
}

/** What a member of a join added, and how it ended; undefined where that is gone. */
export interface Addition {
  readonly id: string;
  readonly outcome: Outcome | undefined;
}

/** All that was added to a join, also by what was added, in the order of its members and of the calls. */
export function additionsTo(
  members: readonly string[],
  outcomes: ReadonlyMap<string, Outcome>,
): readonly Addition[] {
  return members.flatMap((member) =>
    additionIds(member, outcomes.get(member)).flatMap((id): readonly Addition[] => [
      { id, outcome: outcomes.get(id) },
      ...additionsTo([id], outcomes),
    ]),
  );
}

/**
 * The steps that were added to a group of these members, also by what was added, in the order in which its body has them.
 *
 * @param outcomeOf - How a task ended, by its id; undefined where it has not, or it is not known.
 */
export function addedTo(
  members: readonly PlacedNode[],
  outcomeOf: (id: string) => TurnEnd | undefined,
): readonly PlacedNode[] {
  return members.flatMap((member) =>
    additionsOf(outcomeOf(resultId(member))).flatMap((step) => [step, ...addedTo([step], outcomeOf)]),
  );
}

/** What has to be done for what a member added to begin: the member arrives when all of it has ended. */
export function beginAdditions(
  member: Pick<Message, "id">,
  additions: readonly PlacedNode[],
  slot: Arrival,
  origin: Origin,
): readonly Effect[] {
  const join: Join = {
    id: additionsJoin(member.id),
    size: additions.length,
    next: { steps: [], join: slot },
    flow: origin.flow,
    replyTo: origin.replyTo,
    members: null,
    policy: "settled",
  };
  return beginMembers(join, additions, origin);
}

/** What has to be done when all that a member added has ended: it arrives; failed, where something of it failed (rule 43). */
export function completeAdditions(
  { id, next }: Join,
  outcomes: readonly (Outcome | undefined)[],
): readonly Effect[] {
  const ok = outcomes.every((outcome) => outcome?.state === "SUCCESS");
  const arrived: readonly Effect[] = next.join === null ? [] : [{ kind: "arrive", arrival: next.join, ok }];
  return [...arrived, { kind: "retire", join: id }];
}

/** What ends with a member that has ended so: its additions, and the join that waits for them first (rule 44). */
export function scopesOfAdditions(member: string, outcome: Outcome): readonly Scope[] {
  const additions = additionsOf(outcome);
  if (additions.length === 0) return [];
  const scope = scopeOf(additions); // n.b. they do not follow each other, and each of them ends in a task
  return [{ ...scope, joins: [additionsJoin(member), ...scope.joins] }];
}

/** What ends the additions of a member that cannot be begun, or may have been begun in part. */
export function endAdditions(member: string, outcome: TurnEnd, failure: Failure): readonly Effect[] {
  const steps = additionsOf(outcome);
  if (steps.length === 0) return [];
  return [
    { kind: "end", steps, failure, replyTo: null },
    { kind: "retire", join: additionsJoin(member) },
  ];
}
