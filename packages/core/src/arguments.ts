import { InvalidFlow } from "./errors.ts";
import type { Json, JsonObject } from "./json.ts";
import { scalarToJson, toJson } from "./json.ts";
import type { Node, TaskNode } from "./node.ts";
import { stepsOf } from "./node.ts";
import { mapFirst } from "./options.ts";

/**
 * What may be bound: the last arguments, from none to all of them.
 *
 * For `(a: number, b?: string)` that is `[]`, `[a]`, `[b]` or `[a, b]`.
 */
export type Bindable<Params extends readonly unknown[]> = number extends Params["length"]
  ? Params
  : LastArguments<Lengths<Params>>;

/** What a call still needs in front, once `Bound` are its last arguments. */
export type Remaining<
  Params extends readonly unknown[],
  Bound extends readonly unknown[],
> = number extends Params["length"] ? Params : Without<Lengths<Params>, Bound>;

/** `[a, b?]` as the union of what can be passed: `[a] | [a, b]`. */
type Lengths<Params extends readonly unknown[]> = Params extends readonly [...infer _, unknown]
  ? Params // the last one is required, so all are
  : Params extends readonly []
    ? []
    : number extends Params["length"]
      ? Params
      : Required<Params> | Lengths<WithoutLast<Params>>;

type WithoutLast<Params extends readonly unknown[]> = Params extends readonly [...infer Head, _?: unknown]
  ? Head
  : [];

type LastArguments<Params extends readonly unknown[]> =
  | Params
  | (Params extends readonly [unknown, ...infer Tail] ? LastArguments<Tail> : never);

type Without<Params extends readonly unknown[], Bound extends readonly unknown[]> = Bound extends readonly [
  ...infer Rest,
  unknown,
]
  ? Params extends readonly [...infer Head, unknown]
    ? Without<Head, Rest>
    : never
  : Params;

/** The arguments a task is called with: results first, bound arguments last; an immutable call ignores results. */
export function mergeArguments(
  node: Pick<TaskNode, "args" | "immutable">,
  input: readonly Json[],
): readonly Json[] {
  return node.immutable || input.length === 0 ? node.args : [...input, ...node.args];
}

/** A node with more arguments bound, in front of those that are. */
export function withArguments(node: Node, bound: readonly Json[]): Node {
  if (bound.length > 0) checkTakes(node, "arguments");
  return mapFirst(node, (task) => ({ ...task, args: mergeArguments(task, bound) }));
}

/** A node with keyword arguments; these win over the ones there are. */
export function withKeywords(node: Node, named: JsonObject): Node {
  if (Object.keys(named).length > 0) checkTakes(node, "keyword arguments");
  return mapFirst(node, (task) =>
    task.immutable ? task : { ...task, kwargs: { ...task.kwargs, ...named } },
  );
}

/** That each call with which a node begins is there: what is bound to a chain without steps would be lost. */
function checkTakes(node: Node, what: string): void {
  const [first] = stepsOf(node);
  if (first === undefined)
    throw new InvalidFlow(`a chain without steps has no call to bind ${what} to; give it a step`);
  if (first.kind === "group") first.members.forEach((member) => checkTakes(member, what));
}

/**
 * Arguments as they travel.
 *
 * @param of - Whose they are, for the error.
 * @throws {NotJson} Naming the path: `add: args[1].user.born is …`.
 */
export function argumentsToJson(args: readonly unknown[], of: string): readonly Json[] {
  return args.map((arg, i) => scalarToJson(arg) ?? toJson(arg, `${of}: args[${i}]`));
}
