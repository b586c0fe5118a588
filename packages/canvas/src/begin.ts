import type {
  Arrival,
  Continuation,
  Join,
  Json,
  Message,
  PlacedGroup,
  PlacedNode,
  PlacedTask,
} from "@umbel/core";
import { childId, collected, isRacing, mergeArguments, packIds, resultId } from "@umbel/core";
import { compensationJoin } from "./compensation.ts";
import { doomBody } from "./doom.ts";
import { hasCounted, tasksOf } from "./downstream.ts";
import type { Effect } from "./effect.ts";
import { expand } from "./expand.ts";
import { Outgoing } from "./outgoing.ts";
import { exclusiveJoin } from "./scope.ts";

/** What the messages of one flow have in common, and who sends these. */
export interface Origin {
  readonly flow: string;
  /** The task whose end sends these; null for the client. */
  readonly parent: string | null;
  readonly replyTo: string | null;
}

/**
 * What has to be done for the next step to begin: its message, or its joins and its members' messages.
 *
 * Joins are registered outer first, and before any member is published (rule 2).
 *
 * @param input - What goes in front of the arguments of the first step: the result before it.
 */
export function begin(next: Continuation, input: readonly Json[], origin: Origin): readonly Effect[] {
  const found = nothingYet();
  const undos = (next.undos ?? []).filter((undo) => undo.kind === "task");
  if (undos.length > 0) found.joins.push(compensationJoin(undos, origin));
  beginAt(next, input, origin, found);
  return inOrder(found);
}

/** What has to be done for the members of a join to begin that is none of a group: it first, then all that is in them. */
export function beginMembers(join: Join, members: readonly PlacedNode[], origin: Origin): readonly Effect[] {
  const found = nothingYet();
  found.joins.push(join);
  const arrival = { join: join.id, size: join.size, ends: [], outer: join.next.join };
  members.forEach((member, index) =>
    beginAt({ steps: [member], join: { ...arrival, index } }, [], origin, found),
  );
  return inOrder(found);
}

function inOrder(found: Begun): readonly Effect[] {
  const { messages } = found.outgoing;
  return [
    ...(found.joins.length > 0 ? [{ kind: "register" as const, joins: found.joins }] : []),
    ...(messages.length > 0 ? [{ kind: "publish" as const, messages }] : []),
    ...found.doomed,
  ];
}

interface Begun {
  /** What ends steps that cannot begin. */
  readonly doomed: Effect[];
  readonly joins: Join[];
  readonly outgoing: Outgoing;
}

function nothingYet(): Begun {
  return { doomed: [], joins: [], outgoing: new Outgoing() };
}

function beginAt(next: Continuation, input: readonly Json[], origin: Origin, found: Begun): void {
  const [first] = next.steps;
  if (first === undefined) return;
  const rest = tailOf(next.steps);
  const after = { steps: rest, join: next.join };
  switch (first.kind) {
    case "task":
      beginTask(first, input, after, origin, found);
      return;
    case "chain":
      beginAt({ steps: joined(first.steps, rest), join: next.join }, input, origin, found);
      return;
    case "group":
      beginGroup(first, input, after, origin, found);
      return;
    case "rest":
      throw new Error(`the steps ${first.id} are in the store and have to be loaded before they begin`);
  }
}

/**
 * What follows the first of these steps. Where that is much the most of it is one chain at its end, which is not copied
 * again at each of the steps before: else a chain of n steps would cost n². A group stays beside what follows it.
 */
function tailOf(steps: readonly PlacedNode[]): readonly PlacedNode[] {
  if (steps.length <= LONG_TAIL) return steps.slice(1); // n.b. several times faster than a pattern with `...rest`
  let cut = STEPS_IN_FRONT;
  while (cut < steps.length && steps[cut - 1]?.kind === "group") cut += 1;
  return [...steps.slice(1, cut), { kind: "chain", steps: steps.slice(cut) }];
}

/** n.b. More than are in a page, so that no message to a broker has such a chain in it by the default sizes of pages. */
const LONG_TAIL = 256;
const STEPS_IN_FRONT = 64;

function joined(steps: readonly PlacedNode[], after: readonly PlacedNode[]): readonly PlacedNode[] {
  return after.length === 0 ? steps : [...steps, ...after];
}

/** n.b. What claims an exclusive call is a join of nobody: registered before it is published, and retired as all are. */
function beginTask(
  task: PlacedTask,
  input: readonly Json[],
  next: Continuation,
  origin: Origin,
  found: Begun,
): void {
  const claim = task.options.exclusive === true ? exclusiveJoin(task.id) : null;
  const alone = { size: 0, next: { steps: [], join: null }, flow: origin.flow, replyTo: null, members: null };
  if (claim !== null) found.joins.push({ id: claim, ...alone });
  found.outgoing.add(messageFor(task, input, next, origin, claim));
}

function beginGroup(
  group: PlacedGroup,
  input: readonly Json[],
  next: Continuation,
  origin: Origin,
  found: Begun,
): void {
  const expanded = expand(group, input);
  if ("failure" in expanded)
    return void found.doomed.push(...doomBody(next, expanded.failure, { ...origin, parent: group.id }));
  const { members, inputOf } = expanded;
  const arrivalOf = next.steps.length > 0 ? register({ ...group, members }, next, origin, found) : () => null;
  if (members.every(isPlainTask)) {
    found.outgoing.addMembers(members.length, (index) => {
      const join = arrivalOf(index);
      return messageFor(members[index] as PlacedTask, inputOf(index), { steps: [], join }, origin, null);
    });
  } else {
    members.forEach((member, index) => {
      beginAt({ steps: [member], join: arrivalOf(index) }, inputOf(index), origin, found);
    });
  }
  const [body] = next.steps;
  // An empty group is decided at once: who registers its join publishes the body (rule 26).
  if (members.length === 0 && body !== undefined)
    found.outgoing.add(bodyMessage(group.id, next, collected(group.keys, []), origin));
}

/** Whether it begins with a message and nothing else. */
function isPlainTask(node: PlacedNode): node is PlacedTask {
  return node.kind === "task" && node.options.exclusive !== true;
}

function register(
  group: PlacedGroup,
  next: Continuation,
  origin: Origin,
  found: Begun,
): (index: number) => Arrival {
  const size = group.members.length;
  const ids = group.members.map(resultId);
  const isDerived = ids.every((id, i) => id === childId(group.id, i));
  const { flow, replyTo } = origin;
  const members = isDerived ? null : ids;
  const { keys, policy, each } = group;
  const flat = each?.size !== undefined && { flat: true as const };
  const racers = isRacing(policy) && { racers: group.members };
  const said = { ...(keys && { keys }), ...(policy && { policy }), ...flat, ...racers };
  found.joins.push({ id: group.id, size, next, flow, replyTo, members, ...said });
  const ends = endsOf(next.steps);
  const counted = hasCounted(next.steps) && { isCounted: true as const };
  const isRace = isRacing(policy) && { isRace: true as const };
  const isRecord = keys !== undefined && { isRecord: true as const };
  return (index) => ({
    join: group.id,
    index,
    size,
    ...isRace,
    ...isRecord,
    ends,
    ...counted,
    outer: next.join,
  });
}

/**
 * What to fail should the join be lost, in each member's message. n.b. members times what follows them would be too
 * much to send: where it is long, only what somebody waits for in any case: the body, the last, and what is counted.
 */
function endsOf(steps: readonly PlacedNode[]): readonly string[] {
  const tasks = tasksOf(steps);
  const ends = packIds(tasks.map(({ id }) => id));
  const [body] = steps;
  if (ends.length <= LONGEST_ENDS || body === undefined) return ends;
  const counted = tasks.filter((task) => task.isCounted).map(({ id }) => id);
  return packIds([...new Set([resultId(body), ...counted, resultId({ kind: "chain", steps })])]);
}

const LONGEST_ENDS = 50;

/** The message of a join's body: the first step of what comes next, with what the members came to. */
export function bodyMessage(join: string, next: Continuation, input: Json, origin: Origin): Message {
  const [body, ...rest] = next.steps;
  if (body === undefined || body.kind !== "task") throw new Error(`join ${join} has no body`);
  return messageFor(body, [input], { steps: rest, join: next.join }, origin, join);
}

/** A message that is not stamped yet: its nonce, its suspicion and its time are the publisher's to add. */
export function messageFor(
  task: PlacedTask,
  input: readonly Json[],
  next: Continuation,
  { flow, parent, replyTo }: Origin,
  claim: string | null,
): Message {
  const { callbacks = NO_LINKS, compensation } = task;
  const message: Message = {
    id: task.id,
    task: task.task,
    args: mergeArguments(task, input),
    kwargs: task.kwargs,
    options: task.options,
    flow,
    parent,
    retries: 0,
    turn: task.turn ?? 0,
    nonce: null,
    suspect: false,
    next,
    claim: claim ?? task.claim ?? null,
    replyTo,
    callbacks,
    errbacks: errbacksOf(task),
    etaMs: null,
    expiresMs: null,
  };
  return compensation === undefined ? message : { ...message, compensation };
}

function errbacksOf({ errbacks, ownErrbacks }: PlacedTask): readonly PlacedNode[] {
  if (errbacks === undefined || ownErrbacks === undefined) return errbacks ?? ownErrbacks ?? NO_LINKS;
  return [...errbacks, ...ownErrbacks];
}

const NO_LINKS: readonly PlacedNode[] = [];

/** Whether a placed node has a join anywhere: a group with something after it, or an exclusive call. */
export function hasJoin(node: PlacedNode): boolean {
  switch (node.kind) {
    case "task":
      return node.options.exclusive === true;
    case "rest":
      return true; // as far as anyone can tell without reading it
    case "group":
      return node.members.some(hasJoin);
    case "chain":
      return node.steps.some(
        (step, k) => hasJoin(step) || (step.kind === "group" && k < node.steps.length - 1),
      );
  }
}
