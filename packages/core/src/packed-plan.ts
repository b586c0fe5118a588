import { childId } from "./ids.ts";
import type { Json } from "./json.ts";
import type { PlacedChain, PlacedGroup, PlacedNode, PlacedRest, PlacedTask } from "./node.ts";

/**
 * A node as it is stored and sent: what members of a group have in common is there once.
 *
 * n.b. Of a hundred characters of a member five are its own, and of a plan of a hundred thousand all is written, sent, read
 * and held by several.
 */
export type PackedNode = PlacedTask | PlacedRest | PackedChain | PackedGroup;

export interface PackedChain extends Omit<PlacedChain, "steps"> {
  readonly steps: readonly PackedNode[];
}

export interface PackedGroup extends Omit<PlacedGroup, "members"> {
  readonly members: readonly PackedNode[] | AlikeCalls;
}

/** Calls that differ only in their arguments, and in their ids, which are their places in the group. */
export interface AlikeCalls {
  readonly call: Omit<PlacedTask, "id" | "args">;
  /** One list a member. */
  readonly args: readonly (readonly Json[])[];
}

export function packPlan(node: PlacedNode): PackedNode {
  switch (node.kind) {
    case "task":
    case "rest":
      return node;
    case "chain":
      return { ...node, steps: node.steps.map(packPlan) };
    case "group":
      return { ...node, members: alikeCalls(node) ?? node.members.map(packPlan) };
  }
}

/** The node that {@link packPlan} was given. n.b. What members have in common they share then. */
export function unpackPlan(node: PackedNode): PlacedNode {
  switch (node.kind) {
    case "task":
    case "rest":
      return node;
    case "chain":
      return { ...node, steps: node.steps.map(unpackPlan) };
    case "group":
      return { ...node, members: membersOf(node) };
  }
}

function membersOf({ id, members }: PackedGroup): readonly PlacedNode[] {
  if (!("call" in members)) return members.map(unpackPlan);
  const { kind, task, kwargs, immutable, options, ...more } = members.call;
  const hasMore = Object.keys(more).length > 0;
  return members.args.map((args, i) => {
    const call: PlacedTask = { kind, task, args, kwargs, immutable, options, id: childId(id, i) };
    return hasMore ? { ...call, ...more } : call; // n.b. a spread costs several times more than one literal
  });
}

/** Null where there is more to its members, or nothing to gain. */
function alikeCalls({ id, members }: PlacedGroup): AlikeCalls | null {
  const [first] = members;
  if (members.length < 2 || first?.kind !== "task") return null;
  const calls = members as readonly PlacedTask[];
  if (!calls.every((call, i) => call.id === childId(id, i) && isAlike(call, first))) return null;
  const { id: _itsPlace, args: _itsOwn, ...call } = first;
  return { call, args: calls.map(({ args }) => args) };
}

/** n.b. Goes by all fields that there are, so that none which is added to a call is lost. */
function isAlike(call: PlacedTask, first: PlacedTask): boolean {
  if (call === first) return true;
  const { kind, task, immutable, kwargs, options } = call;
  if (kind !== first.kind || task !== first.task || immutable !== first.immutable) return false;
  if (!isSame(kwargs, first.kwargs) || !isSame(options, first.options)) return false;
  return fieldsOf(call) === PLAIN ? fieldsOf(first) === PLAIN : hasSameMore(call, first);
}

function hasSameMore(call: PlacedTask, first: PlacedTask): boolean {
  const { id: _itsPlace, args: _itsOwn, kwargs: _same, options: _too, ...more } = call;
  const { id: _place, args: _own, kwargs: _sameToo, options: _also, ...others } = first;
  return isSame(more, others);
}

/** Whether two values are the same, or have the same fields: n.b. the same, not alike. */
function isSame(one: object, other: object): boolean {
  if (one === other) return true;
  let fields = 0;
  for (const name in one) {
    const value = one[name as keyof object] as unknown;
    if (value === undefined || value !== other[name as keyof object]) return false;
    fields += 1;
  }
  return fields === fieldsOf(other);
}

function fieldsOf(object: object): number {
  return Object.keys(object).length;
}

/** Fields of a call of which there is nothing more to say. */
const PLAIN = 7;
