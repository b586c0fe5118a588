import type { Json, JsonObject } from "../json.ts";
import { MAP_TASK, STARMAP_TASK } from "../message.ts";
import type { GroupNode, TaskNode } from "../node.ts";

/** Arguments of a call that are shown; the others are counted. */
const ARGUMENTS = 8;

/** Characters of one argument. */
const ARGUMENT_LENGTH = 40;

/** Characters of a name: of a task, a key, a keyword. */
const NAME_LENGTH = 80;

type Call = Pick<TaskNode, "task" | "args" | "kwargs" | "immutable">;

/**
 * A call on one line, as one would write it: `add(…, 5)`, `resize("a.png", width=80)`, `add.starmap(100 items)`.
 *
 * @param input - What comes in front of its bound arguments, in words.
 */
export function callLabel(call: Call, input: readonly string[]): string {
  const over = callOver(call);
  if (over !== null) return over;
  const front = call.immutable ? [] : input;
  const named = Object.entries(call.kwargs);
  const shown = [
    ...front.slice(0, ARGUMENTS),
    ...call.args.slice(0, ARGUMENTS).map(valueLabel),
    ...named.slice(0, ARGUMENTS).map(([name, value]) => `${nameLabel(name)}=${valueLabel(value)}`),
  ].slice(0, ARGUMENTS);
  const hidden = front.length + call.args.length + named.length - shown.length;
  return `${nameLabel(call.task)}(${[...shown, ...(hidden > 0 ? [moreLabel(hidden)] : [])].join(", ")})`;
}

/** What is called for each item, and how often; null for another call, or one that a foreign client made otherwise. */
function callOver({ task, kwargs }: Call): string | null {
  if (task !== MAP_TASK && task !== STARMAP_TASK) return null;
  const { task: callee, it: items } = kwargs;
  const name = isObject(callee) ? callee["task"] : undefined;
  if (typeof name !== "string" || !Array.isArray(items)) return null;
  return `${nameLabel(name)}.${task.replace("celery.", "")}(${countLabel(items.length)} items)`;
}

function isObject(json: Json | undefined): json is JsonObject {
  return typeof json === "object" && json !== null && !Array.isArray(json);
}

/**
 * A group, with when it is decided where that is not when all its members have ended: `group any`; or what makes its
 * members of the list that comes: `each`, `each, 100 a message`.
 */
export function groupLabel({ policy, each }: Pick<GroupNode, "policy" | "each">): string {
  const word = each === undefined ? "group" : "each";
  if (each?.size !== undefined) return `${word}, ${countLabel(each.size)} a message`;
  if (policy === undefined) return word;
  return typeof policy === "object" ? `${word} quorum ${policy.quorum}` : `${word} ${policy}`;
}

/** An argument as JSON, cut after 40 characters. */
export function valueLabel(json: Json): string {
  return oneLine(JSON.stringify(json), ARGUMENT_LENGTH);
}

/** A name as it is, cut after 80 characters. */
export function nameLabel(name: string): string {
  return oneLine(name, NAME_LENGTH);
}

/** What is not shown: `… 9,980 more`. */
export function moreLabel(hidden: number): string {
  return `… ${countLabel(hidden)} more`;
}

/** A number that people read: `9,980`. */
export function countLabel(count: number): string {
  return count.toLocaleString("en-US");
}

/** Text that stays on its line and reads in its order, cut: what would break out of them is written as JSON does. */
export function oneLine(text: string, length: number): string {
  const cut = text.length > length ? `${text.slice(0, length - 1).replace(HALF, "")}…` : text;
  return cut.replaceAll(UNPRINTABLE, escaped);
}

function escaped(character: string): string {
  const json = JSON.stringify(character).slice(1, -1);
  return json === character ? `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}` : json;
}

/** The first half of a pair, which a cut left behind. */
const HALF = /[\ud800-\udbff]$/;

/** Control characters, line ends, what changes the direction of writing, and halves of pairs. */
const UNPRINTABLE = /[\p{Cc}\u2028\u2029\p{Bidi_Control}\p{Cs}]/gu;
