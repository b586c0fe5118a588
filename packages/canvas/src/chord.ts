import { Step, asNode, senderOf, stepsOf } from "@umbel/core";
import type { InputOf, Members, ResultsOf } from "./group.ts";
import { groupOf } from "./group.ts";

/**
 * Celery's chord: a group, then a body that gets the list of the members' results (the record, for a record of steps)
 * once all of them have one. The same as `group(header).pipe(body)`; the body may be any step, a group or a chord too.
 *
 * @throws {InvalidFlow} The steps belong to different apps.
 */
export function chord<const Header extends Members, Out>(
  header: Header,
  body: Step<[results: ResultsOf<Header>], Out>,
): Step<InputOf<Header>, Out> {
  const { node, steps } = groupOf(header);
  return new Step(asNode([node, ...stepsOf(body.node)]), senderOf([...steps, body]));
}
