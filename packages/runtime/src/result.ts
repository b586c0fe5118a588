import { setMaxListeners } from "node:events";
import type { AsyncResult, GetOptions, OutcomeRecord, PlacedNode, ResultStore } from "@umbel/core";
import {
  GATHER_TASK,
  ResultTimeout,
  TaskFailed,
  collected,
  fromJson,
  isTerminal,
  resultId,
} from "@umbel/core";
import type { ReplyQueue } from "./reply-queue.ts";

/** Where results come from. */
export interface ResultSources {
  readonly results: ResultStore;
  readonly replies: ReplyQueue;
}

/** The result of a flow that ended in this step, with that of the step before it as its parent. */
export function resultOf(
  plan: PlacedNode,
  published: Promise<void>,
  connect: () => Promise<ResultSources>,
): AsyncResult<unknown> {
  return build(plan, null, true, { published, connect });
}

interface Shared {
  readonly published: Promise<void>;
  /** Opens what is needed to ask. */
  readonly connect: () => Promise<ResultSources>;
}

function build(node: PlacedNode, parent: FlowResult | null, isExpected: boolean, shared: Shared): FlowResult {
  switch (node.kind) {
    case "task":
      return node.task === GATHER_TASK && parent?.isGroup === true
        ? new FlowResult(node.id, parent.children, parent.parent, isExpected, null, shared) // the two are one to the user
        : new FlowResult(node.id, [], parent, isExpected, null, shared);
    case "group": {
      const members = node.members.map((member) => build(member, parent, isExpected, shared));
      const collect = (values: readonly unknown[]): unknown => collected(node.keys, values);
      return new FlowResult(resultId(node), members, parent, isExpected, collect, shared);
    }
    case "chain": {
      const last = node.steps.length - 1;
      return node.steps.reduce<FlowResult | null>((before, step, i) => {
        // n.b. who the members of such a group are is known where it begins; its body has what they come to.
        const isSpread = step.kind === "group" && step.each !== undefined;
        return isSpread ? before : build(step, before, isExpected && i === last, shared);
      }, parent) as FlowResult;
    }
    case "rest":
      throw new Error("a result is made from the whole plan, before it is cut into pages");
  }
}

class FlowResult implements AsyncResult<unknown> {
  readonly id: string;
  readonly children: readonly FlowResult[];
  readonly parent: FlowResult | null;
  readonly #isExpected: boolean;
  /** What the members' values come to; null for a task. */
  readonly #collect: ((values: readonly unknown[]) => unknown) | null;
  readonly #shared: Shared;

  constructor(
    id: string,
    children: readonly FlowResult[],
    parent: FlowResult | null,
    isExpected: boolean,
    collect: ((values: readonly unknown[]) => unknown) | null,
    shared: Shared,
  ) {
    this.id = id;
    this.children = children;
    this.parent = parent;
    this.#isExpected = isExpected;
    this.#collect = collect;
    this.#shared = shared;
  }

  get isGroup(): boolean {
    return this.#collect !== null;
  }

  get published(): Promise<void> {
    return this.#shared.published;
  }

  async get({ timeoutMs, signal }: GetOptions = {}): Promise<unknown> {
    const timeout = timeoutMs === undefined ? undefined : new AbortController();
    const timer =
      timeout && setTimeout(() => timeout.abort(new ResultTimeout(this.id, timeoutMs ?? 0)), timeoutMs);
    const signals = [signal, timeout?.signal].filter((each) => each !== undefined);
    const either = signals.length === 0 ? undefined : AbortSignal.any(signals);
    if (either) setMaxListeners(0, either); // each member of a group listens to it
    try {
      await orAborted(this.published, either);
      return await this.#value(either);
    } finally {
      clearTimeout(timer);
    }
  }

  async state(): Promise<string> {
    const states = await this.#states();
    if (this.#collect === null) return states[0] ?? "PENDING";
    const failed = states.find((state) => state === "FAILURE" || state === "REVOKED");
    if (failed !== undefined) return failed;
    if (states.every((state) => state === "SUCCESS")) return "SUCCESS";
    return states.every((state) => state === "PENDING") ? "PENDING" : "STARTED";
  }

  async ready(): Promise<boolean> {
    return (await this.#states()).every(isTerminal);
  }

  async forget(): Promise<void> {
    const { results, replies } = await this.#shared.connect();
    const ids = this.#leaves().map(({ id }) => id);
    replies.forget(ids);
    await results.forget(ids);
  }

  async #value(signal: AbortSignal | undefined): Promise<unknown> {
    const { replies } = await this.#shared.connect();
    const records = await Promise.all(
      this.#deciders().map((each) => replies.wait(each.id, signal, each.#isExpected)),
    );
    const byId = new Map(records.map((record) => [record.id, record]));
    const failures = records.flatMap(({ outcome }) => (outcome.state === "FAILURE" ? [outcome.failure] : []));
    const [first] = failures;
    if (first === undefined) return this.#assemble(byId);
    throw new TaskFailed(this.#collect !== null ? { ...first, errors: failures } : first);
  }

  #assemble(records: ReadonlyMap<string, OutcomeRecord>): unknown {
    if (this.#collect !== null) return this.#collect(this.children.map((child) => child.#assemble(records)));
    const outcome = records.get(this.id)?.outcome;
    return outcome?.state === "SUCCESS" ? fromJson(outcome.value) : undefined;
  }

  async #states(): Promise<readonly string[]> {
    const { results } = await this.#shared.connect();
    const ids = this.#deciders().map(({ id }) => id);
    const found = await results.find(ids);
    return ids.map((id) => found.get(id)?.state ?? "PENDING");
  }

  /** Whose outcomes decide how it ends; of a group of none, that of the step before it. */
  #deciders(): readonly FlowResult[] {
    if (this.#collect === null) return [this];
    if (this.children.length === 0) return this.parent === null ? [] : this.parent.#deciders();
    return [...new Set(this.children.flatMap((child) => child.#deciders()))];
  }

  #leaves(): readonly FlowResult[] {
    return this.#collect === null ? [this] : this.children.flatMap((child) => child.#leaves());
  }
}

/** The promise, or the signal's reason, whichever is first. */
async function orAborted(promise: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  if (signal === undefined) return promise;
  signal.throwIfAborted();
  let abort: (() => void) | undefined;
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
  });
  try {
    await Promise.race([promise, aborted]);
  } finally {
    if (abort) signal.removeEventListener("abort", abort);
  }
}
