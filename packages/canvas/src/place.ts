import type {
  GroupNode,
  Node,
  PlacedGroup,
  PlacedNode,
  PlacedTask,
  StepOptions,
  TaskNode,
} from "@umbel/core";
import {
  InvalidFlow,
  MAX_MEMBERS,
  MAX_RACERS,
  asNode,
  childId,
  firstCompensated,
  firstTask,
  gatherNode,
  isRacing,
  stepsOf,
  undoId,
} from "@umbel/core";

/**
 * Gives every task and group of a flow its id, from the flow's id and its position.
 *
 * What comes out has a regular form, so that nothing after this has cases:
 * - a chain holds tasks and groups only, and has at least two of them; one without steps is `umbel.gather`, which
 *   returns what it gets;
 * - a chain's last task has the chain's own id, so member i of group g ends under `<g>.<i>`;
 * - a group that something waits for, or that has a policy, is followed by a task: where there is none, by
 *   `umbel.gather`. So a group that nothing follows ends the flow, and has a task in it, or is all that there is;
 * - every task has the queue that it goes to, where that is not Celery's default;
 * - a task with `ignoreResult` is one by whose end nothing goes.
 *
 * @param queue - The queue of tasks that name none.
 * @throws {InvalidFlow} A group of more than `MAX_MEMBERS`.
 */
export function place(node: Node, flow: string, queue = "celery"): PlacedNode {
  if (firstCompensated(node) === undefined) return new Placing(queue, true).node(node, flow, false);
  return withCountedEnd(new Placing(queue, true).node(withOwnEnd(node), flow, true));
}

/** Of a flow that may have to be undone the last call has no undo: a cancel ends it whatever runs (rule 39). */
function withOwnEnd(node: Node): Node {
  const steps = stepsOf(node);
  const last = steps.at(-1);
  const isUndone = last?.kind === "task" && last.compensate !== undefined;
  return isUndone ? asNode([...steps, gatherNode(last)]) : node;
}

function withCountedEnd(plan: PlacedNode): PlacedNode {
  if (plan.kind === "task") return { ...plan, options: kept(plan.options), compensation: "end" };
  if (plan.kind !== "chain") return plan;
  return { ...plan, steps: [...plan.steps.slice(0, -1), ...plan.steps.slice(-1).map(withCountedEnd)] };
}

/** A member that was made while the flow runs: a join waits for it. */
export function placeMember(node: Node, id: string, queue: string): PlacedNode {
  return new Placing(queue, false).node(node, id, true);
}

class Placing {
  readonly #queue: string;
  readonly #isWhole: boolean;

  /** @param isWhole - Whether this is a flow, as it is sent: only its steps can be undone. */
  constructor(queue: string, isWhole: boolean) {
    this.#queue = queue;
    this.#isWhole = isWhole;
  }

  /** @param isAwaited - Whether a join waits for this node, so that it must end in a task. */
  node(node: Node, id: string, isAwaited: boolean): PlacedNode {
    const steps = linked(stepsOf(node), isAwaited);
    const [first, ...more] = steps;
    if (first === undefined) return this.#step(gatherNode(node), id, isAwaited);
    if (more.length === 0) return this.#step(first, id, isAwaited);
    const last = steps.length - 1;
    return {
      kind: "chain",
      steps: steps.map((step, k) =>
        this.#step(
          step,
          k === last && step.kind === "task" ? id : childId(id, k),
          isAwaited || k < last,
          steps[k - 1],
        ),
      ),
    };
  }

  /** @param before - The step before it, whose body it is where that is a group. */
  #step(
    step: TaskNode | GroupNode,
    id: string,
    isFollowed: boolean,
    before?: TaskNode | GroupNode,
  ): PlacedTask | PlacedGroup {
    if (step.kind === "task") return this.#task(step, id, isFollowed || before?.kind === "group");
    const most = isRacing(step.policy) ? MAX_RACERS : MAX_MEMBERS;
    if (step.members.length > most) {
      throw new InvalidFlow(
        `a group has ${step.members.length} members, and ${most} at most can be joined; split it`,
      );
    }
    const { each, ...group } = step;
    const late = each && firstCompensated(each.step);
    if (late !== undefined) throw unknownWhenSent(late);
    return {
      ...group,
      ...(each && { each: { ...each, queue: this.#queue } }),
      id,
      members: step.members.map((member, i) => this.node(member, childId(id, i), isFollowed)),
    };
  }

  /** n.b. Most calls have neither links nor an undo: a spread costs several times more than one literal. */
  #task(node: TaskNode, id: string, isNeeded: boolean): PlacedTask {
    const own = isNeeded || node.options.exclusive === true ? kept(node.options) : node.options;
    const options = this.#queue === "celery" ? own : { queue: this.#queue, ...own };
    if (hasMore(node)) return this.#taskWithMore(node, id, options);
    const { kind, task, args, kwargs, immutable } = node;
    return { kind, task, args, kwargs, immutable, options, id };
  }

  #taskWithMore(
    { callbacks, errbacks, ownErrbacks, compensate, ...task }: TaskNode,
    id: string,
    options: PlacedTask["options"],
  ): PlacedTask {
    if (compensate !== undefined && !this.#isWhole) throw unknownWhenSent(task);
    return {
      ...task,
      id,
      options: kept(options),
      ...(compensate && { compensation: "step", undo: this.#undo(compensate, undoId(id)) }),
      ...(callbacks && { callbacks: this.#links(callbacks, `${id}+link`) }),
      ...(errbacks && { errbacks: this.#links(errbacks, `${id}+error`) }),
      ...(ownErrbacks && { ownErrbacks: this.#links(ownErrbacks, `${id}+failure`) }),
    };
  }

  #undo({ options, ...undo }: TaskNode, id: string): PlacedTask {
    return {
      ...this.#task({ ...undo, options: { ...options, exclusive: true } }, id, true),
      compensation: "undo",
    };
  }

  #links(links: readonly Node[], stem: string): readonly PlacedNode[] {
    const beside = new Placing(this.#queue, false);
    return links.map((link, i) => beside.node(link, childId(stem, i), false));
  }
}

/** The options of a call by whose end something goes. */
function kept(options: StepOptions): StepOptions {
  if (options.ignoreResult === undefined) return options;
  const { ignoreResult: _isNeeded, ...others } = options;
  return others;
}

/** Whether there is more to a call than itself: links, an undo, options that mean nothing here. */
function hasMore({ callbacks, errbacks, ownErrbacks, compensate, foreign }: TaskNode): boolean {
  return (callbacks ?? errbacks ?? ownErrbacks ?? compensate ?? foreign) !== undefined;
}

function unknownWhenSent({ task }: Pick<TaskNode, "task">): InvalidFlow {
  return new InvalidFlow(
    `${task} has an undo where none can be: compensate needs a step known when the flow is sent, none in each, in a ` +
      "link or a handler, or in what ctx.replace takes",
  );
}

/** The steps with a gather wherever a group would be followed by a group, or by whoever waits for the end. */
function linked(
  steps: readonly (TaskNode | GroupNode)[],
  isAwaited: boolean,
): readonly (TaskNode | GroupNode)[] {
  if (steps.every(({ kind }) => kind === "task")) return steps;
  return steps.flatMap((step, k) => {
    if (step.kind === "task") return [step];
    const next = steps[k + 1];
    // n.b. A group without tasks has no outcomes: whether the steps before it failed is known by that of its gather.
    const isDecided = step.policy !== undefined || step.each !== undefined;
    const isLast = isAwaited || isDecided || (k > 0 && firstTask(step) === undefined);
    const needsGather = next === undefined ? isLast : next.kind === "group";
    return needsGather ? [step, gatherNode(step)] : [step];
  });
}
