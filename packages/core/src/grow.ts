import type { FlowChain, FlowGroup, FlowLink, FlowNode, FlowTask } from "./flow-tree.ts";
import { withoutGathers } from "./joined.ts";
import { fromJson } from "./json.ts";
import type { PlacedGroup, PlacedNode, PlacedTask } from "./node.ts";
import { resultId } from "./node.ts";
import type { StoredTask } from "./results.ts";
import { chainState, groupState, isTerminal } from "./state.ts";
import type { WholePlan } from "./whole-plan.ts";

/**
 * The tree of a flow: its plan with what is stored of each task.
 *
 * @param plan - The whole of it: without references to pages, and with the members that an `each` came to have.
 */
export function grow({ plan, takers }: WholePlan, stored: ReadonlyMap<string, StoredTask>): FlowNode {
  return new Growth(stored, takers).node(plan);
}

type Step = PlacedTask | PlacedGroup;

class Growth {
  readonly #stored: ReadonlyMap<string, StoredTask>;
  readonly #takers: WholePlan["takers"];

  constructor(stored: ReadonlyMap<string, StoredTask>, takers: WholePlan["takers"]) {
    this.#stored = stored;
    this.#takers = takers;
  }

  node(plan: PlacedNode): FlowNode {
    const joined = withoutGathers<PlacedTask, PlacedGroup>(stepsIn(plan));
    const steps = joined.map(({ step, gather }, k) =>
      step.kind === "task" ? this.#task(step) : this.#group(step, gather, joined[k + 1]?.step),
    );
    const [only, ...more] = steps;
    return only !== undefined && more.length === 0 ? only : this.#chain(resultId(plan), steps);
  }

  #task(task: PlacedTask): FlowTask {
    const { state, record, replaced } = this.#stored.get(task.id) ?? NOTHING;
    const takers = this.#takers.get(task.id);
    const isPlanned = takers !== undefined || (task.task !== "unknown" && replaced === undefined);
    const failure = record?.outcome.state === "FAILURE" ? record.outcome.failure : null;
    const [startedAtMs, doneAtMs] = [record?.startedAtMs ?? null, record?.doneAtMs ?? null];
    return {
      kind: "task",
      id: task.id,
      name: isPlanned ? task.task : (record?.task ?? task.task),
      state,
      ...timesOf(startedAtMs, doneAtMs),
      worker: record?.worker ?? null,
      retries: record?.retries ?? 0,
      value: record?.outcome.state === "SUCCESS" ? fromJson(record.outcome.value) : undefined,
      failure,
      isSkipped: failure !== null && failure.id !== task.id,
      replacedBy: takers === undefined ? null : this.node(takers),
      links: [
        ...this.#links("success", task.callbacks),
        ...this.#links("failure", [...(task.errbacks ?? []), ...(task.ownErrbacks ?? [])]),
      ],
    };
  }

  #links(on: FlowLink["on"], links: readonly PlacedNode[] = []): readonly FlowLink[] {
    return links.map((link) => ({ on, root: this.node(link) }));
  }

  #chain(id: string, steps: readonly FlowNode[]): FlowChain {
    const state = chainState(steps.map((step) => step.state));
    return { kind: "chain", id, state, ...spanOf(steps, state), steps };
  }

  /** @param next - The step after it. */
  #group(group: PlacedGroup, gather: PlacedTask | null, next: Step | undefined): FlowGroup {
    const members = group.members.map((member) => this.node(member));
    const joined = gather && this.#task(gather);
    const state =
      joined === null ? this.#stateOf(group, members, next) : this.#stateBefore(joined, group, members);
    return {
      kind: "group",
      id: joined?.id ?? group.id,
      state,
      ...spanOf(members, state),
      keys: group.keys ?? null,
      policy: group.policy ?? "all",
      isEach: group.each !== undefined,
      members,
    };
  }

  /** n.b. Until it is gathered a group goes on: its members may have added others. */
  #stateBefore(gather: FlowTask, group: PlacedGroup, members: readonly FlowNode[]): string {
    if (isTerminal(gather.state)) return gather.state;
    const state = this.#stateOf(group, members, undefined);
    return state === "SUCCESS" ? "STARTED" : state;
  }

  #stateOf({ each, policy }: PlacedGroup, members: readonly FlowNode[], next: Step | undefined): string {
    if (each !== undefined && members.length === 0) return this.#stateOfEmpty(next);
    return groupState(policy ?? "all", members);
  }

  /** Of an each without members, which has not begun, was skipped, or got an empty list: its body tells. */
  #stateOfEmpty(next: Step | undefined): string {
    const body = next === undefined ? undefined : this.#stored.get(next.id);
    if (body === undefined) return "PENDING";
    const { outcome } = body.record ?? {};
    return outcome?.state === "FAILURE" && outcome.failure.id !== next?.id ? "FAILURE" : "SUCCESS";
  }
}

const NOTHING: StoredTask = { state: "PENDING", record: null };

function spanOf(
  parts: readonly FlowNode[],
  state: string,
): Pick<FlowNode, "startedAtMs" | "doneAtMs" | "durationMs"> {
  const started = parts.flatMap(({ startedAtMs }) => (startedAtMs === null ? [] : [startedAtMs]));
  const done = parts.flatMap(({ doneAtMs }) => (doneAtMs === null ? [] : [doneAtMs]));
  const last = isTerminal(state) && done.length > 0 ? done.reduce((a, b) => Math.max(a, b)) : null;
  return timesOf(started.length > 0 ? started.reduce((a, b) => Math.min(a, b)) : null, last);
}

function timesOf(
  startedAtMs: number | null,
  doneAtMs: number | null,
): Pick<FlowNode, "startedAtMs" | "doneAtMs" | "durationMs"> {
  const durationMs = startedAtMs === null || doneAtMs === null ? null : doneAtMs - startedAtMs;
  return { startedAtMs, doneAtMs, durationMs };
}

function stepsIn(node: PlacedNode): readonly Step[] {
  if (node.kind === "rest")
    throw new Error("a tree is grown from the whole plan, without references to pages");
  return node.kind === "chain" ? node.steps.flatMap(stepsIn) : [node];
}
