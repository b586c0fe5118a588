import type { TestModule } from "vitest/node";

/** How many tests ended how. */
export interface Count {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** Before the first one ends. */
export const NONE: Count = { passed: 0, failed: 0, skipped: 0 };

/**
 * Counts one file. What failed outside of a test, an import or a suite's hook, counts as one that failed: else a run
 * without a failed test could fail. So does a test that was begun and never ended.
 */
export function countModule(module: TestModule): Count {
  const count = { passed: 0, failed: module.errors().length, skipped: 0, pending: 0 };
  for (const suite of module.children.allSuites()) count.failed += suite.errors().length;
  for (const test of module.children.allTests()) count[test.result().state] += 1;
  return { passed: count.passed, failed: count.failed + count.pending, skipped: count.skipped };
}

/** All of them together. */
export function sum(counts: readonly Count[]): Count {
  return counts.reduce(
    (left, right) => ({
      passed: left.passed + right.passed,
      failed: left.failed + right.failed,
      skipped: left.skipped + right.skipped,
    }),
    NONE,
  );
}
