import type { Arriving, RefusedArguments, RefusedResult, Sendable, StepOptions } from "@umbel/core";
import type { Labelled } from "./labelled.ts";
import type { TaskContext } from "./context.ts";
import type { RetryTaskOptions } from "./retry-policy.ts";
import type { Replacement } from "./replacement.ts";
import type { RetryRequest } from "./retry-request.ts";
import type { Accepted, GivenBy, TakenBy, Validated } from "./schema.ts";

/** Any function. n.b. with `any` for its parameters, one with a default value would be `any`, too. */
export type TaskHandler = (...args: never) => unknown;

/** Options of a task. */
export interface TaskOptions extends StepOptions {
  /** Gives the handler a {@link TaskContext} in front of its arguments. Default false. */
  readonly bind?: boolean;
}

/** Options of a task whose handler is here: when it is tried again; with schemas, what is checked on the worker. */
export interface CheckedTaskOptions<Bind, Input, Output> extends StepOptions, RetryTaskOptions {
  /** Gives the handler a {@link TaskContext} in front of its arguments. Default false. */
  readonly bind?: Bind;
  /** A schema for the only argument, or a list with one for each; the handler gets what they make of them. */
  readonly input?: AcceptableInput<Input>;
  /** A schema for the result; what it makes of it is the task's result. */
  readonly output?: AcceptableOutput<Output>;
}

type AcceptableInput<Input> = [RefusedArguments<Accepted<Input>>] extends [never]
  ? Input
  : RefusedArguments<Accepted<Input>>;

type AcceptableOutput<Output> = [RefusedResult<GivenBy<Output>>] extends [never]
  ? Output
  : RefusedResult<GivenBy<Output>>;

/**
 * A handler, or options in its stead; or what the compiler says of a handler that takes or returns what does not travel.
 *
 * @example
 * function define<Handler extends TaskHandler>(name: string, handler: Acceptable<Handler>) {
 *   return app.task(`proj.${name}`, handler);
 * }
 */
export type Acceptable<Handler> = [RefusedBy<Handler>] extends [never]
  ? Handler | TaskOptions
  : RefusedBy<Handler>;

/** The same of a handler beside its options: what a schema checks is refused there. */
export type AcceptableBeside<Handler, Bind, Input, Output> = [
  RefusedBy<Handler, Bind, Input, Output>,
] extends [never]
  ? Handler
  : RefusedBy<Handler, Bind, Input, Output>;

type RefusedBy<Handler, Bind = false, Input = undefined, Output = undefined> =
  | ([Input] extends [undefined] ? RefusedArguments<OwnArguments<Handler, Bind>> : never)
  | ([Output] extends [undefined] ? RefusedResult<ResultOf<Handler>> : never);

/** What a handler has to be for these options. */
export type HandlerFor<Bind, Input, Output> = [Input] extends [undefined]
  ? [Bind] extends [true]
    ? (context: TaskContext, ...args: never) => Returned<Output, Request<Output>>
    : (...args: never) => Returned<Output>
  : [Bind] extends [true]
    ? (context: TaskContext, ...args: Validated<Input>) => Returned<Output, Request<Output>>
    : (...args: Validated<Input>) => Returned<Output>;

/** What a handler may ask for instead of a result: another attempt, or a step that gives what the task gives. */
type Request<Output> = RetryRequest | Replacement<Arriving<GivenBy<Output>>>;

/** A request only where the handler has a context to make one. */
type Returned<Output, Asked = never> = [Output] extends [undefined]
  ? unknown
  : TakenBy<Output> | Asked | Promise<TakenBy<Output> | Asked>;

/** What callers of a task pass. */
export type ParamsOf<Handler, Bind = false, Input = undefined> = Sendable<
  [Input] extends [undefined]
    ? OwnArguments<Handler, Bind>
    : Labelled<Accepted<Input>, OwnArguments<Handler, Bind>>
>;

/** What callers of a task get. */
export type OutOf<Handler, Output = undefined> = Arriving<
  [Output] extends [undefined] ? ResultOf<Handler> : GivenBy<Output>
>;

/** The parameters of a handler without the context; any, where nothing is known of it. */
type OwnArguments<Handler, Bind> = Handler extends (
  ...args: infer Params extends readonly unknown[]
) => unknown
  ? [Params] extends [never]
    ? // oxlint-disable-next-line typescript/no-explicit-any -- a task of which nothing is known takes anything
      any[]
    : [Bind] extends [true]
      ? WithoutFirst<Params>
      : Params
  : never;

type WithoutFirst<Params extends readonly unknown[]> = Params extends readonly [unknown?, ...infer Others]
  ? Others
  : never;

type ResultOf<Handler> = Handler extends (...args: never) => infer Result ? WithoutRequest<Result> : never;

/** What a task comes to whose handler returns this: of a step that takes its place the step's result. */
type WithoutRequest<Result> = [Extract<Awaited<Result>, RetryRequest | Replacement>] extends [never]
  ? Result
  : WithoutReplacement<Exclude<Awaited<Result>, RetryRequest>>;

type WithoutReplacement<Result> = Result extends Replacement<infer Out> ? Out : Result;
