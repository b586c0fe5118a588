import type { Arrival, Failure, Join, Message, Messages } from "@umbel/core";
import { compensationId, failed, failureOf } from "@umbel/core";
import { doom } from "./doom.ts";
import type { Pending } from "./downstream.ts";
import { pendingOf, tasksOf } from "./downstream.ts";
import type { Effect, Ended } from "./effect.ts";

/**
 * What is left to do where some of the joins that were to be registered are marked: nothing below them is published, and
 * all that is below them, and what waits for it, ends with the mark (rule 22). The rest goes on.
 *
 * @param effects - What was to be done, from the registration on.
 * @param marks - The marks by join.
 */
export function refuse(effects: readonly Effect[], marks: ReadonlyMap<string, Failure>): readonly Effect[] {
  const joins = effects.flatMap((effect) => (effect.kind === "register" ? effect.joins : []));
  const [, ...others] = effects;
  const messages = others.flatMap((effect) => (effect.kind === "publish" ? [...effect.messages] : []));
  const whole = joins.map(({ id, flow }) => (id === compensationId(flow) ? marks.get(id) : undefined))[0];
  const dropped = messages.flatMap((message) => dropOne(message, whole ?? markOf(message, marks)));
  // n.b. Inner first: whoever completes the join outside reads what was put for those inside.
  const inner = joins.toReversed();
  if (whole !== undefined)
    return [
      ...dropped,
      ...inner.flatMap((join) => endBelow(join, whole)),
      ...others.filter(({ kind }) => kind !== "publish"),
    ];
  const ended = inner.flatMap((join) => endJoin(join, marks));
  const kept = others.flatMap((effect) =>
    effect.kind === "publish" ? publishKept(effect.messages, marks) : [effect],
  );
  return [...dropped, ...ended, ...kept];
}

/**
 * The whole flow was ended before its compensation was registered: nothing of it begins. n.b. The compensation itself goes
 * when it was told of (rule 15).
 */
function endBelow({ id, next, undos }: Join, mark: Failure): readonly Effect[] {
  return undos === undefined ? [...putAll(tasksOf(next.steps), mark), { kind: "retire", join: id }] : [];
}

/** What a join below a mark comes to: all after it ends, and arrives where that is not below the mark, too. */
function endJoin({ id, next, flow, replyTo }: Join, marks: ReadonlyMap<string, Failure>): readonly Effect[] {
  const outer = markAbove(next.join, marks);
  const mark = outer ?? marks.get(id);
  if (mark === undefined) return [];
  const ends =
    outer === undefined ? doom(next, mark, { flow, parent: id, replyTo }) : putAll(tasksOf(next.steps), mark);
  return [...ends, { kind: "retire", join: id }];
}

function publishKept(messages: Messages, marks: ReadonlyMap<string, Failure>): readonly Effect[] {
  const kept = [...messages].filter((message) => markOf(message, marks) === undefined);
  return kept.length === 0 ? [] : [{ kind: "publish", messages: kept }];
}

/** n.b. What an exclusive call claims is registered beside the marked join, which does not know of it. */
function dropOne(message: Message, mark: Failure | undefined): readonly Effect[] {
  if (mark === undefined) return [];
  const { claim, next } = message;
  const ends = putAll([pendingOf(message), ...tasksOf(next.steps)], mark);
  return claim === null ? ends : [...ends, { kind: "retire", join: claim }];
}

function putAll(tasks: readonly Pending[], mark: Failure): readonly Effect[] {
  if (tasks.length === 0) return [];
  const ended = tasks.map((each): Ended => ({ ...each, outcome: failed(failureOf(each, mark)) }));
  return [{ kind: "store", ended }];
}

function markOf({ claim, next }: Message, marks: ReadonlyMap<string, Failure>): Failure | undefined {
  return (claim === null ? undefined : marks.get(claim)) ?? markAbove(next.join, marks);
}

/** The mark of a join that an arrival comes to in the end. */
function markAbove(arrival: Arrival | null, marks: ReadonlyMap<string, Failure>): Failure | undefined {
  for (let at = arrival; at !== null; at = at.outer) {
    const mark = marks.get(at.join);
    if (mark !== undefined) return mark;
  }
  return undefined;
}
