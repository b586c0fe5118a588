import type { Message, Node, PlacedNode, PlacedTask, StepOptions } from "@umbel/core";
import { InvalidFlow, START_TASK, gatherAt, startQueue } from "@umbel/core";
import { stepsIn } from "./downstream.ts";
import { placeMember } from "./place.ts";

/** Where the steps go that take a task's place. */
export interface ReplacementQueues {
  /** The one that the task's message came from. */
  readonly own: string;
  /** That of steps that name none. */
  readonly default: string;
}

/**
 * The message of the turn in which a task goes on as this step, with all that comes after the task (rule 27).
 *
 * One call runs under the task's own id. Of an arrangement the steps are below `<id>~<turn>`, and a frame ends them: a
 * gather under the task's id, which has the task's links and the join that it claims, and goes on as the task would have.
 */
export function takeOver(message: Message, step: Node, queues: ReplacementQueues): Message {
  const turn = message.turn + 1;
  if (message.compensation === "step" || message.compensation === "undo") throw notToReplace(message);
  const again = { parent: message.id, retries: 0, turn, nonce: null, suspect: false, etaMs: null };
  if (step.kind === "task" && step.options.exclusive !== true)
    return { ...message, ...again, ...callOf(message, step, `${message.id}~${turn}`, queues.default) };
  const steps = [
    ...stepsIn(placeMember(step, `${message.id}~${turn}`, queues.default)),
    frameOf(message, turn, queues.own),
    ...message.next.steps,
  ];
  const { compensation: _ofFrame, ...others } = message;
  return {
    ...others,
    ...again,
    ...NO_CALL,
    options: optionsAt(startQueue(steps)),
    next: { steps, join: message.next.join },
  };
}

/** The steps of a message that {@link takeOver} gave which stand in the task's place; none where one call does. */
export function placeTakers({ id, task, turn, next }: Message): readonly PlacedNode[] {
  if (task !== START_TASK) return [];
  const frame = next.steps.findIndex((step) => step.kind === "task" && step.id === id && step.turn === turn);
  return frame === -1 ? next.steps : next.steps.slice(0, frame);
}

const NO_CALL = {
  task: START_TASK,
  args: [],
  kwargs: {},
  claim: null,
  callbacks: [],
  errbacks: [],
  expiresMs: null,
} as const;

/** n.b. Ids of its links are below its turn, where no link of the task's is. */
function callOf(
  message: Message,
  step: Node,
  id: string,
  queue: string,
): Pick<Message, "task" | "args" | "kwargs" | "options" | "callbacks" | "errbacks"> {
  const placed = placeMember(step, id, queue) as PlacedTask;
  const { task, args, kwargs, options, callbacks = [], errbacks = [], ownErrbacks = [] } = placed;
  return {
    task,
    args,
    kwargs,
    options,
    callbacks: [...message.callbacks, ...callbacks],
    errbacks: [...message.errbacks, ...errbacks, ...ownErrbacks],
  };
}

function frameOf(message: Message, turn: number, queue: string): PlacedTask {
  const { id, callbacks, errbacks, claim, compensation } = message;
  return {
    ...gatherAt(queue),
    id,
    turn,
    ...(callbacks.length > 0 && { callbacks }),
    ...(errbacks.length > 0 && { errbacks }),
    ...(claim !== null && { claim }),
    ...(compensation !== undefined && { compensation }),
  };
}

/** What took its place would not be undone with it, and what it was called with is not what the undo would get. */
function notToReplace({ task, compensation }: Message): InvalidFlow {
  const what = compensation === "undo" ? "is an undo" : "has an undo";
  return new InvalidFlow(
    `${task} ${what}, and cannot be replaced; make what is to follow it a step of the flow`,
  );
}

function optionsAt(queue: string | undefined): StepOptions {
  return queue === undefined ? {} : { queue };
}
