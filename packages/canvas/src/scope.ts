import type { PlacedGroup, PlacedNode, PlacedRest } from "@umbel/core";
import { isCounted, resultId, unpackIds } from "@umbel/core";
import type { Pending } from "./downstream.ts";

/** All that is to end with some steps. */
export interface Scope {
  /** Ids of the joins, outer first. */
  readonly joins: readonly string[];
  readonly tasks: readonly Pending[];
  /** Steps that have to be read from the store first. */
  readonly rests: readonly PlacedRest[];
  /** Groups whose members are known only where their join is registered. */
  readonly spreads: readonly PlacedGroup[];
}

/** What belongs to these steps, which follow each other: links beside them do not. */
export function scopeOf(steps: readonly PlacedNode[]): Scope {
  const found: Found = { joins: [], tasks: [], rests: [], spreads: [] };
  visitLine(steps, found);
  return found;
}

/** The ids of the results that whoever waits for the end of these steps waits for. */
export function endsOf(steps: readonly PlacedNode[]): readonly string[] {
  const last = steps.at(-1);
  switch (last?.kind) {
    case undefined:
      return [];
    case "chain":
      return endsOf(last.steps);
    case "group":
      return last.members.flatMap((member) => endsOf([member]));
    case "task":
      return [last.id];
    case "rest":
      return unpackIds(last.ends.slice(-1)).slice(-1);
  }
}

interface Found extends Scope {
  readonly joins: string[];
  readonly tasks: Pending[];
  readonly rests: PlacedRest[];
  readonly spreads: PlacedGroup[];
}

function visitLine(steps: readonly PlacedNode[], found: Found): void {
  steps.forEach((step, k) => visit(step, k < steps.length - 1, found));
}

function visit(step: PlacedNode, isFollowed: boolean, found: Found): void {
  switch (step.kind) {
    case "task":
      found.tasks.push({ id: step.id, task: step.task, ...(isCounted(step) && { isCounted: true }) });
      if (step.options.exclusive === true) found.joins.push(exclusiveJoin(resultId(step)));
      return;
    case "chain":
      return visitLine(step.steps, found);
    case "rest":
      return void found.rests.push(step);
    case "group":
      if (isFollowed) found.joins.push(step.id);
      if (step.each !== undefined) found.spreads.push(step);
      step.members.forEach((member) => visit(member, false, found));
  }
}

/** The join of nobody that claims an exclusive call. */
export function exclusiveJoin(task: string): string {
  return `${task}!x`;
}
