import type { Reporter, TestCase, TestModule, TestSuite } from "vitest/node";
import type { Count } from "./count.ts";
import { NONE, countModule, sum } from "./count.ts";

/**
 * Ends a run with a table of what ran, the servers that it ran on, the reason of each suite that was skipped, and one
 * plain line that any CI can read: "N passed, N failed, N skipped".
 */
export default class ClosingLine implements Reporter {
  #planned = 0;

  onTestRunStart(specifications: readonly unknown[]): void {
    this.#planned = specifications.length;
  }

  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const counts = countRooms(modules);
    const outside = { ...NONE, failed: errors.length + (this.#neverBegan(modules) ? 1 : 0) };
    const total = sum([...counts.values(), outside]);
    const parts = [table(counts), servicesOf(modules), skippedIn(modules)].filter((part) => part.length > 0);
    console.log(parts.map((lines) => `${lines.join("\n")}\n`).join("\n"));
    console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
  }

  /** Where the global setup throws there is no module, and vitest reports the error only after this. */
  #neverBegan(modules: readonly TestModule[]): boolean {
    return modules.length === 0 && this.#planned > 0;
  }
}

function countRooms(modules: readonly TestModule[]): ReadonlyMap<string, Count> {
  const counts = new Map<string, Count>();
  const inOrder = modules.toSorted((left, right) => (roomOf(left) < roomOf(right) ? -1 : 1));
  for (const module of inOrder) {
    const room = roomOf(module);
    counts.set(room, sum([counts.get(room) ?? NONE, countModule(module)]));
  }
  return counts;
}

/** `unit`, `types`, or the folder below `test/`. */
function roomOf(module: TestModule): string {
  if (module.project.name !== "test") return module.project.name;
  return module.relativeModuleId.split("/")[1] ?? module.relativeModuleId;
}

function table(counts: ReadonlyMap<string, Count>): readonly string[] {
  if (counts.size === 0) return [];
  const rows = [...counts].map(([room, count]) => [room, count.passed, count.failed, count.skipped]);
  return [["", "passed", "failed", "skipped"], ...rows].map(([room, ...cells]) =>
    [String(room).padEnd(14), ...cells.map((cell) => String(cell).padStart(8))].join(""),
  );
}

/** The servers, each with how it was had, or why there was none. */
function servicesOf(modules: readonly TestModule[]): readonly string[] {
  const project = modules.find((module) => module.project.name === "test")?.project;
  if (project === undefined) return [];
  const { amqp, mongo } = project.getProvidedContext();
  return [amqp, mongo].map((service) => ("missing" in service ? service.missing : service.how));
}

/** What was skipped on purpose, each with its reason: a suite's is in its title. */
function skippedIn(modules: readonly TestModule[]): readonly string[] {
  if (modules[0]?.project.vitest.config.testNamePattern !== undefined) return [];
  return modules.flatMap((module) =>
    [...skippedBelow(module)].map((name) => `skipped: ${module.relativeModuleId} › ${name}`),
  );
}

function* skippedBelow(parent: TestModule | TestSuite): Generator<string> {
  for (const child of parent.children) {
    if (child.type === "suite" && child.options.mode !== "skip") yield* skippedBelow(child);
    else if (child.type === "suite") yield child.fullName;
    else if (child.result().state === "skipped") yield withNote(child);
  }
}

function withNote(test: TestCase): string {
  const result = test.result();
  const note = result.state === "skipped" ? result.note : undefined;
  return note === undefined ? test.fullName : `${test.fullName} (${note})`;
}
