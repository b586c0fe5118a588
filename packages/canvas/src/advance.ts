import type { Arrival, Decision, Failure, Join, Message, Outcome, Success, TurnEnd } from "@umbel/core";
import {
  CANCEL_TASK,
  START_TASK,
  cancelFailure,
  childId,
  engineFailure,
  failed,
  isCancel,
  unpackIds,
} from "@umbel/core";
import type { Addition } from "./additions.ts";
import { beginAdditions, completeAdditions } from "./additions.ts";
import type { Origin } from "./begin.ts";
import { begin, bodyMessage } from "./begin.ts";
import { cancel, endStart } from "./cancel.ts";
import { doom, doomBody, end } from "./doom.ts";
import type { Effect, Ended, Loser } from "./effect.ts";
import { beginLinks } from "./links.ts";
import { bodyInput } from "./fan-in.ts";

/**
 * The state machine of a flow: what has to be done once this message's task has this outcome.
 *
 * The outcome is the stored one (rule 6), and is stored already (rule 5). Doing it all again does the same again:
 * every id follows from the message.
 *
 * @param outcome - Null for the start and the cancel of a flow, which have no outcome of their own. A retry and a
 *   replacement have the task's next turn for their only effect: links, joins and whoever waits hear of its end alone.
 */
export function advance(message: Message, outcome: TurnEnd | null): readonly Effect[] {
  if (outcome?.state === "RETRY" || outcome?.state === "REPLACED") return goOnAs(outcome.next);
  if (message.task === START_TASK && outcome === null)
    return begin(message.next, message.args, originOf(message));
  if (message.task === CANCEL_TASK && outcome === null) return cancel(message);
  if (outcome === null) throw new Error(`task ${message.id} has no outcome to go on from`);
  const retired: readonly Effect[] = message.claim === null ? [] : [{ kind: "retire", join: message.claim }];
  return outcome.state === "SUCCESS"
    ? [...goOn(message, outcome), ...retired, ...pushAtEnd(message, outcome)]
    : [...fail(message, outcome.failure), ...retired, ...pushAtEnd(message, outcome)];
}

/**
 * What has to be done once a join is decided.
 *
 * @param outcomes - Those of the members that count (`decidingMembers`), as they are stored; undefined for one that is gone.
 * @param decision - How a race was decided; null for what is no race.
 * @param additions - What the members added, in order (rule 42).
 */
export function complete(
  join: Join,
  outcomes: readonly (Outcome | undefined)[],
  decision: Decision | null = null,
  additions: readonly Addition[] = [],
): readonly Effect[] {
  if (join.next.steps.length === 0)
    return completeAdditions(join, [...outcomes, ...additions.map(({ outcome }) => outcome)]);
  const origin: Origin = { flow: join.flow, parent: join.id, replyTo: join.replyTo };
  const input = bodyInput(join, outcomes, decision, additions);
  const lost = losersOf(join, decision);
  if ("failure" in input) return [...failBody(join, input.failure, origin), ...lost];
  return [{ kind: "publish", messages: [bodyMessage(join.id, join.next, input.value, origin)] }, ...lost];
}

/** What ends the members that the decision of a race does not name; after the body, which does not wait for it (rule 35). */
function losersOf({ id, racers = [] }: Join, decision: Decision | null): readonly Effect[] {
  const named = new Set(decision?.members);
  const losers = racers.flatMap((step, i): readonly Loser[] =>
    named.has(i) ? [] : [{ step, scope: childId(id, i) }],
  );
  const failure = cancelFailure(`the group ${id} was decided without it`, "umbel.join", id);
  return losers.length === 0 ? [] : [{ kind: "lose", losers, failure }];
}

/**
 * What has to be done once a join is decided that is marked: its body does not run (rule 24).
 *
 * @param outcome - The body's, as it is stored.
 */
export function completeMarked(join: Join, outcome: Outcome): readonly Effect[] {
  if (outcome.state === "SUCCESS") return []; // it ran before the mark, and its own run goes on from it
  return failBody(join, outcome.failure, { flow: join.flow, parent: join.id, replyTo: join.replyTo });
}

/** The body fails without being run. */
function failBody({ id, next }: Join, failure: Failure, origin: Origin): readonly Effect[] {
  return [...doomBody(next, failure, origin), { kind: "retire", join: id }];
}

/** What has to be done when a member arrives and its join is gone with its body not run (rule 11). */
export function loseJoin(arrival: Arrival, { replyTo }: Pick<Origin, "replyTo">): readonly Effect[] {
  const [body = arrival.join] = unpackIds(arrival.ends);
  const failure = engineFailure(
    "JOIN_LOST",
    `the join ${arrival.join} was gone when member ${arrival.index} of ${arrival.size} arrived; was its document deleted?`,
    "umbel.join",
    body,
  );
  const ended = unpackIds(arrival.ends).map((id): Ended => ({
    id,
    task: "unknown",
    outcome: failed(failure),
  }));
  return end(ended, arrival.outer, { replyTo });
}

export function originOf(message: Message): Origin {
  return { flow: message.flow, parent: message.id, replyTo: message.replyTo };
}

/** The task's next turn: its message, or the steps that have taken its place. */
function goOnAs(message: Message): readonly Effect[] {
  if (message.task === START_TASK) return begin(message.next, [], originOf(message));
  return [{ kind: "publish", messages: [message] }];
}

function goOn(message: Message, { value, additions = [] }: Success): readonly Effect[] {
  const { next } = message;
  const origin = originOf(message);
  const links = beginLinks(message.callbacks, [value], origin);
  if (next.steps.length > 0) return [...links, ...begin(next, [value], origin)];
  if (next.join === null) return links;
  if (additions.length > 0) return [...links, ...beginAdditions(message, additions, next.join, origin)];
  return [...links, { kind: "arrive", arrival: next.join, ok: true }];
}

function fail(message: Message, failure: Failure): readonly Effect[] {
  const origin = originOf(message);
  if (message.task === START_TASK) return endStart(message, failure);
  const links = isCancel(failure) ? [] : beginLinks(message.errbacks, [message.id], origin);
  const { next } = message;
  if (next.steps.length > 0) return [...links, ...doom(next, failure, origin)];
  return next.join === null ? links : [...links, { kind: "arrive", arrival: next.join, ok: false }];
}

function pushAtEnd(message: Message, outcome: Outcome): readonly Effect[] {
  const { replyTo, next, id, task } = message;
  if (replyTo === null || next.steps.length > 0 || next.join !== null) return [];
  return [{ kind: "push", replyTo, ended: [{ id, task, outcome }] }];
}
