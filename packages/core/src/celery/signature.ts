import { childId } from "../ids.ts";
import type { Json, JsonObject } from "../json.ts";
import type { Arrival, Continuation } from "../message.ts";
import { START_TASK } from "../message.ts";
import type { PlacedNode, PlacedTask, StepOptions } from "../node.ts";
import { resultId } from "../node.ts";

/** What Umbel adds to a message or to a step; JSON text in the one header `umbel`. */
export interface UmbelHeader {
  /** The publication's nonce. */
  readonly n?: string;
  /** 1 for a suspect. */
  readonly s?: 1;
  /** The join whose body it is. */
  readonly c?: string;
  /** Where the end of the chain arrives. */
  readonly j?: Arrival;
  /** Where the outcome is pushed to. */
  readonly r?: string;
}

/** A signature that does not have Celery's form. */
export class MalformedSignature extends Error {}

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
    return toSignature(task, isEnd ? { ...(next.join && { j: next.join }), ...(replyTo !== null && { r: replyTo }) } : {});
  });
  return cut === -1 ? signatures : [...signatures, toStart(next.steps.slice(cut), next.join, replyTo)];
}

/** One call as Celery's signature. */
export function toSignature(task: PlacedTask, umbel: UmbelHeader): JsonObject {
  const { queue, priority, countdownMs, headers } = task.options;
  const hasHeader = Object.keys(umbel).length > 0;
  return {
    task: task.task,
    args: task.args,
    kwargs: task.kwargs,
    options: {
      ...task.foreign,
      task_id: task.id,
      ...(queue !== undefined && { queue }),
      ...(priority !== undefined && { priority }),
      ...(countdownMs !== undefined && { countdown: countdownMs / 1000 }),
      ...((hasHeader || headers) && { headers: { ...headers, ...(hasHeader && { umbel: JSON.stringify(umbel) }) } }),
      ...(task.callbacks && { link: task.callbacks.map((each) => toSignature(each, {})) }),
      ...(task.errbacks && { link_error: task.errbacks.map((each) => toSignature(each, {})) }),
    },
    subtask_type: null,
    immutable: task.immutable,
  };
}

/** Keyword arguments of `umbel.start`: the steps to begin with, which start with a group. */
export function startKwargs(next: Continuation): JsonObject {
  return { steps: next.steps as unknown as Json, join: next.join as unknown as Json };
}

/** The queue that somebody must serve for these steps to begin: of a group, that of the step after it. */
export function startQueue(steps: readonly PlacedNode[]): string | undefined {
  const [first, second] = steps;
  return first?.kind === "group" && second?.kind === "task" ? second.options.queue : queueOf(first);
}

function queueOf(node: PlacedNode | undefined): string | undefined {
  switch (node?.kind) {
    case undefined:
      return undefined;
    case "task":
      return node.options.queue;
    case "rest":
      return node.queue;
    case "chain":
      return queueOf(node.steps[0]);
    case "group":
      return queueOf(node.members[0]);
  }
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

/** What a list of signatures, next first, says of the rest of a chain. `parent` gives ids to steps without one. */
export function fromSignatures(
  signatures: readonly Json[],
  parent: string,
): { readonly next: Continuation; readonly replyTo: string | null } {
  const parsed = signatures.map((signature, i) => fromSignature(signature, childId(`${parent}+`, i)));
  const last = parsed.at(-1);
  return {
    next: { steps: parsed.flatMap(({ steps }) => steps), join: last?.umbel.j ?? null },
    replyTo: last?.umbel.r ?? null,
  };
}

interface ParsedSignature {
  readonly steps: readonly PlacedNode[];
  readonly umbel: UmbelHeader;
}

function fromSignature(json: Json, fallbackId: string): ParsedSignature {
  const signature = asObject(json, "a signature");
  const { task, args, kwargs, options, subtask_type: subtask } = signature;
  if (typeof task !== "string") throw new MalformedSignature("a signature without the name of its task");
  if (!Array.isArray(args)) throw new MalformedSignature(`the signature of ${task} has no list of args`);
  const named = asObject(kwargs ?? {}, `kwargs of ${task}`);
  const opts = asObject(options ?? {}, `options of ${task}`);
  const id = typeof opts["task_id"] === "string" ? opts["task_id"] : fallbackId;
  if (task === START_TASK) return fromStart(named, parseUmbel(opts["headers"]));
  if (subtask === "chain") return { steps: stepsOf(named["tasks"], id), umbel: {} };
  if (subtask === "group") return { steps: [groupOf(named["tasks"], id)], umbel: {} };
  if (subtask === "chord") return { steps: chordOf(named, id), umbel: {} };
  return {
    steps: [fromTask(task, args as readonly Json[], named, opts, signature["immutable"] === true, id)],
    umbel: parseUmbel(opts["headers"]),
  };
}

function fromStart(kwargs: JsonObject, umbel: UmbelHeader): ParsedSignature {
  const { steps, join } = parseStart(kwargs);
  return { steps, umbel: join === null ? umbel : { ...umbel, j: join } };
}

/** The plan in the keyword arguments of `umbel.start`. */
export function parseStart(kwargs: JsonObject): Continuation {
  if (!Array.isArray(kwargs["steps"])) throw new MalformedSignature(`${START_TASK} without its steps`);
  return {
    steps: kwargs["steps"] as unknown as readonly PlacedNode[],
    join: (kwargs["join"] ?? null) as unknown as Arrival | null,
  };
}

function stepsOf(tasks: Json | undefined, id: string): readonly PlacedNode[] {
  if (!Array.isArray(tasks)) throw new MalformedSignature("a chain without its list of tasks");
  return tasks.flatMap((each: Json, i) => fromSignature(each, childId(id, i)).steps);
}

function groupOf(tasks: Json | undefined, id: string): PlacedNode {
  if (!Array.isArray(tasks)) throw new MalformedSignature("a group without its list of tasks");
  const members = tasks.map((each: Json, i): PlacedNode => {
    const { steps } = fromSignature(each, childId(id, i));
    const [only] = steps;
    return steps.length === 1 && only !== undefined ? only : { kind: "chain", steps };
  });
  return { kind: "group", id, members };
}

function chordOf(kwargs: JsonObject, id: string): readonly PlacedNode[] {
  const header = kwargs["header"] ?? null;
  const tasks = Array.isArray(header) ? header : (asObject(asObject(header, "a chord's header")["kwargs"] ?? null, "kwargs of a chord's header")["tasks"] as Json);
  return [groupOf(tasks, id), ...fromSignature(kwargs["body"] ?? null, `${id}+body`).steps];
}

function fromTask(
  task: string,
  args: readonly Json[],
  kwargs: JsonObject,
  options: JsonObject,
  immutable: boolean,
  id: string,
): PlacedTask {
  const { task_id: _id, queue, priority, countdown, headers, link, link_error: linkError, ...foreign } = options;
  const { umbel: _umbel, ...userHeaders } = asObject(headers ?? {}, `headers of ${task}`);
  const known: StepOptions = {
    ...(typeof queue === "string" && { queue }),
    ...(typeof priority === "number" && { priority }),
    ...(typeof countdown === "number" && { countdownMs: countdown * 1000 }),
    ...(Object.keys(userHeaders).length > 0 && { headers: userHeaders }),
  };
  return {
    kind: "task",
    id,
    task,
    args,
    kwargs,
    immutable,
    options: known,
    ...(isList(link) && { callbacks: linksOf(link, `${id}+link`) }),
    ...(isList(linkError) && { errbacks: linksOf(linkError, `${id}+error`) }),
    ...(Object.keys(foreign).length > 0 && { foreign }),
  };
}

/** Callbacks and errbacks; each is a single task. */
export function linksOf(signatures: readonly Json[], parent: string): readonly PlacedTask[] {
  return signatures.map((each, i) => {
    const [only, ...more] = fromSignature(each, childId(parent, i)).steps;
    if (only?.kind === "task" && more.length === 0) return only;
    throw new MalformedSignature("a link that is not a single task, which is not supported yet");
  });
}

/** The header `umbel` among a message's or a step's headers. */
export function parseUmbel(headers: Json | undefined): UmbelHeader {
  const text = (headers as JsonObject | undefined)?.["umbel"];
  return typeof text === "string" ? (JSON.parse(text) as UmbelHeader) : {};
}

function isList(json: Json | undefined): json is readonly Json[] {
  return Array.isArray(json) && json.length > 0;
}

function asObject(json: Json, what: string): JsonObject {
  if (json !== null && typeof json === "object" && !Array.isArray(json)) return json as JsonObject;
  throw new MalformedSignature(`${what} is ${JSON.stringify(json).slice(0, 60)}, not a map`);
}
