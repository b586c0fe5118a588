import type { Message, PlacedChain, PlacedNode, PlacedRest, PlacedTask } from "@umbel/core";
import { compensationId, joinPacked, packIds, resultId, startQueue } from "@umbel/core";
import { hasJoin } from "./begin.ts";
import { hasCounted, stepsIn, tasksOf } from "./downstream.ts";
import { placeTakers } from "./replace.ts";

/** Steps that go into the store. */
export interface PlanPage {
  readonly id: string;
  readonly steps: readonly PlacedNode[];
}

/** A plan whose chains refer to what is in its pages. */
export interface PagedPlan {
  readonly plan: PlacedNode;
  readonly pages: readonly PlanPage[];
}

/** How large a plan may be to travel whole, and a page to be filled; characters of JSON. */
export interface PageSizes {
  readonly whole: number;
  readonly page: number;
}

/**
 * Cuts what is large out of a plan, so that the bytes sent for a flow of n tasks are O(n): a chain's tail travels in
 * pages, each read while the last step of the one before runs; a page is never cut between a group and the step after it.
 *
 * @param sizes - A plan of up to `whole` characters stays as it is.
 * @param mark - Put behind the id of each page, where there may be several plans of the same ids.
 */
export function paginate(plan: PlacedNode, sizes: PageSizes, mark = ""): PagedPlan {
  if (fits(plan, sizes.whole)) return { plan, pages: [] };
  const book: Book = { mark, pages: [] };
  const shrunk = shrink(plan, sizes.page, book);
  return { plan: asChain(shrunk, sizes.page, book), pages: book.pages };
}

/** The same for a message that holds the whole plan whatever it is: what is large is a page from its beginning. */
export function paginateWhole(plan: PlacedNode, sizes: PageSizes, mark = ""): PagedPlan {
  const paged = paginate(plan, sizes, mark);
  const [first] = stepsIn(paged.plan);
  if (fits(paged.plan, sizes.whole) || first?.kind === "rest") return paged;
  const book: Book = { mark, pages: [...paged.pages] };
  const rest = turnPage(stepsIn(paged.plan), book);
  return { plan: { kind: "chain", steps: [rest] }, pages: book.pages };
}

/** The same for the message of steps that take a task's place: of these alone, since what follows has its pages. */
export function inPages(
  message: Message,
  sizes: PageSizes,
  mark: string,
): { readonly next: Message; readonly pages: readonly PlanPage[] } {
  const takers = placeTakers(message);
  if (takers.length === 0) return { next: message, pages: [] };
  const { plan, pages } = paginateWhole({ kind: "chain", steps: takers }, sizes, mark);
  const steps = [...stepsIn(plan), ...message.next.steps.slice(takers.length)];
  return { next: { ...message, next: { ...message.next, steps } }, pages };
}

/**
 * The same for what follows a step that is sent on by itself: each message of such a chain has the next few steps, and the
 * rest is not written and read again at each of them.
 */
export function tailInPages(
  message: Message,
  { whole, page }: PageSizes,
  mark: string,
): { readonly next: Message; readonly pages: readonly PlanPage[] } {
  const { steps } = message.next;
  if (whole === Infinity) return { next: message, pages: [] };
  const limit = Math.min(page, SHORT);
  const { plan, pages } = paginate({ kind: "chain", steps }, { whole: limit, page: limit }, mark);
  return { next: { ...message, next: { ...message.next, steps: stepsIn(plan) } }, pages };
}

/** Whether so much follows a step that it is worth measuring. */
export function hasLongTail({ next }: Message): boolean {
  return next.steps.length >= 24;
}

/** Characters of JSON that travel in one message. n.b. From 4 kB on RabbitMQ keeps a message apart from its queue's index. */
const SHORT = 3000;

/** What undoes the steps of a flow: as it is, or in a page of its own. */
export function paginateUndos(
  undos: readonly PlacedTask[],
  flow: string,
  sizes: PageSizes,
): { readonly undos: readonly (PlacedTask | PlacedRest)[]; readonly pages: readonly PlanPage[] } {
  if (leftAfter(undos, sizes.whole) >= 0) return { undos, pages: [] };
  const id = compensationId(flow);
  return { undos: [{ kind: "rest", id, ends: [] }], pages: [{ id, steps: undos }] };
}

/** The pages of one plan. */
interface Book {
  readonly mark: string;
  readonly pages: PlanPage[];
}

function shrink(node: PlacedNode, limit: number, book: Book): PlacedNode {
  switch (node.kind) {
    case "task":
    case "rest":
      return node;
    case "group":
      return { ...node, members: node.members.map((member) => shrink(member, limit, book)) };
    case "chain":
      return shrinkChain(node, limit, book);
  }
}

/** From the end: what is over the limit becomes a page, and the steps before it refer to it. */
function shrinkChain({ steps }: PlacedChain, limit: number, book: Book): PlacedChain {
  let tail: PlacedNode[] = [];
  let left = limit;
  for (let k = steps.length - 1; k > 0; k -= 1) {
    const step = shrink(steps[k] as PlacedNode, limit, book);
    tail.push(step);
    left = leftAfter([step], left);
    if (left >= 0 || steps[k - 1]?.kind === "group") continue;
    tail = [turnPage(tail.toReversed(), book)];
    left = limit;
  }
  return { kind: "chain", steps: [shrink(steps[0] as PlacedNode, limit, book), ...tail.toReversed()] };
}

/** A flow that begins with a large group and has a join is a page from its beginning. */
function asChain(plan: PlacedNode, limit: number, book: Book): PlacedNode {
  const steps = stepsIn(plan);
  const [first] = steps;
  if (first?.kind !== "group" || !hasJoin(plan) || fits(first, limit)) return plan;
  return { kind: "chain", steps: [turnPage(steps, book)] };
}

function turnPage(steps: readonly PlacedNode[], book: Book): PlacedRest {
  const id = resultId(steps[0] as PlacedNode) + book.mark;
  const queue = startQueue(steps);
  book.pages.push({ id, steps });
  const counted = hasCounted(steps) && { isCounted: true as const };
  return { kind: "rest", id, ends: endsOf(steps), ...counted, ...(queue !== undefined && { queue }) };
}

/** n.b. what the last page of them names already is not unpacked: pages refer to each other, and there may be many. */
function endsOf(steps: readonly PlacedNode[]): readonly string[] {
  const last = steps.at(-1);
  const own = last?.kind === "rest" ? steps.slice(0, -1) : steps;
  const ends = packIds(tasksOf(own).map(({ id }) => id));
  return last?.kind === "rest" ? joinPacked(ends, last.ends) : ends;
}

/** Whether a node has no more than so many characters of JSON, about. */
function fits(node: PlacedNode, limit: number): boolean {
  return leftAfter([node], limit) >= 0;
}

/** What these leave of so many characters of JSON, about. n.b. What is below 0 is not measured further: plans are large. */
function leftAfter(nodes: readonly PlacedNode[], limit: number): number {
  if (limit === Infinity) return limit;
  let left = limit;
  for (const node of nodes) {
    left = leftAfterOne(node, left);
    if (left < 0) return left;
  }
  return left;
}

function leftAfterOne(node: PlacedNode, left: number): number {
  switch (node.kind) {
    case "task":
      return left - 150 - lengthOf(node.args) - lengthOf(node.kwargs);
    case "rest":
      return left - 50 - lengthOf(node.ends);
    case "chain":
      return leftAfter(node.steps, left - 50);
    case "group":
      return leftAfter(node.members, left - 50 - lengthOf(node.each ?? 0));
  }
}

function lengthOf(json: unknown): number {
  return JSON.stringify(json).length;
}
