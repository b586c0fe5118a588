import type { Json, JsonObject } from "../json.ts";
import type { Continuation } from "../message.ts";
import { START_TASK } from "../message.ts";
import type { PackedNode } from "../packed-plan.ts";
import { packPlan, unpackPlan } from "../packed-plan.ts";
import type { Policy } from "../policy.ts";
import { checkedPolicy } from "../policy.ts";
import { Malformed, asBoolean, asCount, asList, asMap, asNumber, asText, shown } from "./form.ts";
import { MOST_TURNS, asArrival, asCompensating } from "./umbel-header.ts";

/** Keyword arguments of `umbel.start`: the steps to begin with, which start with a group. */
export function startKwargs(next: Continuation): JsonObject {
  const steps = next.steps.map(packPlan) as unknown as readonly Json[];
  const { join, undos } = next as unknown as JsonObject;
  return { steps, join: join ?? null, ...(undos !== undefined && { undos }) };
}

/**
 * The plan in the keyword arguments of `umbel.start`.
 *
 * @throws {Malformed} It is not what {@link startKwargs} gives.
 */
export function parseStart({ steps, join, undos }: JsonObject): Continuation {
  const list = asList(steps, `steps of ${START_TASK}`);
  list.forEach(checkNode);
  if (undos !== undefined) asList(undos, `undos of ${START_TASK}`).forEach(checkNode);
  return {
    ...(undos !== undefined && { undos: undos as unknown as NonNullable<Continuation["undos"]> }),
    steps: (list as unknown as readonly PackedNode[]).map(unpackPlan),
    join: join === null || join === undefined ? null : asArrival(join),
  };
}

/** That this is a {@link PackedNode}; what else it has stays, and is from a version that knows more. */
function checkNode(json: Json): void {
  const node = asMap(json, "a step");
  switch (node["kind"]) {
    case "task":
      return checkTask(node);
    case "chain":
      return checkChain(node);
    case "group":
      return checkGroup(node);
    case "rest":
      return checkRest(node);
    default:
      throw new Malformed(`kind of a step is ${shown(node["kind"])}, which this version does not know`);
  }
}

function checkChain({ steps }: JsonObject): void {
  const list = asList(steps, "steps of a chain");
  if (list.length === 0) throw new Malformed("a chain has no steps");
  list.forEach(checkNode);
}

function checkGroup({ id, members, keys, policy, each }: JsonObject): void {
  asText(id, "id of a group");
  const length = checkMembers(members);
  if (policy !== undefined) checkPolicy(policy);
  if (each !== undefined) checkEach(asMap(each, "each of a group"));
  if (keys === undefined) return;
  const named = asList(keys, "keys of a group");
  named.forEach((key) => asText(key, "a key of a group"));
  if (named.length !== length)
    throw new Malformed(`a group has ${length} members and ${named.length} keys, not one for each`);
}

/** @returns How many there are. */
function checkMembers(members: Json | undefined): number {
  if (typeof members === "object" && members !== null && "call" in members) return checkAlike(members);
  const list = asList(members, "members of a group");
  list.forEach(checkNode);
  return list.length;
}

function checkAlike({ call, args }: JsonObject): number {
  const { kind, ...task } = asMap(call, "call of a group's members");
  if (kind !== "task") throw new Malformed(`call of a group's members is ${shown(kind)}, not a task`);
  checkTask({ ...task, id: "", args: [] });
  const lists = asList(args, "args of a group's members");
  lists.forEach((list) => asList(list, "args", "a group's member"));
  return lists.length;
}

function checkEach({ step, size, queue }: JsonObject): void {
  checkPlain(step ?? null);
  asText(queue, "queue of each");
  if (size !== undefined) asCount(size, Infinity, "size of each");
}

/** That this is a `Node`: a step that has no ids yet. */
function checkPlain(json: Json): void {
  const { id: _id, ...node } = asMap(json, "a step of each");
  switch (node["kind"]) {
    case "task":
      return checkTask({ ...node, id: "", callbacks: [], errbacks: [], ownErrbacks: [] });
    case "chain":
      return asList(node["steps"], "steps of a chain").forEach(checkPlain);
    case "group":
      return checkPlainGroup(node);
    default:
      throw new Malformed(`kind of a step is ${shown(node["kind"])}, which this version does not know`);
  }
}

function checkPlainGroup({ each, ...group }: JsonObject): void {
  asList(group["members"], "members of a group").forEach(checkPlain);
  checkGroup({ ...group, id: "", members: [], ...(group["keys"] !== undefined && { keys: [] }) });
  if (each !== undefined) checkEach({ queue: "", ...asMap(each, "each of a group") });
}

function checkPolicy(policy: Json): void {
  try {
    checkedPolicy(policy as Policy);
  } catch (error) {
    throw new Malformed((error as Error).message);
  }
}

function checkRest({ id, ends, queue, isCounted }: JsonObject): void {
  asText(id, "id of the rest");
  asList(ends, "ends of the rest").forEach((end) => asText(end, "an end of the rest"));
  if (queue !== undefined) asText(queue, "queue of the rest");
  if (isCounted !== undefined) asBoolean(isCounted, "isCounted of the rest");
}

function checkTask(node: JsonObject): void {
  const name = asText(node["task"], "task of a step");
  asText(node["id"], "id", name);
  asList(node["args"], "args", name);
  asMap(node["kwargs"], "kwargs", name);
  asBoolean(node["immutable"], "immutable", name);
  checkOptions(asMap(node["options"], "options", name), name);
  const { compensation, turn, claim, callbacks, errbacks, ownErrbacks, foreign } = node;
  if (compensation !== undefined) asCompensating(compensation, `compensation of ${name}`);
  if (turn !== undefined) asCount(turn, MOST_TURNS, "turn", name);
  if (claim !== undefined) asText(claim, "claim", name);
  if (callbacks !== undefined) asList(callbacks, "callbacks", name).forEach(checkNode);
  if (errbacks !== undefined) asList(errbacks, "errbacks", name).forEach(checkNode);
  if (ownErrbacks !== undefined) asList(ownErrbacks, "ownErrbacks", name).forEach(checkNode);
  if (foreign !== undefined) asMap(foreign, "foreign", name);
}

function checkOptions(
  { queue, priority, countdownMs, exclusive, ignoreResult, bundle, headers, stamps }: JsonObject,
  task: string,
): void {
  if (queue !== undefined) asText(queue, "queue", task);
  if (priority !== undefined) asNumber(priority, "priority", task);
  if (countdownMs !== undefined) asNumber(countdownMs, "countdownMs", task);
  if (exclusive !== undefined) asBoolean(exclusive, "exclusive", task);
  if (ignoreResult !== undefined) asBoolean(ignoreResult, "ignoreResult", task);
  if (bundle !== undefined) asNumber(bundle, "bundle", task);
  if (headers !== undefined) asMap(headers, "headers", task);
  if (stamps !== undefined) asMap(stamps, "stamps", task);
}
