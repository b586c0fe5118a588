import type { StandardSchemaV1 } from "@standard-schema/spec";

/** A schema of zod, valibot, arktype or any other library that follows Standard Schema, version 1. */
export type Schema = StandardSchemaV1;

/** One schema for the only argument, or a list with one for each. */
export type ArgumentSchemas = Schema | readonly Schema[];

/** What callers pass: what the schemas take. What may be undefined may be left out, where nothing follows it. */
export type Accepted<Input> = Input extends readonly Schema[]
  ? OptionalAtEnd<{ -readonly [Index in keyof Input]: TakenBy<Input[Index]> }>
  : OptionalAtEnd<[input: TakenBy<Input>]>;

/** What a handler gets: what the schemas make of it. */
export type Validated<Input> = Input extends readonly Schema[]
  ? { -readonly [Index in keyof Input]: GivenBy<Input[Index]> }
  : [input: GivenBy<Input>];

/** What a schema takes. */
export type TakenBy<Any> = Any extends Schema ? StandardSchemaV1.InferInput<Any> : unknown;

/** What a schema makes of it. */
export type GivenBy<Any> = Any extends Schema ? StandardSchemaV1.InferOutput<Any> : unknown;

type OptionalAtEnd<Items extends readonly unknown[]> = Items extends readonly [...infer Head, infer Last]
  ? unknown extends Last
    ? Items
    : undefined extends Last
      ? [...OptionalAtEnd<Head>, Exclude<Last, undefined>?]
      : Items
  : Items;
