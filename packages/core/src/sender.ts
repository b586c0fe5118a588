import type { AsyncResult } from "./async-result.ts";
import { InvalidFlow } from "./errors.ts";
import { NOBODY } from "./nobody.ts";
import type { Node } from "./node.ts";

/** Whatever sends flows: the app. Steps know it, so that they can be applied where they stand. */
export interface Sender {
  /** The app's name, for error texts. */
  readonly name: string;
  /** Sends a flow; `input` goes in front of the arguments of its first step. */
  send<Out>(node: Node, input: readonly unknown[]): AsyncResult<Out>;
}

/**
 * The app that all these steps belong to; nobody, for steps without a call.
 *
 * @throws {InvalidFlow} They belong to different apps.
 */
export function senderOf(steps: readonly { readonly sender: Sender }[]): Sender {
  const [first, ...others] = steps.map(({ sender }) => sender).filter((sender) => sender !== NOBODY);
  if (first === undefined) return NOBODY;
  const other = others.find((sender) => sender !== first);
  if (other === undefined) return first;
  throw new InvalidFlow(
    `one flow has steps of two apps ("${first.name}" and "${other.name}"); define its tasks on one app`,
  );
}
