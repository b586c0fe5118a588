import { isReservedHeader } from "./celery/headers.ts";
import { InvalidOption } from "./errors.ts";
import type { JsonObject } from "./json.ts";
import { toJson } from "./json.ts";
import type { GroupNode, Node, TaskNode } from "./node.ts";
import { stepsOf } from "./node.ts";

/** Options of one call, in the field's words. */
export interface StepOptions {
  /** Where the message goes, 1 to 255 bytes; default the app's queue, which is `celery` by default. */
  readonly queue?: string;
  /** An integer from 0 to 255; a RabbitMQ queue honours it when it was declared with `x-max-priority`. Default 0. */
  readonly priority?: number;
  /** Milliseconds to wait, from when the step is sent, before it runs; from 0 to ten years, rounded. Default 0. */
  readonly countdownMs?: number;
  /**
   * Whether a second copy of the message is dropped while the first one runs or when it has run; a handler then runs
   * again only if its own worker died before the outcome was stored. One more write for each call. Default false.
   */
  readonly exclusive?: boolean;
  /**
   * Whether how the task ends is neither stored nor told to anybody, where nothing goes by it: at the end of a flow, without
   * links, in no group that something waits for, not `exclusive`, and nothing to undo. Elsewhere it means nothing. A failure is
   * still an event, and in the worker's log; whoever asks for the result gets `RESULT_IGNORED`. Default false.
   */
  readonly ignoreResult?: boolean;
  /**
   * How many calls may travel in one message of the broker, of those that are published together to one queue: the members of a
   * group, or what a client sends in one turn of the event loop. For tasks that take less than a millisecond. They run one by
   * one, each has its own outcome, and all are delivered again when a worker dies that has them. Only Umbel's workers can read
   * such a message. An integer from 1 to 1,000. Default 1.
   */
  readonly bundle?: number;
  /** Headers of the user's own, sent with the message; those of Celery's protocol are refused. */
  readonly headers?: JsonObject;
  /** Headers that stay as they are once set, and that a handler finds in `ctx.stamps`: Celery's stamps. */
  readonly stamps?: JsonObject;
}

/**
 * The options as they travel.
 *
 * @param what - Whose they are, for the error.
 * @throws {InvalidOption} One is out of its bounds, or a header is Celery's own.
 * @throws {NotJson} A header or a stamp cannot travel as JSON.
 */
export function checkedOptions(options: StepOptions, what: string): StepOptions {
  const { queue, priority, countdownMs, exclusive, ignoreResult, bundle, headers, stamps } = options;
  if (queue !== undefined) checkQueue(queue, what);
  if (priority !== undefined && !isWithin(priority, 255))
    throw new InvalidOption(
      `the priority of ${what} is ${String(priority)}; it has to be an integer from 0 to 255`,
    );
  if (countdownMs !== undefined) checkCountdown(countdownMs, what);
  if (bundle !== undefined && !(isWithin(bundle, MOST_IN_BUNDLE) && bundle >= 1))
    throw new InvalidOption(
      `the bundle of ${what} is ${String(bundle)}; it has to be an integer from 1 to ${MOST_IN_BUNDLE}`,
    );
  return {
    ...(queue !== undefined && { queue }),
    ...(priority !== undefined && { priority }),
    ...(countdownMs !== undefined && { countdownMs: Math.round(countdownMs) }),
    ...(exclusive === true && { exclusive }),
    ...(ignoreResult === true && { ignoreResult }),
    ...(bundle !== undefined && bundle > 1 && { bundle }),
    ...(headers !== undefined && { headers: checkedHeaders(headers, what) }),
    ...(stamps !== undefined && { stamps: checkedStamps(stamps, what) }),
  };
}

/** Calls in one message: more gains nothing. */
export const MOST_IN_BUNDLE = 1_000;

function checkQueue(queue: string, what: string): void {
  const bytes = typeof queue === "string" ? new TextEncoder().encode(queue).length : 0;
  if (bytes < 1 || bytes > 255)
    throw new InvalidOption(
      `the queue of ${what} is ${JSON.stringify(queue)}; it has to be text of 1 to 255 bytes`,
    );
}

function checkCountdown(countdownMs: number, what: string): void {
  if (typeof countdownMs === "number" && countdownMs >= 0 && countdownMs <= TEN_YEARS_MS) return;
  throw new InvalidOption(
    `the countdownMs of ${what} is ${String(countdownMs)}; it has to be milliseconds from 0 to ten years`,
  );
}

function checkedHeaders(headers: JsonObject, what: string): JsonObject {
  const reserved = Object.keys(headers).find(isReservedHeader);
  if (reserved === undefined) return toJson(headers, `the headers of ${what}`) as JsonObject;
  throw new InvalidOption(
    `the header "${reserved}" of ${what} is one of the protocol's own; give it another name`,
  );
}

/** n.b. Python keeps a stamp among the options of a signature, under its name. */
function checkedStamps(stamps: JsonObject, what: string): JsonObject {
  const taken = Object.keys(stamps).find((name) => OPTION_NAMES.has(name) || isReservedHeader(name));
  if (taken === undefined) return toJson(stamps, `the stamps of ${what}`) as JsonObject;
  throw new InvalidOption(
    `the stamp "${taken}" of ${what} has the name of one of Celery's options; give it another`,
  );
}

function isWithin(value: number, most: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= most;
}

/**
 * A call with these options over its own; headers name by name, and what is stamped stays.
 *
 * n.b. These are said of the call itself: they win. What is said of an arrangement is inherited, see {@link inherited}.
 */
export function overridden(own: StepOptions, options: StepOptions): StepOptions {
  return {
    ...own,
    ...options,
    ...mergedMaps({ ...own.headers, ...options.headers }, { ...options.stamps, ...own.stamps }),
  };
}

/**
 * What is said of an arrangement, for its steps that do not say otherwise themselves. A countdown delays where it
 * begins: the first step of a chain, every member of a group, and so never the step that joins a group.
 */
export function inherited(node: Node, options: StepOptions): Node {
  const { countdownMs, ...others } = options;
  const scoped =
    Object.keys(others).length === 0 ? node : mapTasks(node, (task) => withDefaults(task, others));
  return countdownMs === undefined ? scoped : mapFirst(scoped, (task) => withDefaults(task, { countdownMs }));
}

/** Stamps on every call of a node, on those of its links, and on its undos; what is stamped already stays. */
export function stamped(node: Node, stamps: JsonObject): Node {
  const inLinks = (links: readonly Node[]): readonly Node[] => links.map((link) => stamped(link, stamps));
  return mapTasks(node, ({ callbacks, errbacks, ownErrbacks, compensate, ...task }) => ({
    ...withDefaults(task, { stamps }),
    ...(compensate && { compensate: stamped(compensate, stamps) as TaskNode }),
    ...(callbacks && { callbacks: inLinks(callbacks) }),
    ...(errbacks && { errbacks: inLinks(errbacks) }),
    ...(ownErrbacks && { ownErrbacks: inLinks(ownErrbacks) }),
  }));
}

/** Every task of a node changed; its links are no part of it. */
function mapTasks(node: Node, change: (task: TaskNode) => TaskNode): Node {
  switch (node.kind) {
    case "task":
      return change(node);
    case "chain":
      return { ...node, steps: node.steps.map((step) => mapTasks(step, change)) };
    case "group":
      return mapMembers(node, (member) => mapTasks(member, change));
  }
}

/** The tasks with which a node begins, changed: what gets the result of the step before it. */
export function mapFirst(node: Node, change: (task: TaskNode) => TaskNode): Node {
  switch (node.kind) {
    case "task":
      return change(node);
    case "group":
      return mapMembers(node, (member) => mapFirst(member, change));
    case "chain": {
      const [first, ...rest] = stepsOf(node);
      return first === undefined ? node : { kind: "chain", steps: [mapFirst(first, change), ...rest] };
    }
  }
}

/** The members of a group changed, and what it makes members of. */
export function mapMembers(group: GroupNode, change: (member: Node) => Node): GroupNode {
  const { each } = group;
  const members = group.members.map(change);
  return each === undefined
    ? { ...group, members }
    : { ...group, members, each: { ...each, step: change(each.step) } };
}

function withDefaults(task: TaskNode, options: StepOptions): TaskNode {
  const own = task.options;
  const maps = mergedMaps({ ...options.headers, ...own.headers }, { ...options.stamps, ...own.stamps });
  return { ...task, options: { ...options, ...own, ...maps } };
}

function mergedMaps(headers: JsonObject, stamps: JsonObject): Pick<StepOptions, "headers" | "stamps"> {
  return {
    ...(Object.keys(headers).length > 0 && { headers }),
    ...(Object.keys(stamps).length > 0 && { stamps }),
  };
}

const TEN_YEARS_MS = 10 * 365 * 24 * 3_600_000;

/** Options of Celery's that a stamp of the same name would change. */
const OPTION_NAMES = new Set([
  ...[
    "task_id",
    "queue",
    "exchange",
    "routing_key",
    "priority",
    "countdown",
    "headers",
    "link",
    "link_error",
  ],
  ...["serializer", "retry", "retry_policy", "time_limit", "soft_time_limit", "chain", "chord", "reply_to"],
  "ignore_result",
  ...[
    "group_id",
    "immutable",
    "add_to_parent",
    "producer",
    "connection",
    "router",
    "result_cls",
    "publisher",
  ],
]);
