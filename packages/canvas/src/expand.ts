import type { Failure, Json, PlacedEach, PlacedGroup, PlacedNode, TaskNode } from "@umbel/core";
import {
  MAX_MEMBERS,
  MAX_RACERS,
  STARMAP_TASK,
  childId,
  engineFailure,
  isRacing,
  mergeArguments,
  successesNeeded,
} from "@umbel/core";
import { placeMember } from "./place.ts";

/** The members of a group, now that it begins, and what each of them gets. */
export interface Expanded {
  readonly members: readonly PlacedNode[];
  readonly inputOf: (index: number) => readonly Json[];
}

/**
 * The members of a group: those it has, which all get what comes; or one for each element of the list that comes.
 *
 * n.b. What comes is the stored outcome of the step before, so that every run sees the same size (rule 25).
 */
export function expand(group: PlacedGroup, input: readonly Json[]): Expanded | { readonly failure: Failure } {
  const { each, id, policy } = group;
  if (each === undefined) return { members: group.members, inputOf: () => input };
  const [list] = input;
  if (!Array.isArray(list)) return { failure: notAList(list, id) };
  const items = list as readonly Json[];
  if (isRacing(policy) && successesNeeded(policy) > items.length) return { failure: tooFew(items, id) };
  const inputs = each.size === undefined ? items : chunked(items, each.size);
  const most = isRacing(policy) ? MAX_RACERS : MAX_MEMBERS;
  if (inputs.length > most) return { failure: tooMany(inputs, most, id) };
  const members = inputs.map((_, i) =>
    placeMember(stepFor(each, inputs[i] ?? null), childId(id, i), each.queue),
  );
  return { members, inputOf: (index) => [inputs[index] ?? null] };
}

/**
 * The group of an `each` with the members that it came to have, which follow from their number. What those of a chunked
 * one were called with is in their messages alone.
 */
export function spread(group: PlacedGroup & { readonly each: PlacedEach }, size: number): PlacedGroup {
  const { each, id } = group;
  const step = each.size === undefined ? each.step : { ...stepFor(each, []), kwargs: {} };
  const members = Array.from({ length: size }, (_, i) => placeMember(step, childId(id, i), each.queue));
  return { ...group, members };
}

/** The members of a group that was begun with so many of them: who they are, not what each of them gets. */
export function membersOf({ each, id, members }: PlacedGroup, size: number): readonly PlacedNode[] {
  if (each === undefined) return members;
  const step = stepFor(each, []);
  return Array.from({ length: size }, (_, i) => placeMember(step, childId(id, i), each.queue));
}

/** For elements of one message each the step itself; for several a call of it over them, with what is bound. */
function stepFor({ step, size }: PlacedEach, items: Json): PlacedEach["step"] {
  if (size === undefined || step.kind !== "task") return step;
  const named = Object.keys(step.kwargs).length > 0 && !step.immutable ? [step.kwargs] : [];
  const calls = (items as readonly Json[]).map((item) => [...mergeArguments(step, [item]), ...named]);
  return overCalls(step, calls);
}

/** n.b. Error links are those of the message: they begin once for all of its elements. */
function overCalls(step: TaskNode, calls: readonly (readonly Json[])[]): TaskNode {
  const { task, callbacks: _ofEach, ...said } = step;
  const callee = { task, args: [], kwargs: {}, options: {}, subtask_type: null, immutable: false };
  const kwargs = { task: callee, it: calls };
  return { ...said, task: STARMAP_TASK, args: [], kwargs, immutable: true };
}

function chunked(items: readonly Json[], size: number): readonly (readonly Json[])[] {
  const count = Math.ceil(items.length / size);
  return Array.from({ length: count }, (_, i) => items.slice(i * size, (i + 1) * size));
}

function notAList(value: Json | undefined, id: string): Failure {
  const what = value === undefined ? "nothing" : JSON.stringify(value).slice(0, 60);
  return engineFailure("INVALID_FLOW", `each spreads a list, and got ${what}`, "umbel.each", id);
}

function tooMany({ length }: readonly Json[], most: number, id: string): Failure {
  const message = `each got a list for ${length} members, and ${most} at most can be joined; split it`;
  return engineFailure("INVALID_FLOW", message, "umbel.each", id);
}

function tooFew(items: readonly Json[], id: string): Failure {
  const message = `each got a list of ${items.length}, of which its policy can never have what it needs`;
  return engineFailure("INVALID_FLOW", message, "umbel.each", id);
}
