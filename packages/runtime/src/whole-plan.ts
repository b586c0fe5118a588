import type {
  Backend,
  PlacedGroup,
  PlacedNode,
  PlacedRest,
  PlacedTask,
  StoredTask,
  WholePlan,
} from "@umbel/core";
import { resultId, stepsOfText, unpackIds } from "@umbel/core";
import { addedTo, placeTakers, spread } from "@umbel/canvas";

/** A plan with all that it refers to, and what could not be had of that, in words. */
export interface Assembled extends WholePlan {
  readonly missing: readonly string[];
}

/** What a plan is made whole with. */
export interface Parts {
  readonly backend: Backend;
  /** What is stored of the flow's tasks. */
  readonly stored: ReadonlyMap<string, StoredTask>;
}

/**
 * The whole of a plan: its pages, the members that each `each` came to have and that members added, and what took the
 * place of tasks.
 */
export async function wholePlan(plan: PlacedNode, { backend, stored }: Parts): Promise<Assembled> {
  const assembly = new Assembly(backend, stored);
  const takers = new Map<string, PlacedNode>();
  for (const [id, { replaced }] of stored) {
    const steps = replaced ? placeTakers(replaced) : [];
    if (steps.length > 0) takers.set(id, await assembly.node({ kind: "chain", steps }));
  }
  return { plan: await assembly.node(plan), takers, missing: assembly.missing };
}

class Assembly {
  readonly missing: string[] = [];
  readonly #backend: Backend;
  readonly #stored: ReadonlyMap<string, StoredTask>;
  #sizes: ReadonlyMap<string, number> | null = null;

  constructor(backend: Backend, stored: ReadonlyMap<string, StoredTask>) {
    this.#backend = backend;
    this.#stored = stored;
  }

  async node(node: PlacedNode): Promise<PlacedNode> {
    switch (node.kind) {
      case "task":
        return this.#task(node);
      case "group":
        return this.#group(node);
      case "chain":
        return { kind: "chain", steps: await this.#steps(node.steps) };
      case "rest":
        return { kind: "chain", steps: await this.#steps([node]) };
    }
  }

  async #task(task: PlacedTask): Promise<PlacedTask> {
    const { callbacks, errbacks, ownErrbacks } = task;
    if (isWhole(task)) return task;
    return {
      ...task,
      ...(callbacks && { callbacks: await this.#all(callbacks) }),
      ...(errbacks && { errbacks: await this.#all(errbacks) }),
      ...(ownErrbacks && { ownErrbacks: await this.#all(ownErrbacks) }),
    };
  }

  async #group(group: PlacedGroup): Promise<PlacedGroup> {
    const { each } = group;
    const known = each === undefined ? group : spread({ ...group, each }, await this.#sizeOf(group));
    const members = await this.#all(known.members);
    return { ...known, members: [...members, ...(await this.#addedTo(members))] };
  }

  /** n.b. Where the plan is gone its group has all tasks, the added ones among them. */
  async #addedTo(members: readonly PlacedNode[]): Promise<readonly PlacedNode[]> {
    const added = addedTo(members, (id) => this.#stored.get(id)?.record?.outcome);
    if (added.length === 0) return added;
    const known = new Set(members.map(resultId));
    return this.#all(added.filter((step) => !known.has(resultId(step))));
  }

  /** n.b. Each page refers to the next one as its last step: this is a loop, so that no chain is too long for it. */
  async #steps(steps: readonly PlacedNode[]): Promise<readonly PlacedNode[]> {
    const whole: PlacedNode[] = [];
    const left = [...steps].toReversed();
    for (let step = left.pop(); step !== undefined; step = left.pop()) {
      if (step.kind === "rest") left.push(...(await this.#page(step)).toReversed());
      else whole.push(await this.node(step));
    }
    return whole;
  }

  async #page(rest: PlacedRest): Promise<readonly PlacedNode[]> {
    const text = await this.#backend.plans.load(rest.id);
    if (text !== null) return stepsOfText(text);
    const tasks = unpackIds(rest.ends).map(taskOf);
    this.missing.push(
      `the page ${rest.id} of the plan is gone: its ${tasks.length} tasks are shown one after the other`,
    );
    return tasks;
  }

  /** How many members an `each` came to have: its join knows; where that is gone, those of which something is stored. */
  async #sizeOf({ id }: PlacedGroup): Promise<number> {
    const join = await this.#backend.joins.read(id);
    if (join !== null) return join.size;
    this.#sizes ??= sizesIn(this.#stored.keys());
    return this.#sizes.get(id) ?? 0;
  }

  async #all(nodes: readonly PlacedNode[]): Promise<readonly PlacedNode[]> {
    if (nodes.every(isWhole)) return nodes;
    const whole: PlacedNode[] = [];
    for (const node of nodes) whole.push(await this.node(node));
    return whole;
  }
}

/** A task that nothing hangs on: of a hundred thousand members most are, and need no promise each. */
function isWhole(node: PlacedNode): boolean {
  if (node.kind !== "task") return false;
  return [node.callbacks, node.errbacks, node.ownErrbacks].every((links) => links === undefined);
}

/** How many children each id has at least, by the ids of which something is stored. */
function sizesIn(ids: Iterable<string>): ReadonlyMap<string, number> {
  const sizes = new Map<string, number>();
  for (const id of ids) {
    for (let dot = id.indexOf("."); dot >= 0; dot = id.indexOf(".", dot + 1)) {
      const [parent, child] = [id.slice(0, dot), Number.parseInt(id.slice(dot + 1), 10)];
      if (child >= (sizes.get(parent) ?? 0)) sizes.set(parent, child + 1);
    }
  }
  return sizes;
}

/** What is known of a task whose step is gone: its id. */
export function taskOf(id: string): PlacedTask {
  return { kind: "task", id, task: "unknown", args: [], kwargs: {}, immutable: false, options: {} };
}
