import type { Node, PlacedNode } from "@umbel/core";
import { describe, expect, test } from "vitest";
import { tasksOf } from "./downstream.ts";
import type { PagedPlan } from "./pages.ts";
import { paginate } from "./pages.ts";
import { place } from "./place.ts";

const task = (args: readonly number[] = []): Node => ({
  kind: "task",
  task: "add",
  args,
  kwargs: {},
  immutable: false,
  options: {},
});
const chain = (...steps: readonly Node[]): Node => ({ kind: "chain", steps });
const group = (...members: readonly Node[]): Node => ({ kind: "group", members });
const many = (count: number): readonly Node[] => Array.from({ length: count }, (_, i) => task([i]));

/** The plan with its pages put back in: what travelled, whole again. */
function whole({ plan, pages }: PagedPlan): PlacedNode {
  const texts = new Map(pages.map((page) => [page.id, page.steps]));
  const restore = (node: PlacedNode): readonly PlacedNode[] => {
    if (node.kind === "rest") return (texts.get(node.id) ?? []).flatMap(restore);
    if (node.kind === "chain") return [{ ...node, steps: node.steps.flatMap(restore) }];
    return [node.kind === "group" ? { ...node, members: node.members.flatMap(restore) } : node];
  };
  return restore(plan)[0] as PlacedNode;
}

const sizes = { whole: 1000, page: 500 };

describe("a plan in pages", () => {
  test("is whole as long as it is small", () => {
    const plan = place(chain(...many(3)), "F");
    expect(paginate(plan, sizes)).toEqual({ plan, pages: [] });
  });

  test.each([
    ["a long chain", chain(...many(100))],
    ["a large group with a body", chain(group(...many(100)), task())],
    ["long chains in a group", chain(group(chain(...many(50)), chain(...many(50))), task(), ...many(50))],
    ["groups after groups", chain(...Array.from({ length: 20 }, () => group(...many(2))), task())],
  ])("of %s is the same plan when it is put together", (_, node) => {
    const plan = place(node, "F");
    const paged = paginate(plan, sizes);
    expect(paged.pages.length).toBeGreaterThan(0);
    expect(whole(paged)).toEqual(plan);
  });

  test("sends and stores as many bytes a step, however long the chain is", () => {
    const perStep = [100, 1000, 10_000].map((length) => {
      const { plan, pages } = paginate(place(chain(...many(length)), "F"), sizes);
      return JSON.stringify([plan, pages]).length / length;
    });
    expect(Math.max(...perStep) / Math.min(...perStep)).toBeLessThan(1.5);
  });

  test("no page is much larger than its limit, unless one step is", () => {
    const { pages } = paginate(place(chain(...many(1000)), "F"), sizes);
    for (const page of pages) expect(JSON.stringify(page.steps).length).toBeLessThan(2 * sizes.page);
  });

  test("a reference names every task behind it, so that they can be failed unread", () => {
    const plan = place(chain(...many(100)), "F");
    const { plan: paged } = paginate(plan, sizes);
    expect(tasksOf([paged]).map(({ id }) => id)).toEqual(tasksOf([plan]).map(({ id }) => id));
  });

  test("a group and the step after it are never in two pages", () => {
    const node = chain(task(), ...Array.from({ length: 30 }, () => group(...many(3))), task());
    const { plan, pages } = paginate(place(node, "F"), { whole: 0, page: 1 });
    for (const steps of [...pages.map((page) => page.steps), plan.kind === "chain" ? plan.steps : []]) {
      const followers = steps.flatMap((step, k) => (step.kind === "group" ? [steps[k + 1]?.kind] : []));
      expect(followers.every((kind) => kind === "task")).toBe(true);
    }
  });
});
