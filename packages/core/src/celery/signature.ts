import { childId } from "../ids.ts";
import type { Json, JsonObject } from "../json.ts";
import type { Arrival, Continuation } from "../message.ts";
import { gatherAt } from "../gather.ts";
import { START_TASK } from "../message.ts";
import type { PlacedGroup, PlacedNode, PlacedRest, PlacedTask } from "../node.ts";
import { resultId } from "../node.ts";
import { readOptions, writeOptions } from "./call-options.ts";
import { Malformed, asList, asMap, asText } from "./form.ts";
import { parseStart, startKwargs } from "./plan.ts";
import type { UmbelHeader } from "./umbel-header.ts";
import { parseUmbel } from "./umbel-header.ts";
import type { Writable } from "./writable.ts";

/**
 * What comes after a task as Celery's signatures, next first.
 *
 * A group, with all that follows it, is one signature of `umbel.start`: a foreign worker can send that on, where
 * it could not register the group's join. The last step carries, in its own headers, where the chain arrives.
 */
export function toSignatures(next: Continuation, replyTo: string | null): readonly JsonObject[] {
  const cut = next.steps.findIndex((step) => step.kind !== "task");
  const tasks = (cut === -1 ? next.steps : next.steps.slice(0, cut)) as readonly PlacedTask[];
  const end = cut === -1 ? tasks.length - 1 : -1;
  const signatures = tasks.map((task, i) =>
    toSignature(task, i === end ? next.join : null, i === end ? replyTo : null),
  );
  return cut === -1 ? signatures : [...signatures, toStart(next.steps.slice(cut), next.join, replyTo)];
}

/**
 * One call as Celery's signature.
 *
 * @param join - Where it arrives, and `replyTo` where its outcome goes, when it is the last one; else null.
 */
function toSignature(task: PlacedTask, join: Arrival | null, replyTo: string | null): JsonObject {
  const { callbacks, errbacks = NONE, ownErrbacks = NONE } = task;
  const options: Writable<JsonObject> = writeOptions(task.options, task.foreign);
  const umbel = umbelOf(task, join, replyTo);
  if (umbel !== null) options["headers"] = { ...(options["headers"] as JsonObject | undefined), umbel };
  options["task_id"] = task.id;
  if (callbacks !== undefined) options["link"] = callbacks.map(toLink);
  // n.b. A task that travels alone is no body: whose failure begins them makes no difference.
  if (errbacks.length + ownErrbacks.length > 0)
    options["link_error"] = [...errbacks, ...ownErrbacks].map(toErrorLink);
  return {
    task: task.task,
    args: task.args,
    kwargs: task.kwargs,
    options,
    subtask_type: null,
    immutable: task.immutable,
  };
}

const NONE: readonly PlacedNode[] = [];

/** What a step's own header says; null where that is nothing. */
function umbelOf(
  { turn, claim, compensation }: PlacedTask,
  join: Arrival | null,
  replyTo: string | null,
): string | null {
  const isPlain = turn === undefined && claim === undefined && compensation === undefined;
  if (isPlain && join === null && replyTo === null) return null;
  const said: Writable<UmbelHeader> = {};
  if (turn !== undefined) said.t = turn;
  if (claim !== undefined) said.c = claim;
  if (compensation !== undefined) said.u = compensation;
  if (join !== null) said.j = join;
  if (replyTo !== null) said.r = replyTo;
  return JSON.stringify(said);
}

/** What begins beside the flow, as one signature. */
export function toLink(link: PlacedNode): JsonObject {
  const steps = link.kind === "chain" ? link.steps : [link];
  const [only, ...more] = toSignatures({ steps, join: null }, null);
  if (only !== undefined && more.length === 0) return only;
  const tasks = only === undefined ? [] : [only, ...more];
  return {
    task: "celery.chain",
    args: [],
    kwargs: { tasks },
    options: {},
    subtask_type: "chain",
    immutable: false,
  };
}

/**
 * The same for what begins with the id of what failed.
 *
 * n.b. A Celery worker calls a chain at once, with its request and the error, which cannot be sent; a task that it does
 * not know it sends on.
 */
export function toErrorLink(link: PlacedNode): JsonObject {
  return link.kind === "chain" ? toStart(link.steps, null, null) : toLink(link);
}

/** The queue that somebody must serve for these steps to begin: of a group, that of the step after it. */
export function startQueue(steps: readonly PlacedNode[]): string | undefined {
  const [first, second] = steps;
  return first?.kind === "group" && second?.kind === "task" ? second.options.queue : queueOf(steps);
}

function queueOf(steps: readonly PlacedNode[]): string | undefined {
  const first = firstCall(steps);
  return first?.kind === "task" ? first.options.queue : first?.queue;
}

/** n.b. There are members without a call in them: empty groups. */
function firstCall(nodes: readonly PlacedNode[]): PlacedTask | PlacedRest | undefined {
  for (const node of nodes) {
    if (node.kind === "task" || node.kind === "rest") return node;
    const found = firstCall(node.kind === "chain" ? node.steps : node.members);
    if (found !== undefined) return found;
  }
  return undefined;
}

function toStart(steps: readonly PlacedNode[], join: Arrival | null, replyTo: string | null): JsonObject {
  const [first] = steps;
  const queue = startQueue(steps);
  const id = first === undefined ? "" : resultId(first);
  const task: PlacedTask = {
    kind: "task",
    id,
    task: START_TASK,
    args: [],
    kwargs: startKwargs({ steps, join }),
    immutable: false,
    options: queue === undefined ? {} : { queue },
  };
  return toSignature(task, null, replyTo);
}

/**
 * What a list of signatures, next first, says of the rest of a chain; in the regular form that `place` (canvas) gives.
 * `parent` gives ids to steps without one.
 *
 * @throws {Malformed} One of them does not have Celery's form.
 */
export function fromSignatures(
  signatures: readonly Json[],
  parent: string,
): { readonly next: Continuation; readonly replyTo: string | null } {
  const parsed = signatures.map((signature, i) => fromSignature(signature, `${parent}+`, i));
  const last = parsed.at(-1);
  const { j: join = null, r: replyTo = null } = last?.umbel ?? {};
  const steps = parsed.flatMap((each) => each.steps);
  return { next: { steps: last?.isPlaced ? steps : regular(steps, join !== null), join }, replyTo };
}

interface ParsedSignature {
  readonly steps: readonly PlacedNode[];
  readonly umbel: UmbelHeader;
  /** Whether it is a plan of ours, in the regular form already. */
  readonly isPlaced: boolean;
}

/** Where it has no id of its own, it has that of the child of `parent` at `index`; with null, that of `parent`. */
function fromSignature(json: Json, parent: string, index: number | null): ParsedSignature {
  const signature = asMap(json, "a signature");
  const { task, args, kwargs, options, subtask_type: subtask } = signature;
  const name = asText(task, "task of a signature");
  const bound = asList(args, "args", name);
  const named = asMap(kwargs ?? {}, "kwargs", name);
  const opts = asMap(options ?? {}, "options", name);
  const umbel = parseUmbel(asMap(opts["headers"] ?? {}, "headers", name));
  const id = typeof opts["task_id"] === "string" ? opts["task_id"] : idAt(parent, index);
  if (name === START_TASK) return fromStart(named, umbel);
  if (subtask === "chain") return { steps: stepsOf(named["tasks"], id), umbel: {}, isPlaced: false };
  if (subtask === "group") return { steps: [groupOf(named["tasks"], id)], umbel: {}, isPlaced: false };
  if (subtask === "chord") return { steps: chordOf(named, id), umbel: {}, isPlaced: false };
  const call = { task: name, args: bound, kwargs: named, immutable: signature["immutable"] === true };
  return { steps: [fromTask(call, id, opts, umbel)], umbel, isPlaced: false };
}

function idAt(parent: string, index: number | null): string {
  return index === null ? parent : childId(parent, index);
}

function fromStart(kwargs: JsonObject, umbel: UmbelHeader): ParsedSignature {
  const { steps, join } = parseStart(kwargs);
  return { steps, umbel: join === null ? umbel : { ...umbel, j: join }, isPlaced: true };
}

function stepsOf(tasks: Json | undefined, id: string): readonly PlacedNode[] {
  return asList(tasks, "tasks of a chain").flatMap((each, i) => fromSignature(each, id, i).steps);
}

function groupOf(tasks: Json | undefined, id: string): PlacedGroup {
  const members = asList(tasks, "tasks of a group").map((each, i) =>
    memberOf(fromSignature(each, id, i).steps),
  );
  return { kind: "group", id, members };
}

function memberOf(steps: readonly PlacedNode[]): PlacedNode {
  const [first, ...more] = steps;
  if (first === undefined) throw new Malformed("a chain has no steps");
  return more.length === 0 ? first : { kind: "chain", steps };
}

/** n.b. A chord that was made in this process has a list of members; one that was frozen, a group. */
function chordOf({ header, body }: JsonObject, id: string): readonly PlacedNode[] {
  const tasks = Array.isArray(header) ? (header as Json) : tasksOf(asMap(header, "header of a chord"));
  return [groupOf(tasks, id), ...fromSignature(body ?? null, `${id}+body`, null).steps];
}

function tasksOf({ kwargs }: JsonObject): Json | undefined {
  return asMap(kwargs, "kwargs of a chord's header")["tasks"];
}

/** With a gather wherever a group would be followed by a group, or by a join: Celery has such, as `place` makes them. */
function regular(steps: readonly PlacedNode[], isAwaited: boolean): readonly PlacedNode[] {
  if (!steps.some(({ kind }) => kind === "group")) return steps;
  return steps.flatMap((step, k): readonly PlacedNode[] => {
    if (step.kind !== "group") return [step];
    const next = steps[k + 1];
    const isFollowed = next !== undefined || isAwaited;
    const group = { ...step, members: step.members.map((member) => regularMember(member, isFollowed)) };
    const needsGather = next === undefined ? isAwaited : next.kind === "group";
    return needsGather ? [group, gatherOf(group)] : [group];
  });
}

function regularMember(member: PlacedNode, isAwaited: boolean): PlacedNode {
  return memberOf(regular(member.kind === "chain" ? member.steps : [member], isAwaited));
}

function gatherOf(group: PlacedGroup): PlacedTask {
  return { ...gatherAt(queueOf([group])), id: `${group.id}+gather` };
}

function fromTask(
  { task, args, kwargs, immutable }: Pick<PlacedTask, "task" | "args" | "kwargs" | "immutable">,
  id: string,
  said: JsonObject,
  { t: turn, c: claim, u: compensation }: UmbelHeader,
): PlacedTask {
  const { options, link, linkError, foreign } = readOptions(said, task);
  const read: Writable<PlacedTask> = {
    kind: "task",
    id,
    task,
    args,
    kwargs,
    immutable,
    options,
  };
  if (turn !== undefined) read.turn = turn;
  if (claim !== undefined) read.claim = claim;
  if (compensation !== undefined) read.compensation = compensation;
  if (link.length > 0) read.callbacks = linksOf(link, id, "link");
  if (linkError.length > 0) read.errbacks = linksOf(linkError, id, "error");
  if (Object.keys(foreign).length > 0) read.foreign = foreign;
  return read;
}

/** Callbacks and errbacks of a task, in the regular form. */
export function linksOf(
  signatures: readonly Json[],
  task: string,
  kind: "link" | "error",
): readonly PlacedNode[] {
  return signatures.map((each, i) => {
    const { steps, isPlaced } = fromSignature(each, `${task}+${kind}`, i);
    return memberOf(isPlaced ? steps : regular(steps, false));
  });
}
