import type { Message, PlacedNode, Sender, Step } from "@umbel/core";
import { InvalidFlow, MAP_TASK, STARMAP_TASK, firstTask, senderOf } from "@umbel/core";
import { placeAddition } from "@umbel/canvas";
import { isReplacement } from "./replacement.ts";

/** The most that one member can add: its join has one document. */
export const MOST_ADDITIONS = 1_000;

/** How often what was added may add: each time the way to the group, which travels with it, gets longer. */
const MOST_LEVELS = 50;

export interface AdditionsOptions {
  /** The app of the worker. */
  readonly sender: Sender;
  /** Where additions go that name no queue. */
  readonly queue: string;
}

/** What a running handler adds to the group that its task ends a member of (rules 42 to 44). */
export class Additions {
  readonly #id: string;
  /** Null when its handler has ended: a context may be held for long, and a message may be large. */
  #message: Message | null;
  readonly #options: AdditionsOptions;
  readonly #placed: PlacedNode[] = [];

  constructor(message: Message, options: AdditionsOptions) {
    this.#id = message.id;
    this.#message = message;
    this.#options = options;
  }

  /** @throws {InvalidFlow} Nothing can be added here, or not this. */
  add(step: Step<[], unknown>): void {
    const refusal = this.#refusal() ?? refusalOf(step);
    if (refusal !== null) throw new InvalidFlow(`addToChord in ${this.#id}: ${refusal}`);
    const { sender, queue } = this.#options;
    senderOf([{ sender }, step]);
    const stamps = this.#message?.options.stamps;
    const { node } = stamps === undefined ? step : step.stamp(stamps);
    this.#placed.push(placeAddition(node, this.#id, this.#placed.length, queue));
  }

  /**
   * What a handler threw; a refusal where it added steps and then lets another step take its task's place: additions are
   * kept with the task's own success, and that has none (rules 29 and 42).
   */
  endedBy(thrown: unknown): unknown {
    return isReplacement(thrown) ? (this.#replacementRefusal() ?? thrown) : thrown;
  }

  /** @throws {InvalidFlow} Something was added. */
  checkReplaceable(): void {
    const refusal = this.#replacementRefusal();
    if (refusal !== null) throw refusal;
  }

  /** What was added until now; what is added later is refused. */
  end(): readonly PlacedNode[] {
    this.#message = null;
    return this.#placed;
  }

  #replacementRefusal(): InvalidFlow | null {
    const { length } = this.#placed;
    if (length === 0) return null;
    return new InvalidFlow(
      `ctx.replace in ${this.#id}: the handler had added ${length === 1 ? "a step" : `${length} steps`} to its group, ` +
        "and a task whose place is taken adds nothing; let the step that takes its place add them, or return a value",
    );
  }

  #refusal(): string | null {
    if (this.#message === null) return "its handler has ended; await what calls it before you return";
    if (this.#placed.length >= MOST_ADDITIONS)
      return `${MOST_ADDITIONS} steps were added, and one member can add no more; add groups of them`;
    return placeRefusal(this.#message);
  }
}

/** Why a task cannot add to its group, wherever it stands; null where it can. */
function placeRefusal({ id, task, next: { steps, join } }: Message): string | null {
  if (task === MAP_TASK || task === STARMAP_TASK)
    return "its message has several calls (map, starmap, chunks or each with a size); only a call of its own can add";
  if (endsReplacement(steps))
    return "it is one of several steps that took a task's place, which end together; only one call in that place can add";
  if (steps.length > 0)
    return "other steps follow it; only the last step of a member of a group can add to the group";
  if (join === null)
    return "it ends no member of a group that something waits for; pipe the group into a step, which gets the results";
  if (join.isRace === true)
    return 'its group is decided before all its members have ended; the policy has to be "all" or "settled"';
  if (join.isRecord === true)
    return "its group is a record, and what is added has no key; make it a group of a list";
  if (id.split("+.").length > MOST_LEVELS)
    return `it was added itself, over ${MOST_LEVELS} levels; that is the most`;
  return null;
}

/** Whether nothing follows but the frame that ends what took a task's place (rule 27). */
function endsReplacement([first, ...others]: readonly PlacedNode[]): boolean {
  return first?.kind === "task" && first.turn !== undefined && others.length === 0;
}

function refusalOf(step: unknown): string | null {
  const { node, s } = (step ?? {}) as Partial<Step<[], unknown>> & { readonly s?: unknown };
  const what = s === undefined ? typeof step : "a task without its arguments";
  if (node === undefined) return `it takes a step, such as \`task.s(1)\`, and got ${what}`;
  return firstTask(node) === undefined ? "the step has no call in it, so that nothing would run" : null;
}
