import { isAddition } from "../ids.ts";
import type { Json } from "../json.ts";
import type { Joined } from "../joined.ts";
import { isPlainGather, withoutGathers } from "../joined.ts";
import type { GroupNode, Node, PlacedGroup, PlacedNode, PlacedTask, TaskNode } from "../node.ts";
import { combinedState } from "../state.ts";
import { callLabel, groupLabel, moreLabel, nameLabel, valueLabel } from "./label.ts";
import type { Shade } from "./shade.ts";
import { shadeOf } from "./shade.ts";
import type { Statuses, TaskStatus } from "./status.ts";
import { PENDING, statusLabel, tallyLabel } from "./status.ts";
import type { WholePlan } from "../whole-plan.ts";

/** What is drawn, whatever it is drawn with: a flow in words, and without what is too much of it. */
export type Drawing = Call | Sequence | Bundle | Note;

interface Titled {
  /** What it is in words, with its key in front and its status behind. */
  readonly title: string;
  /** Null where there is no status. */
  readonly shade: Shade | null;
}

/** One call. */
export interface Call extends Titled {
  readonly kind: "call";
  readonly links: readonly Link[];
}

/**
 * A step that begins beside the flow, when the call that it hangs on has succeeded or has failed; or what took the place
 * of that call.
 */
export interface Link {
  readonly when: "then" | "on error" | "replaced by";
  readonly drawing: Drawing;
}

/** Steps one after the other, two at least. */
export interface Sequence extends Titled {
  readonly kind: "chain";
  readonly parts: readonly Drawing[];
  /** Its key, as the member of a record; else null. */
  readonly key: string | null;
}

/** Steps side by side, one at least. */
export interface Bundle extends Titled {
  readonly kind: "group";
  readonly parts: readonly Drawing[];
}

/** What has no call in it: an empty chain or group, or the number of parts that are not drawn. */
export interface Note extends Titled {
  readonly kind: "note";
}

/** What a drawing is made with. */
export interface DrawingContext {
  /** Parts of one group or chain that are drawn. */
  readonly limit: number;
  /** What is put in front of the arguments of its first step; null for the result of a step that is not drawn. */
  readonly input: readonly Json[] | null;
  /** Null for a flow that was not sent. */
  readonly statuses: Statuses | null;
  /** Default none. */
  readonly takers?: WholePlan["takers"];
}

type Drawable = Node | PlacedNode;
type Task = TaskNode | PlacedTask;
type Group = GroupNode | PlacedGroup;

/** Draws a flow that was not sent yet, or a whole plan; the one looks as the other, but for the statuses. */
export function drawingOf(node: Drawable, context: DrawingContext): Drawing {
  return new Drafting(context).part(node, context.input?.map(valueLabel) ?? RESULT, null);
}

/** What comes in front of the arguments of a step that is not the first: the result of the one before. */
const RESULT = ["…"];

class Drafting {
  readonly #limit: number;
  readonly #statuses: Statuses | null;
  readonly #takers: DrawingContext["takers"];

  constructor({ limit, statuses, takers }: DrawingContext) {
    this.#limit = limit;
    this.#statuses = statuses;
    this.#takers = takers;
  }

  part(node: Drawable, input: readonly string[], key: string | null): Drawing {
    const steps = withoutGathers(stepsIn(node));
    const [first, ...more] = steps;
    if (first === undefined) return this.#note("chain (empty)", key, null);
    if (more.length === 0) return this.#step(first, input, key);
    const parts = steps
      .slice(0, this.#limit)
      .map((step, k) => this.#step(step, k === 0 ? input : RESULT, null));
    const hidden = this.#more(steps.slice(this.#limit).map(({ step, gather }) => gather ?? step));
    return { kind: "chain", ...this.#titled("chain", key, null), key, parts: [...parts, ...hidden] };
  }

  #step({ step, gather }: Joined<Task, Group>, input: readonly string[], key: string | null): Drawing {
    if (step.kind === "group") return this.#group(step, gather, input, key);
    return isPlainGather(step) ? this.#note("chain (empty)", key, step) : this.#call(step, input, key);
  }

  #call(task: Task, input: readonly string[], key: string | null): Call {
    return {
      kind: "call",
      ...this.#titled(callLabel(task, input), key, task),
      links: [
        ...this.#takersOf(task),
        ...this.#links("then", task.callbacks),
        ...this.#links("on error", [...(task.errbacks ?? []), ...(task.ownErrbacks ?? [])]),
      ],
    };
  }

  /** What took its place, which gets no input. */
  #takersOf(task: Task): readonly Link[] {
    const takers = "id" in task ? this.#takers?.get(task.id) : undefined;
    return takers === undefined ? [] : [{ when: "replaced by", drawing: this.part(takers, [], null) }];
  }

  #links(when: Link["when"], links: readonly Drawable[] = []): readonly Link[] {
    return links.map((link) => ({ when, drawing: this.part(link, RESULT, null) }));
  }

  #group(group: Group, gather: Task | null, input: readonly string[], key: string | null): Drawing {
    const members: readonly Drawable[] = group.members;
    if (group.each !== undefined && members.length === 0)
      return this.#each(group, group.each.step, gather, key);
    if (members.length === 0) return this.#note("group (empty)", key, gather);
    const given = group.each ? RESULT : input;
    const parts = members
      .slice(0, this.#limit)
      .map((member, i) => this.part(member, wasAdded(member) ? [] : given, group.keys?.[i] ?? null));
    const hidden = this.#more(members.slice(this.#limit));
    return { kind: "group", ...this.#titled(groupLabel(group), key, gather), parts: [...parts, ...hidden] };
  }

  /** n.b. Its members are known where it begins: what they are made of is drawn, and has no status. */
  #each(group: Group, member: Drawable, gather: Task | null, key: string | null): Bundle {
    const titled = this.#titled(groupLabel(group), key, gather);
    return { kind: "group", ...titled, parts: [this.part(member, RESULT, null)] };
  }

  #more(hidden: readonly Drawable[]): readonly Note[] {
    if (hidden.length === 0) return [];
    const words = moreLabel(hidden.length);
    if (this.#statuses === null) return [this.#note(words, null, null)];
    return [this.#note(`${words} · ${tallyLabel(hidden.map((part) => this.#stateOf(part)))}`, null, null)];
  }

  #note(words: string, key: string | null, task: Task | null): Note {
    return { kind: "note", ...this.#titled(words, key, task) };
  }

  #titled(words: string, key: string | null, task: Task | null): Titled {
    const title = key === null ? words : `${nameLabel(key)}: ${words}`;
    if (task === null || !("id" in task) || this.#statuses === null) return { title, shade: null };
    const status = this.#statusOf(task);
    return { title: `${title} · ${statusLabel(status)}`, shade: shadeOf(status) };
  }

  #statusOf(task: Task): TaskStatus {
    return ("id" in task ? this.#statuses?.get(task.id) : undefined) ?? PENDING;
  }

  /** The state of what a part comes to. */
  #stateOf(part: Drawable): string {
    const last = stepsIn(part).at(-1);
    if (last?.kind === "task") return this.#statusOf(last).state;
    const members: readonly Drawable[] = last?.members ?? [];
    return combinedState(members.map((member) => this.#stateOf(member)));
  }
}

/** Whether a member was added while its group ran, so that nothing comes to it. */
function wasAdded(member: Drawable): boolean {
  const last = stepsIn(member).at(-1);
  return last !== undefined && "id" in last && isAddition(last.id);
}

function stepsIn(node: Drawable): readonly (Task | Group)[] {
  if (node.kind === "rest")
    throw new Error("a drawing is made from the whole plan, before it is cut into pages");
  if (node.kind !== "chain") return [node];
  const steps: readonly Drawable[] = node.steps;
  return steps.flatMap(stepsIn);
}
