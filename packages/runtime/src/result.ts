import { setMaxListeners } from "node:events";
import type {
  AsyncResult,
  Backend,
  CancelOptions,
  Compensation,
  DrawFormat,
  DrawOptions,
  EventsOptions,
  Failure,
  FlowEvent,
  GetOptions,
  Json,
  OutcomeRecord,
  PlacedGroup,
  PlacedNode,
  PlacedTask,
  ResultStore,
  StoredTask,
} from "@umbel/core";
import {
  GATHER_TASK,
  FlowCancelled,
  NO_REASON,
  ResultIgnored,
  ResultTimeout,
  TaskFailed,
  collected,
  combinedState,
  compensationId,
  drawSent,
  fromJson,
  isCancel,
  isCompensated,
  isIgnored,
  isTerminal,
} from "@umbel/core";
import { checkedReason } from "./cancel.ts";
import type { Environment } from "./environment.ts";
import { eventsOf } from "./flow-events.ts";
import type { ReplyQueue } from "./reply-queue.ts";

/** Where results come from. */
export interface ResultSources {
  readonly results: ResultStore;
  readonly replies: ReplyQueue;
  readonly backend: Backend;
  readonly environment: Environment;
}

/** The result of a flow that ended in this step, with that of the step before it as its parent. */
export function resultOf(plan: PlacedNode, said: Omit<Sent, "isCompensated">): AsyncResult<unknown> {
  const { isExpected = true, input } = said;
  const sent = { ...said, isCompensated: isCompensated(plan) };
  return build(plan, { parent: null, isExpected, line: plan, length: 1, input }, sent);
}

const NONE = (): readonly FlowResult[] => [];

/** What all results of one flow share. */
export interface Sent {
  /** The flow's id. */
  readonly flow: string;
  /** Whether its outcome will be pushed to this process; default true. */
  readonly isExpected?: boolean;
  /** Whether steps of it may have to be undone. */
  readonly isCompensated: boolean;
  /** What the flow was sent with. */
  readonly input: readonly Json[];
  readonly published: Promise<void>;
  /** Ends the flow. */
  readonly cancel: (reason: string) => Promise<void>;
  /** Opens what is needed to ask. */
  readonly connect: () => Promise<ResultSources>;
}

/** Where in its flow a result is. */
interface Place {
  /** The result of the step before it. */
  readonly parent: FlowResult | null;
  /** Whether its outcome will be pushed. */
  readonly isExpected: boolean;
  /** The chain that it is a step of: the flow, or a member of a group; null for itself, where it is alone. */
  readonly line: PlacedNode | null;
  /** Steps of that line up to this one. */
  readonly length: number;
  /** What the line is given; null for the result of the step before it. */
  readonly input: readonly Json[] | null;
}

function build(node: PlacedNode, place: Place, sent: Sent): FlowResult {
  switch (node.kind) {
    case "task":
      return new FlowResult(node, NONE, place, sent);
    case "group": {
      const inside = { ...place, input: place.length === 1 ? place.input : null, length: 1 };
      const alone = { ...inside, line: null };
      const members = (): readonly FlowResult[] =>
        node.members.map((member) =>
          build(member, member.kind === "task" ? alone : { ...inside, line: member }, sent),
        );
      return new FlowResult(node, members, place, sent);
    }
    case "chain": {
      const last = node.steps.length - 1;
      return node.steps.reduce<FlowResult | null>((before, step, i) => {
        const isExpected = place.isExpected && i === last;
        const here = { ...place, parent: before, isExpected, length: i + 1 };
        // n.b. who the members of such a group are is known where it begins; its body has what they come to.
        if (step.kind === "group" && step.each !== undefined) return before;
        const one = gathered(node.steps[i - 1], step, here, sent);
        return (
          one ??
          build(step, { ...here, parent: isDecided(node.steps[i - 1]) ? skipped(before) : before }, sent)
        );
      }, place.parent) as FlowResult;
    }
    case "rest":
      throw new Error("a result is made from the whole plan, before it is cut into pages");
  }
}

/** Whether what a group comes to is decided by its policy: only what follows it is told. */
function isDecided(step: PlacedNode | undefined): boolean {
  return step?.kind === "group" && step.policy !== undefined;
}

function skipped(result: FlowResult | null): FlowResult | null {
  return result?.parent ?? null;
}

/** The result of a step that only gathers what the group before it came to: to the user the two are one. */
function gathered(
  before: PlacedNode | undefined,
  step: PlacedNode,
  place: Place,
  sent: Sent,
): FlowResult | undefined {
  const isOne = before?.kind === "group" && before.each === undefined;
  if (!isOne || place.parent === null || step.kind !== "task" || step.task !== GATHER_TASK) return undefined;
  const { parent } = place;
  return new FlowResult(step, () => parent.children, { ...place, parent: place.parent.parent }, sent);
}

/** n.b. It holds its part of the plan for as long as somebody holds it: that is what is drawn. */
class FlowResult implements AsyncResult<unknown> {
  readonly id: string;
  readonly parent: FlowResult | null;
  readonly #members: () => readonly FlowResult[];
  #children: readonly FlowResult[] | null = null;
  readonly #node: PlacedTask | PlacedGroup;
  readonly #place: Place;
  readonly #sent: Sent;

  constructor(
    node: PlacedTask | PlacedGroup,
    members: () => readonly FlowResult[],
    place: Place,
    sent: Sent,
  ) {
    this.id = node.id;
    this.#members = members;
    this.parent = place.parent;
    this.#node = node;
    this.#place = place;
    this.#sent = sent;
  }

  /** n.b. Made when somebody asks: a group may have many members, and its own result needs none of them. */
  get children(): readonly FlowResult[] {
    this.#children ??= this.#members();
    return this.#children;
  }

  get flow(): string {
    return this.#sent.flow;
  }

  get published(): Promise<void> {
    return this.#sent.published;
  }

  get(options: GetOptions = {}): Promise<unknown> {
    return this.#within(options, this.id, (signal) => this.#value(signal));
  }

  async compensation(options: GetOptions = {}): Promise<Compensation> {
    if (!this.#sent.isCompensated) return { undone: [], failed: [] };
    const id = compensationId(this.#sent.flow);
    return this.#within(options, id, (signal) => this.#compensation(id, signal));
  }

  async #compensation(id: string, signal: AbortSignal | undefined): Promise<Compensation> {
    const { isExpected = true, published } = this.#sent;
    const { replies } = await this.#connect();
    const { outcome } = await replies.wait(id, { signal, isExpected, published });
    if (outcome.state === "FAILURE") throw new TaskFailed(outcome.failure);
    return fromJson(outcome.value) as Compensation;
  }

  async #within<Value>(
    { timeoutMs, signal }: GetOptions,
    id: string,
    wait: (signal: AbortSignal | undefined) => Promise<Value>,
  ): Promise<Value> {
    const timeout = timeoutMs === undefined ? undefined : new AbortController();
    const timer =
      timeout && setTimeout(() => timeout.abort(new ResultTimeout(id, timeoutMs ?? 0)), timeoutMs);
    const signals = [signal, timeout?.signal].filter((each) => each !== undefined);
    const either = signals.length === 0 ? undefined : AbortSignal.any(signals);
    if (either) setMaxListeners(0, either); // each member of a group listens to it
    try {
      return await orAborted(wait(either), either);
    } finally {
      clearTimeout(timer);
    }
  }

  async state(): Promise<string> {
    const states = await this.#states();
    return this.#node.kind === "task" ? (states[0] ?? "PENDING") : combinedState(states);
  }

  async ready(): Promise<boolean> {
    return (await this.#states()).every(isTerminal);
  }

  async draw(format: DrawFormat = "text", options: DrawOptions = {}): Promise<string> {
    const find = async (ids: readonly string[]): Promise<ReadonlyMap<string, StoredTask>> =>
      (await this.#sent.connect()).results.find(ids);
    const { length, input } = this.#place;
    const line = this.#place.line ?? this.#node;
    const plan = line.kind === "chain" ? { ...line, steps: line.steps.slice(0, length) } : line;
    return drawSent({ plan, input, find }, format, options);
  }

  events(options: EventsOptions = {}): AsyncIterableIterator<FlowEvent> {
    const { line } = this.#place;
    if (line?.kind === "task" && isIgnored(line)) throw new ResultIgnored(line.id, line.task);
    return eventsOf(this.#sent, options);
  }

  async cancel({ reason = NO_REASON }: CancelOptions = {}): Promise<void> {
    await this.#sent.cancel(checkedReason(reason));
  }

  async forget(): Promise<void> {
    const { results, replies } = await this.#sent.connect();
    const ids = this.#leaves().map(({ id }) => id);
    replies.forget(ids);
    await results.forget(ids);
  }

  async #value(signal: AbortSignal | undefined): Promise<unknown> {
    const { tasks, isExpected } = this.#deciders();
    const ignored = tasks.find(isIgnored);
    if (ignored !== undefined) throw new ResultIgnored(ignored.id, ignored.task);
    const { replies } = await this.#connect();
    const ids = tasks.map(({ id }) => id);
    const { published } = this.#sent;
    const records = await replies.waitForAll(ids, { signal, isExpected, published });
    const failures = failuresIn(records);
    const [first] = failures;
    if (first === undefined) return this.#assemble(records);
    const cancelled = failures.find(isCancel);
    if (cancelled !== undefined) throw new FlowCancelled(this.#sent.flow, cancelled.message);
    throw new TaskFailed(this.#node.kind === "group" ? { ...first, errors: failures } : first);
  }

  /** n.b. That the flow cannot be published says more than that its results cannot be asked for. */
  async #connect(): Promise<ResultSources> {
    const { connect, published } = this.#sent;
    try {
      return await connect();
    } catch (error) {
      await published;
      throw error;
    }
  }

  /** @param records - Of all tasks that decide how it ends, in their order. */
  #assemble(records: readonly OutcomeRecord[]): unknown {
    if (this.#node.kind === "task" || !areTasks(this.#node.members))
      return this.#assembleFrom(new Map(records.map((record) => [record.id, record])));
    const { keys, members } = this.#node;
    return collected(keys, members.length === 0 ? [] : records.map(valueOf)); // of none it is another's end that decides
  }

  #assembleFrom(records: ReadonlyMap<string, OutcomeRecord>): unknown {
    if (this.#node.kind === "task") return valueOf(records.get(this.id));
    const values = this.children.map((child) => child.#assembleFrom(records));
    return collected(this.#node.keys, values);
  }

  async #states(): Promise<readonly string[]> {
    const { results } = await this.#sent.connect();
    const ids = this.#deciders().tasks.map(({ id }) => id);
    const found = await results.find(ids);
    return ids.map((id) => found.get(id)?.state ?? "PENDING");
  }

  /** Whose outcomes decide how it ends; of a group of none, that of the step before it. */
  #deciders(): Deciders {
    const { isExpected } = this.#place;
    if (this.#node.kind === "task") return { tasks: [this.#node], isExpected };
    const { members } = this.#node;
    if (members.length === 0)
      return this.parent === null ? { tasks: [], isExpected } : this.parent.#deciders();
    if (areTasks(members)) return { tasks: members, isExpected };
    const inside = this.children.map((child) => child.#deciders());
    const tasks = [...new Set(inside.flatMap((each) => each.tasks))];
    return { tasks, isExpected: inside.every((each) => each.isExpected) };
  }

  #leaves(): readonly FlowResult[] {
    return this.#node.kind === "task" ? [this] : this.children.flatMap((child) => child.#leaves());
  }
}

/** Tasks whose outcomes decide how something ends. */
interface Deciders {
  readonly tasks: readonly PlacedTask[];
  /** Whether they will be pushed. */
  readonly isExpected: boolean;
}

function areTasks(nodes: readonly PlacedNode[]): nodes is readonly PlacedTask[] {
  return nodes.every(({ kind }) => kind === "task");
}

function valueOf(record: OutcomeRecord | undefined): unknown {
  const outcome = record?.outcome;
  return outcome?.state === "SUCCESS" ? fromJson(outcome.value) : undefined;
}

function failuresIn(records: readonly OutcomeRecord[]): readonly Failure[] {
  const failures: Failure[] = [];
  for (const { outcome } of records) if (outcome.state === "FAILURE") failures.push(outcome.failure);
  return failures;
}

/** The promise, or the signal's reason, whichever is first. */
async function orAborted<Value>(promise: Promise<Value>, signal: AbortSignal | undefined): Promise<Value> {
  if (signal === undefined) return promise;
  signal.throwIfAborted();
  let abort: (() => void) | undefined;
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    if (abort) signal.removeEventListener("abort", abort);
  }
}
