import { withArguments, withKeywords } from "../arguments.ts";
import { InvalidFlow } from "../errors.ts";
import type { Json, JsonObject } from "../json.ts";
import { withErrorLink, withLink } from "../links.ts";
import { EACH_TASK, GATHER_TASK } from "../message.ts";
import type { GroupNode, Node, TaskNode } from "../node.ts";
import { asNode, stepsOf } from "../node.ts";
import { mapFirst, overridden } from "../options.ts";
import { STARMAP_TASK } from "../message.ts";
import type { Policy } from "../policy.ts";
import { checkedPolicy } from "../policy.ts";
import { OWN_ERRORS_OPTION, POLICY_OPTION, readOptions } from "./call-options.ts";
import { Malformed, asCount, asList, asMap, asText } from "./form.ts";

/**
 * A flow from Celery's signature objects, in every form that Celery writes them. The ids of one that was frozen are not
 * kept: a flow has its ids from whoever sends it.
 *
 * @throws {InvalidFlow} It is no signature; the message says where it is not.
 */
export function signatureToFlow(signature: unknown): Node {
  try {
    return read(copied(signature));
  } catch (error) {
    if (error instanceof Malformed)
      throw new InvalidFlow(`this is no signature of Celery's: ${error.message}`);
    throw error;
  }
}

/** n.b. Dates and bytes are in Celery's dialect already, in whatever was JSON before. */
function copied(signature: unknown): Json {
  try {
    return JSON.parse(JSON.stringify(signature) ?? "null") as Json;
  } catch (error) {
    throw new Malformed(`it is not JSON (${error instanceof Error ? error.message : String(error)})`);
  }
}

interface Signature {
  readonly task: string;
  readonly args: readonly Json[];
  readonly kwargs: JsonObject;
  readonly options: JsonObject;
  readonly immutable: boolean;
}

function read(json: Json): Node {
  const fields = asMap(json, "a signature");
  const task = asText(fields["task"], "task of a signature");
  const signature: Signature = {
    task,
    args: asList(fields["args"] ?? [], `args of ${task}`),
    kwargs: asMap(fields["kwargs"] ?? {}, `kwargs of ${task}`),
    options: asMap(fields["options"] ?? {}, `options of ${task}`),
    immutable: fields["immutable"] === true,
  };
  const node = readKind(signature, fields["subtask_type"] ?? null);
  const { chain: tail } = signature.options;
  if (!Array.isArray(tail) || tail.length === 0) return node;
  return asNode([node, ...(tail as readonly Json[]).toReversed().map(read)].flatMap(stepsOf));
}

function readKind(signature: Signature, kind: Json): Node {
  const { task, kwargs } = signature;
  switch (kind) {
    case "chain":
      return scoped(signature, readSteps(kwargs["tasks"], "tasks of a chain"));
    case "group":
      return scoped(signature, readGroup(kwargs["tasks"], signature.options));
    case "chord":
      return scoped(signature, readChord(kwargs, signature.options));
    default:
      if (task === EACH_TASK) return scoped({ ...signature, kwargs: {} }, readEach(kwargs));
      return task === "celery.chunks" ? readChunks(signature) : readTask(signature);
  }
}

function readSteps(tasks: Json | undefined, what: string): Node {
  return regular(asList(tasks, what).map(read));
}

function readGroup(tasks: Json | undefined, { [POLICY_OPTION]: policy = "all" }: JsonObject): GroupNode {
  const members = asList(tasks, "tasks of a group").map(read);
  const checked = checkedPolicy(policy as Policy);
  return { kind: "group", members, ...(checked !== "all" && { policy: checked }) };
}

/** n.b. A chord that was made in this process has a list of members; one that was frozen, a group. */
function readChord({ header, body }: JsonObject, options: JsonObject): Node {
  const members = Array.isArray(header) ? (header as Json) : membersOf(asMap(header, "header of a chord"));
  const { countdown: _ofTheHeader, ...bodyOptions } = withoutIds(options);
  const { options: own, foreign } = readOptions(bodyOptions, "a chord");
  return regular([
    readGroup(members, options),
    mapFirst(read(body ?? null), (call) => withCallOptions(call, own, foreign)),
  ]);
}

function membersOf(header: JsonObject): Json {
  if (header["subtask_type"] !== "group") return [header];
  return asMap(header["kwargs"], "kwargs of a chord's header")["tasks"] ?? null;
}

function readEach({ step, size, policy = "all" }: JsonObject): GroupNode {
  const checked = checkedPolicy(policy as Policy);
  const each = {
    step: read(step ?? null),
    ...(size !== undefined && { size: asCount(size, Infinity, "size of each") }),
  };
  return { kind: "group", members: [], each, ...(checked !== "all" && { policy: checked }) };
}

/** A message a chunk, as Celery's `chunks(…).group()`. */
function readChunks({ kwargs, options }: Signature): GroupNode {
  const items = asList(kwargs["it"], "it of chunks");
  const size = asCount(kwargs["n"], Infinity, "n of chunks") || items.length || 1;
  const count = Math.ceil(items.length / size);
  const members = Array.from({ length: count }, (_, i) =>
    readTask({
      task: STARMAP_TASK,
      args: [],
      kwargs: { task: kwargs["task"] ?? null, it: items.slice(i * size, (i + 1) * size) },
      options,
      immutable: true,
    }),
  );
  return { kind: "group", members };
}

function readTask({ task, args, kwargs, options, immutable }: Signature): TaskNode {
  const { [OWN_ERRORS_OPTION]: own = 0, ...said } = withoutIds(options);
  const { options: known, link, linkError, foreign } = readOptions(said, task);
  const shared = linkError.length - (typeof own === "number" ? own : 0);
  return {
    kind: "task",
    task,
    args,
    kwargs,
    immutable,
    options: known,
    ...linksNamed("callbacks", link),
    ...linksNamed("errbacks", linkError.slice(0, Math.max(0, shared))),
    ...linksNamed("ownErrbacks", linkError.slice(Math.max(0, shared))),
    ...(Object.keys(foreign).length > 0 && { foreign }),
  };
}

type LinkField = "callbacks" | "errbacks" | "ownErrbacks";

function linksNamed(field: LinkField, links: readonly Json[]): Partial<Record<LinkField, readonly Node[]>> {
  return links.length === 0 ? {} : { [field]: links.map(read) };
}

/** What is said of an arrangement, where Celery would have it: on the calls that it begins with, and on its links. */
function scoped({ task, args, kwargs, options }: Signature, node: Node): Node {
  const { tasks: _tasks, header: _header, body: _body, kwargs: _kwargs, ...named } = kwargs;
  const { options: own, link, linkError, foreign } = readOptions(withoutIds(options), task);
  const bound = withKeywords(withArguments(node, args), named);
  const begun = mapFirst(bound, (call) => withCallOptions(call, own, foreign));
  const linked = link.map(read).reduce(withLink, begun);
  return linkError.map(read).reduce(withErrorLink, linked);
}

function withCallOptions(call: TaskNode, own: TaskNode["options"], foreign: JsonObject): TaskNode {
  const options = overridden(call.options, own);
  if (Object.keys(foreign).length === 0) return { ...call, options };
  return { ...call, options, foreign: { ...call.foreign, ...foreign } };
}

/** n.b. What a flow that was sent has in its options beside the user's: its ids, and its place in the flow. */
function withoutIds(options: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(options).filter(([name]) => !IDS.has(name)));
}

const IDS = new Set([
  ...["task_id", "group_id", "group_index", "root_id", "parent_id", "reply_to", "chord", "chain"],
  ...["chord_size", "replaced_task_nesting", POLICY_OPTION],
]);

/** The steps as a node; a group that is gathered into a record is a group with keys. */
function regular(nodes: readonly Node[]): Node {
  const steps = nodes.flatMap(stepsOf);
  return asNode(
    steps.flatMap((step, k): readonly (TaskNode | GroupNode)[] => {
      const keys = step.kind === "group" ? keysIn(steps[k + 1], step.members.length) : null;
      if (step.kind === "group" && keys !== null) return [{ ...step, keys }];
      return keysIn(step, sizeOf(steps[k - 1])) === null ? [step] : [];
    }),
  );
}

function sizeOf(step: Node | undefined): number {
  return step?.kind === "group" ? step.members.length : -1;
}

/** The keys that this call gathers so many results under; null where it does something else. */
function keysIn(step: Node | undefined, members: number): readonly string[] | null {
  if (step?.kind !== "task" || step.task !== GATHER_TASK) return null;
  const { keys } = step.kwargs;
  const isPlain = [step.callbacks, step.errbacks, step.ownErrbacks].every((links) => links === undefined);
  const isNamed =
    Array.isArray(keys) && keys.length === members && keys.every((key) => typeof key === "string");
  return isPlain && isNamed ? keys : null;
}
