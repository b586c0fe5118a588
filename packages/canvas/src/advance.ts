import type {
  Arrival,
  Continuation,
  Decision,
  Failure,
  Join,
  Message,
  Outcome,
  Success,
  TurnEnd,
} from "@umbel/core";
import {
  CANCEL_TASK,
  START_TASK,
  cancelFailure,
  childId,
  engineFailure,
  failed,
  isCancel,
  isCounted,
} from "@umbel/core";
import type { Addition } from "./additions.ts";
import { beginAdditions, completeAdditions } from "./additions.ts";
import type { Origin } from "./begin.ts";
import { begin, bodyMessage } from "./begin.ts";
import { cancel, endStart } from "./cancel.ts";
import { doom, end } from "./doom.ts";
import { pendingIn } from "./downstream.ts";
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
  const after = outcome.state === "SUCCESS" ? goOn(message, outcome) : fail(message, outcome.failure);
  return joined(after, close(message, outcome));
}

/** What comes last: whoever waits is told, the join lets go, the compensation of the flow is told. */
function close(message: Message, outcome: Outcome): readonly Effect[] {
  const pushed = pushAtEnd(message, outcome);
  const { claim } = message;
  const retired = claim === null ? pushed : joined(pushed, [{ kind: "retire", join: claim }]);
  return joined(retired, compensate(message, outcome));
}

/** What the compensation of the flow is told of a task's end; it goes on after an undo however that ended (rule 37). */
function compensate(message: Message, { state }: Outcome): readonly Effect[] {
  if (message.compensation === "undo") return [{ kind: "undo", after: message.id }];
  return isCounted(message) ? [{ kind: "count", id: message.id, ok: state === "SUCCESS" }] : NOTHING;
}

/** n.b. For most tasks one of them is empty, and a list is made for each. */
function joined(first: readonly Effect[], then: readonly Effect[]): readonly Effect[] {
  if (then.length === 0) return first;
  return first.length === 0 ? then : [...first, ...then];
}

const NOTHING: readonly Effect[] = [];

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
  if ("failure" in input) return [{ kind: "fail", join, failure: input.failure }, ...lost];
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
 * What has to be done once a join is decided whose body does not run: its members failed, or it is marked (rule 24).
 *
 * @param outcome - The body's, which is stored: the first write, whoever made it.
 */
export function endBody(join: Join, outcome: Outcome): readonly Effect[] {
  if (outcome.state === "SUCCESS") return []; // it ran before, and its own run goes on from it
  const origin: Origin = { flow: join.flow, parent: join.id, replyTo: join.replyTo };
  return [...failBody(join.next, outcome.failure, origin), { kind: "retire", join: join.id }];
}

/** The body has failed without being run; its error links begin, as if it had been. */
function failBody(next: Continuation, failure: Failure, origin: Origin): readonly Effect[] {
  const [body] = next.steps;
  if (body?.kind !== "task") return [];
  const links = isCancel(failure) ? [] : beginLinks(body.errbacks ?? [], [body.id], origin);
  const counted: readonly Effect[] = isCounted(body) ? [{ kind: "count", id: body.id, ok: false }] : [];
  const doomed = doom(next, failure, origin).flatMap((effect) => withoutStored(effect, body.id));
  return [...links, ...doomed, ...counted];
}

function withoutStored(effect: Effect, id: string): readonly Effect[] {
  if (effect.kind !== "store") return [effect];
  const ended = effect.ended.filter((each) => each.id !== id);
  return ended.length === 0 ? [] : [{ ...effect, ended }];
}

/**
 * What has to be done when a member arrives and its join is gone with its body not run (rule 11), once the first of
 * `lostWith` is stored.
 */
export function loseJoin(arrival: Arrival, { replyTo }: Pick<Origin, "replyTo">): readonly Effect[] {
  return end(lostWith(arrival), arrival.outer, { replyTo });
}

/** What ends with a join that is gone: its body, and what comes after that. */
export function lostWith(arrival: Arrival): readonly Ended[] {
  const { join, index, size } = arrival;
  const tasks = pendingIn(arrival);
  const message = `the join ${join} was gone when member ${index} of ${size} arrived; was its document deleted?`;
  const failure = engineFailure("JOIN_LOST", message, "umbel.join", tasks[0]?.id ?? join);
  return tasks.map((task) => ({ ...task, outcome: failed(failure) }));
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
  if (next.steps.length > 0) return joined(links, begin(next, [value], origin));
  if (next.join === null) return links;
  if (additions.length > 0) return [...links, ...beginAdditions(message, additions, next.join, origin)];
  return joined(links, [{ kind: "arrive", arrival: next.join, ok: true }]);
}

function fail(message: Message, failure: Failure): readonly Effect[] {
  const origin = originOf(message);
  if (message.task === START_TASK) return endStart(message, failure);
  const links = isCancel(failure) ? [] : beginLinks(message.errbacks, [message.id], origin);
  const { next } = message;
  if (next.steps.length > 0) return joined(links, doom(next, failure, origin));
  return next.join === null ? links : joined(links, [{ kind: "arrive", arrival: next.join, ok: false }]);
}

function pushAtEnd(message: Message, outcome: Outcome): readonly Effect[] {
  const { replyTo, next, id, task } = message;
  if (replyTo === null || next.steps.length > 0 || next.join !== null) return NOTHING;
  return [{ kind: "push", replyTo, ended: [{ id, task, outcome }] }];
}
