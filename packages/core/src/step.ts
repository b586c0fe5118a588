import type { Bindable, Remaining } from "./arguments.ts";
import { argumentsToJson, withArguments, withKeywords } from "./arguments.ts";
import type { AsyncResult } from "./async-result.ts";
import { flowToSignature } from "./celery/write-flow.ts";
import type { Done } from "./compensation.ts";
import { withCompensation } from "./compensation.ts";
import type { DrawFormat, DrawOptions } from "./drawing/draw.ts";
import { draw } from "./drawing/draw.ts";
import type { JsonObject } from "./json.ts";
import { toJson } from "./json.ts";
import { withErrorLink, withFailureHandler, withLink } from "./links.ts";
import type { FailureReport } from "./failure-report.ts";
import type { Node } from "./node.ts";
import { asNode, stepsOf } from "./node.ts";
import type { StepOptions } from "./options.ts";
import { checkedOptions, inherited, overridden, stamped } from "./options.ts";
import type { Sender } from "./sender.ts";
import { senderOf } from "./sender.ts";

declare const types: unique symbol;

/**
 * A call of a task, or calls arranged: what a flow is before it is sent. Immutable; it can be sent twice and shared.
 *
 * `In` is what it still needs in front of its bound arguments, `Out` what its result is.
 */
export class Step<in In extends readonly unknown[], out Out> {
  declare readonly [types]: (...args: In) => Out;
  /** The plain data behind it. */
  readonly node: Node;
  /** The app it belongs to. */
  readonly sender: Sender;

  constructor(node: Node, sender: Sender) {
    this.node = node;
    this.sender = sender;
  }

  /**
   * This step, then the next one, which gets this one's result in front of its bound arguments.
   *
   * After a group the next step gets the list of its members' results (the record, for a group with keys), once all of
   * them have one.
   *
   * @throws {InvalidFlow} The steps belong to different apps.
   */
  pipe<Next>(next: Step<[input: Out], Next>): Step<In, Next> {
    return new Step(asNode([...stepsOf(this.node), ...stepsOf(next.node)]), senderOf([this, next]));
  }

  /**
   * This step with options. Those of a call replace its own, headers name by name. Those of an arrangement are for its
   * steps that do not say otherwise themselves; `countdownMs` delays where it begins: the first step of a chain, the
   * members of a group, never the step that joins a group.
   *
   * @throws {InvalidOption} One is out of its bounds.
   * @throws {NotJson} A header cannot travel as JSON.
   */
  set(options: StepOptions): Step<In, Out> {
    const { node } = this;
    const checked = checkedOptions(
      options,
      node.kind === "task" ? `a call of ${node.task}` : `a ${node.kind}`,
    );
    if (node.kind !== "task") return this.#with(inherited(node, checked));
    return this.#with({ ...node, options: overridden(node.options, checked) });
  }

  /**
   * This step with stamps on all its calls, and on those of its links: headers that nothing overrides once they are set,
   * and that a handler finds in `ctx.stamps`. Source: Celery's "Stamping", without its visitors.
   *
   * @throws {InvalidOption} A stamp has the name of one of Celery's options.
   * @throws {NotJson} A value cannot travel as JSON.
   */
  stamp(stamps: Readonly<Record<string, unknown>>): Step<In, Out> {
    const checked = checkedOptions({ stamps: stamps as JsonObject }, `a ${this.node.kind}`);
    return this.#with(stamped(this.node, checked.stamps ?? {}));
  }

  /**
   * A copy with more arguments bound, in front of those that are: of the first step of a chain, of every member of a
   * group; an immutable call keeps its own.
   *
   * @throws {NotJson} An argument cannot travel as JSON.
   * @throws {InvalidFlow} There is a chain without steps where one of the calls would be.
   * @example
   * add.s(4).clone(2); // as add.s(2, 4)
   */
  clone<Params extends readonly unknown[], const Bound extends Bindable<Params>>(
    this: Step<Params, Out>, // n.b. the variance of `In` would not allow it here
    ...bound: Bound
  ): Step<Remaining<Params, Bound>, Out> {
    return new Step(withArguments(this.node, argumentsToJson(bound, "clone")), this.sender);
  }

  /**
   * A copy with keyword arguments: what a Python worker's task is called with. A handler of ours gets them as one object
   * behind its other arguments. They go where {@link clone}'s arguments go; later ones win.
   *
   * @throws {NotJson} A value cannot travel as JSON.
   */
  kwargs(named: Readonly<Record<string, unknown>>): Step<In, Out> {
    return this.#with(withKeywords(this.node, toJson(named, "kwargs") as JsonObject));
  }

  /**
   * This step, and another one that begins with its result when it has succeeded, beside what follows here: Celery's
   * `link`. Nobody waits for it: its end changes nothing in this flow.
   *
   * @throws {InvalidFlow} The steps belong to different apps, or this one is a chain without steps.
   */
  link(callback: Step<[input: Out], unknown>): Step<In, Out> {
    return new Step(withLink(this.node, callback.node), senderOf([this, callback]));
  }

  /**
   * This step, and another one that begins with the id of the call that failed, for each that does by itself: Celery's
   * `link_error`. When members of a group fail that a body waits for, that is the body, once.
   *
   * @throws {InvalidFlow} The steps belong to different apps.
   */
  linkError(errback: Step<[id: string], unknown>): Step<In, Out> {
    return new Step(withErrorLink(this.node, errback.node), senderOf([this, errback]));
  }

  /** Celery's other word for {@link linkError}. */
  onError(errback: Step<[id: string], unknown>): Step<In, Out> {
    return this.linkError(errback);
  }

  /**
   * This step, and a handler that begins with what is known of its failure, once: of a call when it fails by itself, of a
   * chain when one of its steps does, of a group when it is decided and has failed; never for a failure before this step.
   * Nobody waits for the handler's flow, and its end changes nothing here.
   *
   * @throws {InvalidFlow} The steps belong to different apps.
   * @example
   * chain(load.s(7), group([a.s(), b.s()]), save.s()).onFailure(alert.s());
   */
  onFailure(handler: Step<[failure: FailureReport], unknown>): Step<In, Out> {
    return new Step(withFailureHandler(this.node, handler.node), senderOf([this, handler]));
  }

  /**
   * This call, and another one that undoes it: when the flow fails or is cancelled, the undos of the calls that had succeeded
   * run once each, the last call's first. Each gets what its call was given and what it returned. Said again, the last one
   * counts. `result.compensation()` tells what was undone. It may overlap with a run of the call that was cut off: it has
   * to be idempotent by `ctx.id` (`docs/compensation.md`).
   *
   * @throws {InvalidFlow} This, or the undo, is no single call; or they belong to different apps.
   * @example
   * const cancelTrip = app.task("trips.cancel", (done: Done<Trip>) => release(done.result));
   * chain(bookTrip.s("Rome").compensate(cancelTrip.s()), pay.s());
   */
  compensate(undo: Step<[done: Done<Out>], unknown>): Step<In, Out> {
    return new Step(withCompensation(this.node, undo.node), senderOf([this, undo]));
  }

  /** This step as Celery's signature object, which a Python client can send; `app.fromJSON` reads it back. */
  toJSON(): JsonObject {
    return flowToSignature(this.node);
  }

  /**
   * This step as a picture: lines of text, a flowchart for Mermaid (a `mermaid` block on GitHub), or a graph for Graphviz.
   * `…` stands for what a step gets from the one before it. Nothing is sent; `draw()` of a result has the states, too.
   *
   * @param format - Default `text`.
   * @throws {InvalidOption} There is no such format, or `limit` is out of its bounds.
   * @example
   * group([add.s(1, 1), add.s(2, 2)]).pipe(sum.s()).draw();
   * // chain
   * // ├─ group
   * // │  ├─ add(1, 1)
   * // │  └─ add(2, 2)
   * // └─ sum(…)
   */
  draw(format: DrawFormat = "text", options: DrawOptions = {}): string {
    return draw(this.node, format, options);
  }

  /**
   * Sends the flow. Returns at once; `published` of the result tells when the broker has it.
   *
   * @param input - What the first step still needs, in front of its bound arguments.
   * @throws {NotJson} One of it cannot travel as JSON, or is undefined.
   */
  apply(...input: In): AsyncResult<Out> {
    return this.sender.send<Out>(this.node, input);
  }

  #with(node: Node): Step<In, Out> {
    return new Step(node, this.sender);
  }
}

/** A step of which nothing is known but that it is one. */
// oxlint-disable-next-line typescript/no-explicit-any -- any input, any output: `never` and `unknown` would not be inferred from
export type AnyStep = Step<any, any>;
