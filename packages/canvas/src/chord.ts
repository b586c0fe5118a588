import type { AnyStep } from "@umbel/core";
import { Step, senderOf } from "@umbel/core";
import type { InputOf, ResultsOf } from "./group.ts";

/**
 * Celery's chord: a group, then a body that gets the list of the members' results once all of them have one.
 * The same as `group(header).pipe(body)`.
 *
 * @throws {InvalidFlow} The steps belong to different apps.
 */
export function chord<const Members extends readonly AnyStep[], Out>(
  header: Members,
  body: Step<[results: ResultsOf<Members>], Out>,
): Step<InputOf<Members>, Out> {
  const members = header.map(({ node }) => node);
  const sender = senderOf([...header, body]);
  return new Step({ kind: "chain", steps: [{ kind: "group", members }, body.node] }, sender);
}
