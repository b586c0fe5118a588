import { describe, expectTypeOf, test } from "vitest";
import type { Arriving, Sendable } from "./arriving.ts";
import type { Json } from "./json.ts";

interface Tree {
  readonly name: string;
  readonly born: Date;
  readonly children: readonly Tree[];
  readonly right?: Tree;
  readonly left: Tree | null;
}
type Nested = string | Nested[] | { [key: string]: Nested };

describe("what a handler returns arrives", () => {
  test("awaited, and nothing as null", () => {
    expectTypeOf<Arriving<Promise<number>>>().toEqualTypeOf<number>();
    expectTypeOf<Arriving<Promise<Promise<string>>>>().toEqualTypeOf<string>();
    expectTypeOf<Arriving<void>>().toEqualTypeOf<null>();
    expectTypeOf<Arriving<undefined>>().toEqualTypeOf<null>();
    expectTypeOf<Arriving<Promise<void>>>().toEqualTypeOf<null>();
    expectTypeOf<Arriving<number | undefined>>().toEqualTypeOf<number | null>();
    expectTypeOf<Arriving<Promise<number> | string>>().toEqualTypeOf<number | string>();
  });

  test("as it was, where JSON and Celery's dialect have it", () => {
    expectTypeOf<Arriving<number>>().toEqualTypeOf<number>();
    expectTypeOf<Arriving<"a" | 5 | true | null>>().toEqualTypeOf<"a" | 5 | true | null>();
    expectTypeOf<Arriving<Date>>().toEqualTypeOf<Date>();
    expectTypeOf<Arriving<Uint8Array>>().toEqualTypeOf<Uint8Array>();
    expectTypeOf<Arriving<Json>>().toEqualTypeOf<Json>();
    expectTypeOf<Arriving<Tree>>().toEqualTypeOf<Tree>();
    expectTypeOf<Arriving<Nested>>().toEqualTypeOf<Nested>();
    expectTypeOf<Arriving<Record<string, Date>>>().toEqualTypeOf<Record<string, Date>>();
    expectTypeOf<Arriving<string & { readonly brand: "id" }>>().toEqualTypeOf<
      string & { readonly brand: "id" }
    >();
    expectTypeOf<Arriving<{ kind: "a"; at: Date } | { kind: "b" }>>().toEqualTypeOf<
      { kind: "a"; at: Date } | { kind: "b" }
    >();
  });

  test("as a tuple with its names, where it was one, and as a list", () => {
    expectTypeOf<Arriving<[x: number, at?: Date]>>().toEqualTypeOf<[x: number, at?: Date]>();
    expectTypeOf<Arriving<readonly [number, ...string[]]>>().toEqualTypeOf<readonly [number, ...string[]]>();
    expectTypeOf<Arriving<readonly Tree[]>>().toEqualTypeOf<readonly Tree[]>();
    expectTypeOf<Arriving<[a: Buffer, b: Date]>>().toEqualTypeOf<[a: Uint8Array, b: Date]>();
    expectTypeOf<Arriving<Buffer[]>>().toEqualTypeOf<Uint8Array[]>();
  });

  test("as bytes, where it was a Buffer, however deep", () => {
    expectTypeOf<Arriving<Buffer>>().toEqualTypeOf<Uint8Array>();
    expectTypeOf<Arriving<{ readonly name: string; content?: Buffer }>>().toEqualTypeOf<{
      readonly name: string;
      content?: Uint8Array;
    }>();
  });

  test("without the fields that are undefined", () => {
    expectTypeOf<Arriving<{ id: string; at: Date | undefined }>>().toEqualTypeOf<{
      id: string;
      at?: Date | undefined;
    }>();
    expectTypeOf<Arriving<{ id?: string }>>().toEqualTypeOf<{ id?: string }>();
    expectTypeOf<Arriving<{ any: unknown }>>().toEqualTypeOf<{ any: unknown }>();
  });

  test("as what is not known, where it is not", () => {
    expectTypeOf<Arriving<never>>().toEqualTypeOf<never>();
    expectTypeOf<Arriving<unknown>>().toEqualTypeOf<unknown>();
    expectTypeOf<Arriving<unknown[]>>().toEqualTypeOf<unknown[]>();
    expectTypeOf<Arriving<object>>().toEqualTypeOf<object>();
    // oxlint-disable-next-line typescript/no-explicit-any -- what is any stays any
    expectTypeOf<Arriving<any>>().toBeAny();
  });
});

describe("callers pass", () => {
  test("what the handler takes", () => {
    expectTypeOf<Sendable<[tree: Tree, at?: Date]>>().toEqualTypeOf<[tree: Tree, at?: Date]>();
    expectTypeOf<Sendable<readonly string[]>>().toEqualTypeOf<readonly string[]>();
    // oxlint-disable-next-line typescript/no-explicit-any -- a task of which nothing is known
    expectTypeOf<Sendable<any[]>>().toEqualTypeOf<any[]>();
  });

  test("a field that may be undefined, or leave it out", () => {
    expectTypeOf<Sendable<[x: 1, by: { user: string; at: Date | undefined }]>>().toEqualTypeOf<
      [x: 1, by: { user: string; at?: Date | undefined }]
    >();
  });
});
