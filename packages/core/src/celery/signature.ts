import { childId } from "../ids.ts";
import type { Json, JsonObject } from "../json.ts";
import type { Arrival, Continuation } from "../message.ts";
import { gatherAt } from "../gather.ts";
import { START_TASK } from "../message.ts";
import type { PlacedGroup, PlacedNode, PlacedRest, PlacedTask } from "../node.ts";
import { resultId } from "../node.ts";
import { readOptions, writeOptions } from "./call-options.ts";
import { Malformed, asList, asMap, asText } from "./form.ts";
import { userHeaders } from "./headers.ts";
import { parseStart, startKwargs } from "./plan.ts";
import type { UmbelHeader } from "./umbel-header.ts";
import { parseUmbel } from "./umbel-header.ts";

/**
 * What comes after a task as Celery's signatures, next first.
 *
 * A group, with all that follows it, is one signature of `umbel.start`: a foreign worker can send that on, where
 * it could not register the group's join. The last step carries, in its own headers, where the chain arrives.
 */
export function toSignatures(next: Continuation, replyTo: string | null): readonly JsonObject[] {
  const cut = next.steps.findIndex((step) => step.kind !== "task");
  const tasks = (cut === -1 ? next.steps : next.steps.slice(0, cut)) as readonly PlacedTask[];
  const signatures = tasks.map((task, i) => {
    const isEnd = cut === -1 && i === tasks.length - 1;
    return toSignature(
      task,
      isEnd ? { ...(next.join && { j: next.join }), ...(replyTo !== null && { r: replyTo }) } : {},
    );
  });
  return cut === -1 ? signatures : [...signatures, toStart(next.steps.slice(cut), next.join, replyTo)];
}

/** One call as Celery's signature. */
export function toSignature(task: PlacedTask, umbel: UmbelHeader): JsonObject {
  const headers = userHeaders(task.options.headers ?? {});
  // n.b. A task that travels alone is no body: whose failure begins them makes no difference.
  const errbacks = [...(task.errbacks ?? []), ...(task.ownErrbacks ?? [])];
  const said = {
    ...(task.turn !== undefined && { t: task.turn }),
    ...(task.claim !== undefined && { c: task.claim }),
    ...(task.compensation !== undefined && { u: task.compensation }),
    ...umbel,
  };
  const own = Object.keys(said).length === 0 ? {} : { headers: { ...headers, umbel: JSON.stringify(said) } };
  return {
    task: task.task,
    args: task.args,
    kwargs: task.kwargs,
    options: {
      ...writeOptions(task.options, task.foreign),
      ...own,
      task_id: task.id,
      ...(task.callbacks && { link: task.callbacks.map(toLink) }),
      ...(errbacks.length > 0 && { link_error: errbacks.map(toErrorLink) }),
    },
    subtask_type: null,
    immutable: task.immutable,
  };
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
  return toSignature(task, replyTo === null ? {} : { r: replyTo });
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
  const parsed = signatures.map((signature, i) => fromSignature(signature, childId(`${parent}+`, i)));
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

function fromSignature(json: Json, fallbackId: string): ParsedSignature {
  const signature = asMap(json, "a signature");
  const { task, args, kwargs, options, subtask_type: subtask } = signature;
  const name = asText(task, "task of a signature");
  const bound = asList(args, `args of ${name}`);
  const named = asMap(kwargs ?? {}, `kwargs of ${name}`);
  const opts = asMap(options ?? {}, `options of ${name}`);
  const umbel = parseUmbel(asMap(opts["headers"] ?? {}, `headers of ${name}`));
  const id = typeof opts["task_id"] === "string" ? opts["task_id"] : fallbackId;
  if (name === START_TASK) return fromStart(named, umbel);
  if (subtask === "chain") return { steps: stepsOf(named["tasks"], id), umbel: {}, isPlaced: false };
  if (subtask === "group") return { steps: [groupOf(named["tasks"], id)], umbel: {}, isPlaced: false };
  if (subtask === "chord") return { steps: chordOf(named, id), umbel: {}, isPlaced: false };
  const isImmutable = signature["immutable"] === true;
  const { t: turn, c: claim, u: compensation } = umbel;
  const place = {
    id,
    ...(turn !== undefined && { turn }),
    ...(claim !== undefined && { claim }),
    ...(compensation !== undefined && { compensation }),
  };
  return { steps: [fromTask(name, bound, named, opts, isImmutable, place)], umbel, isPlaced: false };
}

function fromStart(kwargs: JsonObject, umbel: UmbelHeader): ParsedSignature {
  const { steps, join } = parseStart(kwargs);
  return { steps, umbel: join === null ? umbel : { ...umbel, j: join }, isPlaced: true };
}

function stepsOf(tasks: Json | undefined, id: string): readonly PlacedNode[] {
  return asList(tasks, "tasks of a chain").flatMap((each, i) => fromSignature(each, childId(id, i)).steps);
}

function groupOf(tasks: Json | undefined, id: string): PlacedGroup {
  const members = asList(tasks, "tasks of a group").map((each, i) =>
    memberOf(fromSignature(each, childId(id, i)).steps),
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
  return [groupOf(tasks, id), ...fromSignature(body ?? null, `${id}+body`).steps];
}

function tasksOf({ kwargs }: JsonObject): Json | undefined {
  return asMap(kwargs, "kwargs of a chord's header")["tasks"];
}

/** With a gather wherever a group would be followed by a group, or by a join: Celery has such, as `place` makes them. */
function regular(steps: readonly PlacedNode[], isAwaited: boolean): readonly PlacedNode[] {
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
  task: string,
  args: readonly Json[],
  kwargs: JsonObject,
  options: JsonObject,
  immutable: boolean,
  place: Pick<PlacedTask, "id" | "turn" | "claim" | "compensation">,
): PlacedTask {
  const { task_id: _id, ...others } = options;
  const { options: known, link, linkError, foreign } = readOptions(others, task);
  const callbacks = linksOf(link, `${place.id}+link`);
  const errbacks = linksOf(linkError, `${place.id}+error`);
  return {
    kind: "task",
    ...place,
    task,
    args,
    kwargs,
    immutable,
    options: known,
    ...(callbacks.length > 0 && { callbacks }),
    ...(errbacks.length > 0 && { errbacks }),
    ...(Object.keys(foreign).length > 0 && { foreign }),
  };
}

/** Callbacks and errbacks, in the regular form. */
export function linksOf(signatures: readonly Json[], parent: string): readonly PlacedNode[] {
  return signatures.map((each, i) => {
    const { steps, isPlaced } = fromSignature(each, childId(parent, i));
    return memberOf(isPlaced ? steps : regular(steps, false));
  });
}
