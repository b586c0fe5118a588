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

/**
 * Parameters as callers see them: a field that may be undefined may be left out, since it is on the way.
 *
 * @example
 * type Params = Sendable<[entry: { at: Date | undefined }]>; // [entry: { at?: Date | undefined }]
 */
export type Sendable<Params extends readonly unknown[]> = { [Index in keyof Params]: Named<Params[Index]> };

type Named<Value> = Sent<Value, "arrives"> extends Value ? Value : Sent<Value, "arrives">;

declare const refused: unique symbol;

/** Stands where a value does not travel: nothing is assignable to it, and it to nothing. */
export interface Refused {
  readonly [refused]: true;
}

/** As what a value goes on its way: as what `arrives`, or to be `taken` for what it was, which a subclass cannot be. */
export type Side = "arrives" | "taken";

/** A value on its way, with `Refused` for what does not travel. n.b. Lists and fields are lazy: a type may contain itself. */
export type Sent<Value, On extends Side> = [Json] extends [Value]
  ? Value // any, unknown, Json
  : Value extends null | boolean | number | string | undefined | void
    ? Value
    : Value extends Date
      ? Based<Value, Date, Date, On>
      : Value extends Uint8Array
        ? Based<Value, Uint8Array<ArrayBuffer>, Uint8Array, On>
        : Value extends readonly (infer Item)[]
          ? SentList<Value, Item, On>
          : IsRecord<Value> extends true
            ? SentFields<Value, On>
            : Refused;

/** A subclass of dates or bytes arrives as its base class. */
type Based<Value, Arrived extends Base, Base, On extends Side> = Arrived extends Value
  ? Value
  : { readonly arrives: Base; readonly taken: Refused }[On];

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

/** Whether it may be undefined, and says so: `unknown` does not, nor does anything without `strictNullChecks`. */
export type MaybeUndefined<Value> = unknown extends Value
  ? false
  : [undefined, 0] extends [Value, undefined extends 0 ? never : 0]
    ? true
    : false;

type SentFields<Fields, On extends Side> = [On, undefined] extends ["arrives", Required<Fields>[keyof Fields]]
  ? WithoutUndefined<Fields>
  : { [Key in keyof Fields]: Sent<Fields[Key], On> };

type WithoutUndefined<Fields> = {
  [Key in keyof Fields as MaybeUndefined<Fields[Key]> extends true ? never : Key]: Sent<
    Fields[Key],
    "arrives"
  >;
} & {
  [Key in keyof Fields as MaybeUndefined<Fields[Key]> extends true ? Key : never]?: Sent<
    Fields[Key],
    "arrives"
  >;
} extends infer Both
  ? { [Key in keyof Both]: Both[Key] } // n.b. in errors and hints, `{ … }` instead of `{ … } & { … }`
  : never;

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

type Methods<Value> = unknown extends Value[keyof Value]
  ? {
      [Key in keyof Value]-?: unknown extends Value[Key] ? never : Extract<Value[Key], AnyFunction>;
    }[keyof Value]
  : Extract<Value[keyof Value], AnyFunction>;

/** n.b. A record with a name and a message is no error, even with a stack. */
type IsError<Value> = Value extends Error ? ("stack" | "cause" extends keyof Value ? true : false) : false;

type AnyFunction = ((...args: never) => unknown) | (abstract new (...args: never) => unknown);
