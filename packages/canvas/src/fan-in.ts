import type { Decision, Failure, Join, Json, Outcome } from "@umbel/core";
import {
  collected,
  engineFailure,
  failed,
  headerFailure,
  isCancelled,
  memberIds,
  settledOf,
} from "@umbel/core";
import type { Addition } from "./additions.ts";

/** A member of a join. */
export interface Member {
  readonly index: number;
  readonly id: string;
}

/** The members whose outcomes count, in the order of the group: those that the decision of a race names, or all. */
export function decidingMembers(join: Join, decision: Decision | null): readonly Member[] {
  const ids = memberIds(join);
  const indices = decision?.members ?? ids.map((_, index) => index);
  return indices.map((index) => ({ index, id: ids[index] ?? join.id }));
}

/**
 * What a join's body gets, by the group's policy; or the failure that it has instead.
 *
 * @param stored - The outcomes of the deciding members; undefined for one that is gone.
 * @param additions - What the members added: it comes behind them, in its order.
 */
export function bodyInput(
  join: Join,
  stored: readonly (Outcome | undefined)[],
  decision: Decision | null,
  additions: readonly Addition[] = [],
): { readonly value: Json } | { readonly failure: Failure } {
  const { keys, policy, flat } = join;
  const added = additions.map(({ id }, i): Member => ({ index: join.size + i, id }));
  const members = [...decidingMembers(join, decision), ...added];
  const ends = [...stored, ...additions.map(({ outcome }) => outcome)];
  const outcomes = members.map((member, i) => ends[i] ?? lost(member));
  const cancelled = outcomes.find(isCancelled);
  if (policy === "settled" && cancelled !== undefined) return { failure: cancelled.failure }; // it is no failure to tell of
  if (policy === "settled") return { value: collected(keys, outcomes.map(settledOf)) };
  const [first, ...others] = outcomes.flatMap((each, i) =>
    each.state === "FAILURE" ? [{ ...each.failure, index: members[i]?.index ?? i }] : [],
  );
  if (first !== undefined) return { failure: policy === "race" ? first : headerFailure([first, ...others]) };
  const values = outcomes.flatMap((each) => (each.state === "SUCCESS" ? [each.value] : []));
  if (policy === undefined) return { value: flat === true ? values.flat() : collected(keys, values) };
  return { value: typeof policy === "object" ? values : (values[0] ?? null) };
}

/** One that is gone counts as failed, whatever it was. */
function lost({ index, id }: Member): Outcome {
  const message = `the outcome of member ${index} (${id}) is gone; did it expire?`;
  return failed(engineFailure("OUTCOME_LOST", message, "unknown", id));
}
