import { InvalidOption } from "./errors.ts";

/**
 * When a group is decided, and as what.
 *
 * - `all`: when every member has ended; with the list of the values, or a failure that carries all failures.
 * - `settled`: when every member has ended; with the list of how each ended. It does not fail.
 * - `any`: at the first success, with its value; it fails when every member has failed.
 * - `race`: when the first member ends, as that one.
 * - `{ quorum: k }`: at the k-th success, with the list of these values in the order of the group; it fails as soon as so
 *   many have failed that k are out of reach.
 */
export type Policy = "all" | "settled" | Racing;

/** The policies that decide before every member has ended. */
export type Racing = "any" | "race" | { readonly quorum: number };

/** Whether a policy decides before every member has ended. */
export function isRacing(policy: Policy | undefined): policy is Racing {
  return policy !== undefined && policy !== "all" && policy !== "settled";
}

/** How many successes a race needs. */
export function successesNeeded(policy: Racing): number {
  return typeof policy === "object" ? policy.quorum : 1;
}

/**
 * A policy by its word.
 *
 * @throws {InvalidOption} It is none, or its quorum is not an integer from 1.
 */
export function checkedPolicy(policy: Policy): Policy {
  if (typeof policy === "object" && policy !== null) {
    const { quorum } = policy;
    if (Number.isInteger(quorum) && quorum >= 1) return { quorum };
    throw new InvalidOption(`the quorum of a group is ${String(quorum)}; it has to be an integer from 1`);
  }
  if (WORDS.has(policy)) return policy;
  throw new InvalidOption(
    `the policy of a group is ${JSON.stringify(policy)}; it has to be "all", "settled", "any", "race" or { quorum: k }`,
  );
}

const WORDS: ReadonlySet<string> = new Set(["all", "settled", "any", "race"]);
