import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { childId } from "./ids.ts";
import type { Json, JsonObject } from "./json.ts";
import type { PlacedGroup, PlacedNode, PlacedTask } from "./node.ts";
import { packPlan, unpackPlan } from "./packed-plan.ts";
import { stepsOfText, textOfSteps } from "./plans.ts";

function call(id: string, args: readonly Json[] = [], said: Partial<PlacedTask> = {}): PlacedTask {
  return { kind: "task", task: "add", args, kwargs: {}, immutable: false, options: {}, id, ...said };
}

function groupOf(members: readonly PlacedNode[], said: Partial<PlacedGroup> = {}): PlacedGroup {
  return { kind: "group", id: "G", members, ...said };
}

function calls(count: number, said: Partial<PlacedTask> = {}): readonly PlacedTask[] {
  return Array.from({ length: count }, (_, i) => call(`G.${i}`, [i, i], said));
}

/** As it is after it was stored, or sent. */
function asItComes(node: PlacedNode): PlacedNode {
  return unpackPlan(JSON.parse(JSON.stringify(packPlan(node))) as ReturnType<typeof packPlan>);
}

describe("a plan that is packed", () => {
  test("has once what the members of a group have in common", () => {
    const options = { queue: "q" };
    const group = groupOf(calls(3, { kwargs: { by: 2 }, options }), { keys: ["a", "b", "c"] });
    const { id: _, args: _own, ...common } = call("", [], { kwargs: { by: 2 }, options });
    const args = [
      [0, 0],
      [1, 1],
      [2, 2],
    ];
    expect(packPlan(group)).toEqual({ ...group, members: { call: common, args } });
  });

  test("keeps a field that most calls have not", () => {
    const foreign = { priority: 5 };
    const group = groupOf(calls(3, { foreign }));
    expect(packPlan(group)).toHaveProperty("members.call.foreign", foreign);
    expect(asItComes(group)).toEqual(group);
  });

  test("takes a sixth of the characters", () => {
    const group = groupOf(calls(1000, { options: { queue: "umbel" } }));
    expect(JSON.stringify(packPlan(group)).length * 6).toBeLessThan(JSON.stringify(group).length);
  });

  const [first, ...others] = calls(3) as readonly [PlacedTask, ...PlacedTask[]];
  test.each<[string, readonly PlacedNode[]]>([
    ["another task", [{ ...first, task: "mul" }, ...others]],
    ["other keyword arguments", [{ ...first, kwargs: { by: 2 } }, ...others]],
    [
      "keyword arguments of another name",
      [{ ...first, kwargs: { to: 2 } }, call("G.1", [], { kwargs: { by: 2 } })],
    ],
    [
      "other options",
      [...others.map((each, i) => ({ ...each, id: `G.${i}` })), call("G.2", [], { options: { queue: "q" } })],
    ],
    ["a field that the others have not", [...[first, ...others.slice(0, 1)], { ...call("G.2"), turn: 2 }]],
    ["one field less", [{ ...first, turn: 2 }, ...others]],
    ["a link of its own", [{ ...first, callbacks: [call("G.0+link.0")] }, ...others]],
    ["an id that is not its place", [call("G.7"), ...others]],
    ["a chain among them", [{ kind: "chain", steps: [call("G.0.0"), first] }, ...others]],
    ["nobody beside it", [first]],
    ["no members", []],
  ])("keeps members as they are where there is %s", (_, members) => {
    expect(packPlan(groupOf(members))).toEqual(groupOf(members));
    expect(asItComes(groupOf(members))).toEqual(groupOf(members));
  });

  test("is the plan that it was when it is unpacked", () => {
    fc.assert(
      fc.property(plans, (plan) => {
        expect(asItComes(plan)).toEqual(plan);
        expect(stepsOfText(textOfSteps([plan, plan]))).toEqual([plan, plan]);
      }),
    );
  });

  test("is read as it was written before groups were packed", () => {
    const steps = [groupOf(calls(3)), call("F")];
    expect(stepsOfText(JSON.stringify(steps))).toEqual(steps);
  });
});

const some = fc.constantFrom<JsonObject>({}, { a: 1 }, { a: 2 }, { b: 1 }, { ["__proto__"]: 1 }, { a: [1] });
const arbitraryCall = fc.record({
  args: fc.array(fc.jsonValue()),
  kwargs: some,
  options: some,
  isOdd: fc.boolean(),
});

/** Groups within groups and chains; most members of one are alike. */
const plans: fc.Arbitrary<PlacedNode> = fc
  .letrec<{ node: (id: string) => PlacedNode }>((tie) => ({
    node: fc.oneof(
      { maxDepth: 3 },
      arbitraryCall.map(
        ({ args, kwargs, options }) =>
          (id: string) =>
            call(id, json(args), { kwargs, options: options }),
      ),
      fc
        .record({
          of: arbitraryCall,
          each: fc.array(fc.array(fc.jsonValue()), { maxLength: 5 }),
          odd: fc.nat(20),
        })
        .map(({ of: { kwargs, options }, each, odd }) => (id: string) => ({
          kind: "group" as const,
          id,
          members: each.map((args, i) =>
            call(childId(id, i), json(args), {
              kwargs: i === odd ? { odd } : { ...kwargs },
              options: { ...options },
            }),
          ),
        })),
      fc.array(tie("node"), { maxLength: 3 }).map((made) => (id: string) => ({
        kind: "group" as const,
        id,
        members: made.map((make, i) => make(childId(id, i))),
      })),
      fc.array(tie("node"), { minLength: 1, maxLength: 3 }).map((made) => (id: string) => ({
        kind: "chain" as const,
        steps: made.map((make, i) => make(childId(id, i))),
      })),
    ),
  }))
  .node.map((make) => make("F"));

/** n.b. JSON has no -0. */
function json(args: readonly unknown[]): readonly Json[] {
  return JSON.parse(JSON.stringify(args)) as readonly Json[];
}
