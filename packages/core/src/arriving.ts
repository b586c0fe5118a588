import type { Json } from "./json.ts";

/**
 * What a handler returns, as it arrives: a promise's value; null for nothing; without a field that is undefined; bytes
 * of any class as a `Uint8Array`. What arrives as it was keeps its name.
 *
 * @example
 * type Found = Arriving<Promise<User | undefined>>; // User | null
 */
export type Arriving<Result> =
  Awaited<Result> extends infer Value ? (Value extends undefined | void ? null : Named<Value>) : never;

type Named<Value> = Sent<Value, "arrives"> extends Value ? Value : Sent<Value, "arrives">;

declare const refused: unique symbol;

/** Stands where a value does not travel: nothing is assignable to it, and it to nothing. */
export interface Refused {
  readonly [refused]: true;
}

/**
 * What a subclass of `Date` or `Uint8Array` is, which arrives as its base class: that, when it `arrives`; itself, when it
 * is `sent`; and refused, when it is `taken` for what it was.
 */
export type Side = "arrives" | "sent" | "taken";

/** A value on its way, with `Refused` for what does not travel. n.b. Lists and fields are lazy: a type may contain itself. */
export type Sent<Value, On extends Side> = [Json] extends [Value]
  ? Value // any, unknown, Json
  : Value extends null | boolean | number | string | undefined | void
    ? Value
    : Value extends Date
      ? Based<Value, Date, On>
      : Value extends Uint8Array
        ? Based<Value, Uint8Array<ArrayBuffer>, On>
        : Value extends readonly (infer Item)[]
          ? SentList<Value, Item, On>
          : IsRecord<Value> extends true
            ? SentFields<Value, On>
            : Refused;

type Based<Value, Base, On extends Side> = Base extends Value
  ? Value
  : { readonly arrives: Base; readonly sent: Value; readonly taken: Refused }[On];

type SentList<List, Item, On extends Side> = readonly Item[] extends List
  ? readonly SentItem<Item, On>[]
  : Item[] extends List
    ? SentItem<Item, On>[]
    : {
        [Index in keyof List]: Index extends keyof Required<List>
          ? SentItem<Required<List>[Index], On>
          : never;
      };

/** n.b. An item that is undefined would arrive as null, so there may be none. */
type SentItem<Item, On extends Side> = MaybeUndefined<Item> extends true ? Refused : Sent<Item, On>;

/** Whether it may be undefined, and says so: `unknown` does not. */
export type MaybeUndefined<Value> = unknown extends Value ? false : undefined extends Value ? true : false;

type SentFields<Fields, On extends Side> = [On, undefined] extends ["arrives", Fields[keyof Fields]]
  ? WithoutUndefined<Fields>
  : { [Key in keyof Fields]: Sent<Fields[Key], On> };

type WithoutUndefined<Fields> = Flat<
  {
    [Key in keyof Fields as MaybeUndefined<Fields[Key]> extends true ? never : Key]: Sent<
      Fields[Key],
      "arrives"
    >;
  } & {
    [Key in keyof Fields as MaybeUndefined<Fields[Key]> extends true ? Key : never]?: Sent<
      Exclude<Fields[Key], undefined>,
      "arrives"
    >;
  }
>;

type Flat<Fields> = { [Key in keyof Fields]: Fields[Key] };

/** Whether it is fields and nothing else, as far as a type tells: no function, no method, nothing private, no error. */
export type IsRecord<Value> = Value extends AnyFunction
  ? false
  : Value extends object
    ? [Methods<Value>, IsError<Value>] extends [never, false]
      ? Flat<Value> extends Value // n.b. what is private has no key
        ? true
        : false
      : false
    : false;

type Methods<Value> = {
  [Key in keyof Value]-?: unknown extends Value[Key] ? never : Extract<Value[Key], AnyFunction>;
}[keyof Value];

/** n.b. A record with a name and a message is no error, even with a stack. */
type IsError<Value> = Value extends Error ? ("stack" | "cause" extends keyof Value ? true : false) : false;

type AnyFunction = ((...args: never) => unknown) | (abstract new (...args: never) => unknown);
