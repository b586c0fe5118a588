import { gatherNode } from "./gather.ts";
import type { Each, GroupNode, Node, TaskNode } from "./node.ts";
import { stepsOf } from "./node.ts";
import type { Policy } from "./policy.ts";

/** An arrangement as Celery writes it: what `left | right` makes of its operands. */
export type Form =
  | TaskNode
  | { readonly kind: "group"; readonly members: readonly Form[]; readonly policy?: Exclude<Policy, "all"> }
  | ChordForm
  | EachForm
  | { readonly kind: "chain"; readonly steps: readonly Form[] };

export interface ChordForm {
  readonly kind: "chord";
  readonly header: readonly Form[];
  readonly body: Form;
  readonly policy?: Exclude<Policy, "all">;
}

/** Our own: a call of `umbel.each`, which Celery takes for any other call. */
export interface EachForm extends Pick<Each, "size"> {
  readonly kind: "each";
  readonly step: Form;
  readonly policy?: Exclude<Policy, "all">;
}

/** What a form ends with, which is all that the next step has to know of it. */
export type Ending = "nothing" | "task" | "chain" | "group" | "chord" | "chain … group" | "chain … chord";

interface PipeRule {
  /** What it makes, in words. */
  readonly makes: string;
  readonly pipe: (left: Form, next: Form) => Form;
}

/**
 * The rules of `.pipe`, all of them: what the next step makes of what is on its left.
 *
 * The right side of `.pipe` is taken step by step, so that it does not matter where the brackets are: `a.pipe(b.pipe(c))`
 * is `a.pipe(b).pipe(c)`. Celery's `|` has other rules for a chain on the right, and different ones for a chain that ends
 * in a chord and for a chord alone: see {@link DIFFERENCES}.
 */
export const PIPE_RULES: Readonly<Record<Ending, PipeRule>> = {
  nothing: { makes: "next", pipe: (_, next) => next },
  task: { makes: "chain(left, next)", pipe: (left, next) => chainOf([left, next]) },
  chain: { makes: "chain(…left, next)", pipe: (left, next) => chainOf([...stepsIn(left), next]) },
  group: { makes: "chord(left → next)", pipe: (left, next) => chordOf(left, next) },
  chord: { makes: "chord(left.header → left.body | next)", pipe: (left, next) => intoBody(left, next) },
  "chain … group": { makes: "chain(…, chord(group → next))", pipe: (left, next) => atTheEnd(left, next) },
  "chain … chord": {
    makes: "chain(…, chord(header → body | next))",
    pipe: (left, next) => atTheEnd(left, next),
  },
};

/** `left | next` by the table. */
export function pipeForms(left: Form, next: Form): Form {
  return PIPE_RULES[endingOf(left)].pipe(left, next);
}

/** A node as Celery writes it. */
export function formOf(node: Node): Form {
  return stepsOf(node).flatMap(formsOfStep).reduce(pipeForms, NOTHING);
}

/** What a form ends with. */
export function endingOf(form: Form): Ending {
  if (form.kind === "each") return "task";
  if (form.kind !== "chain") return form.kind;
  const last = form.steps.at(-1);
  if (last === undefined) return "nothing";
  return last.kind === "group" || last.kind === "chord" ? `chain … ${last.kind}` : "chain";
}

/** n.b. Celery has no records: something has to make one of the list. */
function formsOfStep(step: TaskNode | GroupNode): readonly Form[] {
  if (step.kind === "task") return [step];
  const { policy, each } = step;
  if (each !== undefined)
    return [{ ...each, kind: "each", step: formOf(each.step), ...(policy && { policy }) }];
  const group: Form = { kind: "group", members: step.members.map(formOf), ...(policy && { policy }) };
  return step.keys === undefined ? [group] : [group, { ...gatherNode(step), kwargs: { keys: step.keys } }];
}

function chainOf(steps: readonly Form[]): Form {
  return { kind: "chain", steps };
}

function stepsIn(form: Form): readonly Form[] {
  return form.kind === "chain" ? form.steps : [form];
}

function chordOf(group: Form, body: Form): Form {
  if (group.kind !== "group") return { kind: "chord", header: [group], body };
  const { members, policy } = group;
  return { kind: "chord", header: members, body, ...(policy && { policy }) };
}

function intoBody(chord: Form, next: Form): Form {
  return chord.kind === "chord" ? { ...chord, body: pipeForms(chord.body, next) } : next;
}

function atTheEnd(chain: Form, next: Form): Form {
  const steps = stepsIn(chain);
  return chainOf([...steps.slice(0, -1), ...steps.slice(-1).map((last) => pipeForms(last, next))]);
}

const NOTHING: Form = { kind: "chain", steps: [] };
