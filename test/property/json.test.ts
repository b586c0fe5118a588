import { afterAll, expect, test } from "vitest";
import { arbitraryFlow } from "../support/arbitrary-flow.ts";
import { stepOf } from "../support/flow-step.ts";
import { flowTasks } from "../support/flow-tasks.ts";
import { LAW_TIMEOUT_MS, law } from "../support/law.ts";
import { Umbel } from "@umbel/runtime";
const app = new Umbel("json");
const tasks = flowTasks(app, { began: () => {}, noted: () => {}, tossed: () => false });
afterAll(() => app.close());

test(
  "a step that was written as JSON is read back as itself",
  () =>
    law(arbitraryFlow, (flow) => {
      const step = stepOf(flow, tasks);
      expect(app.fromJSON(JSON.parse(JSON.stringify(step))).node).toStrictEqual(step.node);
    }),
  LAW_TIMEOUT_MS,
);
