import type { IsRecord, MaybeUndefined, Sent, Side } from "./arriving.ts";

declare const reason: unique symbol;

/**
 * What the compiler says of a task whose values do not all travel: where one is that does not, in the words of the error
 * at run time, and its type. `docs/values.md` tells what travels, and what to send instead of the rest.
 */
export interface CannotTravel<Where, What> {
  readonly [reason]: readonly [where: Where, what: What];
}

/** What of a result does not travel: `CannotTravel<"result.user.born", …>`; never when all does. */
export type RefusedResult<Result> = Refusal<Exclude<Awaited<Result>, undefined | void>, "result", "arrives">;

/**
 * What of these parameters does not travel, or arrives as another type: `CannotTravel<"args[1].born", …>`; never when all
 * is well. An argument is left out rather than undefined, so only an optional parameter may be that.
 */
export type RefusedArguments<Params extends readonly unknown[]> = RefusedItems<
  WithAll<Params>,
  "args",
  "taken"
>;

type Refusal<Value, Where extends string, On extends Side, Levels = Deep> =
  Travels<Value, On> extends true ? never : RefusalIn<Value, Where, On, Levels>;

/** n.b. What arrives is mostly what is taken, and is looked at anyway: it comes first for the compiler's speed. */
type Travels<Value, On extends Side> = On extends "arrives"
  ? [Value] extends [Sent<Value, "arrives">]
    ? true
    : false
  : [Sent<Value, "arrives">] extends [Value]
    ? true
    : [Sent<Value, "taken">] extends [Value]
      ? true
      : false;

/** n.b. It follows only what is refused, and no deeper than this: a type may contain itself. */
type Deep = [1, 2, 3, 4, 5, 6, 7, 8];

type RefusalIn<Value, Where extends string, On extends Side, Levels> = Value extends unknown
  ? Travels<Value, On> extends true
    ? never
    : Levels extends readonly [unknown, ...infer Fewer]
      ? Blamed<RefusedPart<Value, Where, On, Fewer>, Where, Value>
      : CannotTravel<Where, Value>
  : never;

/** The part of a value, or the value where no part of it is to blame. */
type Blamed<Part, Where, Value> = [Part] extends [never] ? CannotTravel<Where, Value> : Part;

type RefusedPart<Value, Where extends string, On extends Side, Levels> = Value extends readonly unknown[]
  ? RefusedItems<WithAll<Value>, Where, On, Levels>
  : IsRecord<Value> extends true
    ? {
        [Key in keyof Value]-?: Refusal<
          Exclude<Value[Key], undefined>,
          `${Where}.${Key & (string | number)}`,
          On,
          Levels
        >;
      }[keyof Value]
    : never;

/** A tuple with what it may leave out. n.b. `Required` of a list would have its items without undefined. */
type WithAll<List extends readonly unknown[]> = List[number][] extends List ? List : Required<List>;

type RefusedItems<List extends readonly unknown[], Where extends string, On extends Side, Levels = Deep> = {
  [Index in keyof List]: RefusedItem<List[Index], `${Where}[${Index & (string | number)}]`, On, Levels>;
}[number];

type RefusedItem<Item, Where extends string, On extends Side, Levels> =
  | (MaybeUndefined<Item> extends true ? CannotTravel<Where, undefined> : never)
  | Refusal<Exclude<Item, undefined>, Where, On, Levels>;
