import type { Fault, Turn } from "@umbel/runtime/testing";

/** What a flow is given, who goes first, and what is done to it from outside. */
export interface Plan {
  readonly input: readonly number[];
  readonly seed: number;
  readonly faults: readonly PlannedFault[];
  readonly cancels: readonly PlannedCancel[];
  /** So many workers hear no signals: each may be lost. */
  readonly deaf: number;
  /** Whether every task's first message is delivered twice. */
  readonly isDoubled: boolean;
  /** Characters of a page of the plan; null for a plan that travels whole. */
  readonly page: number | null;
  /** Whether messages are written and read back on their way. */
  readonly isWritten: boolean;
  /** Milliseconds after which how steps ended is written that ran without a message between them; null where each has one. */
  readonly gatherMs: number | null;
}

/** What goes wrong, so many turns of clients and of workers after the fault before it. */
export interface PlannedFault {
  readonly after: number;
  readonly kind: Fault;
}

/** A cancel, so many turns of clients and of workers after the cancel before it. */
export interface PlannedCancel {
  readonly after: number;
  /** By the result of whoever sent the flow, or by its id, from another process, which may die of it. */
  readonly by: "result" | "id";
}

/** Says at each turn what goes wrong. */
export function faultsInOrder(faults: readonly PlannedFault[]): (turn: Turn) => Fault | undefined {
  const next = inOrder(faults, ({ kind }, turn) => canStrike(kind, turn));
  return (turn) => next(turn)?.kind;
}

/** Says at each turn who cancels. */
export function cancelsInOrder(cancels: readonly PlannedCancel[]): (turn: Turn) => PlannedCancel | undefined {
  return inOrder(cancels, () => true);
}

function inOrder<Planned extends { readonly after: number }>(
  planned: readonly Planned[],
  canHappen: (planned: Planned, turn: Turn) => boolean,
): (turn: Turn) => Planned | undefined {
  const left = [...planned];
  let turns = 0;
  return (turn) => {
    const [next] = left;
    if (turn.actor === "server" || next === undefined) return undefined;
    turns += 1;
    if (turns <= next.after || !canHappen(next, turn)) return undefined;
    turns = 0;
    return left.shift();
  };
}

/** What the turns of handlers are called: a store has nothing to answer them. */
export const HANDLER = "handle ";

/** n.b. When a client dies nobody waits; and when the store has not answered it, it tells its caller, who decides. */
function canStrike(kind: Fault, { actor, phase, label }: Turn): boolean {
  if (label.startsWith(HANDLER)) return kind !== "lose" && actor !== "client";
  if (kind === "lose") return phase === "after" && (actor !== "client" || label.startsWith("publish "));
  return kind === "cut" || actor !== "client";
}
