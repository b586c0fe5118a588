import { describe, expectTypeOf, test } from "vitest";
import type { Json } from "./json.ts";
import type { CannotTravel, RefusedArguments, RefusedResult } from "./refusal.ts";

interface Tree {
  readonly born: Date;
  readonly children: readonly Tree[];
  readonly left: Tree | null;
}
interface Poisoned {
  readonly size: bigint;
  readonly children: readonly Poisoned[];
}
declare class Account {
  readonly name: string;
  save(): void;
}
declare class Money {
  readonly cents: number;
  private readonly isSpent: boolean;
}

describe("of a result nothing is refused", () => {
  test("that travels", () => {
    expectTypeOf<RefusedResult<void>>().toEqualTypeOf<never>();
    expectTypeOf<RefusedResult<Promise<Tree | undefined>>>().toEqualTypeOf<never>();
    expectTypeOf<RefusedResult<Json>>().toEqualTypeOf<never>();
    expectTypeOf<RefusedResult<[x: number, at?: Date]>>().toEqualTypeOf<never>();
    expectTypeOf<RefusedResult<{ at: Date | undefined; name?: string }>>().toEqualTypeOf<never>();
    expectTypeOf<RefusedResult<Uint8Array | Buffer>>().toEqualTypeOf<never>();
    expectTypeOf<RefusedResult<{ name: string; message: string; stack?: string }>>().toEqualTypeOf<never>();
  });

  test("of which nothing is known", () => {
    expectTypeOf<RefusedResult<unknown>>().toEqualTypeOf<never>();
    expectTypeOf<RefusedResult<never>>().toEqualTypeOf<never>();
    // oxlint-disable-next-line typescript/no-explicit-any -- what is any is let through
    expectTypeOf<RefusedResult<any>>().toEqualTypeOf<never>();
    // oxlint-disable-next-line typescript/no-explicit-any -- what is any is let through
    expectTypeOf<RefusedResult<{ readonly data: any; readonly items: any[] }>>().toEqualTypeOf<never>();
    expectTypeOf<RefusedResult<{ readonly data: unknown; readonly more: object }>>().toEqualTypeOf<never>();
  });
});

describe("of a result is refused, by its path,", () => {
  test("what is no data", () => {
    expectTypeOf<RefusedResult<bigint>>().toEqualTypeOf<CannotTravel<"result", bigint>>();
    expectTypeOf<RefusedResult<Promise<symbol>>>().toEqualTypeOf<CannotTravel<"result", symbol>>();
    expectTypeOf<RefusedResult<() => void>>().toEqualTypeOf<CannotTravel<"result", () => void>>();
    expectTypeOf<RefusedResult<typeof Account>>().toEqualTypeOf<CannotTravel<"result", typeof Account>>();
  });

  test("an instance of a class, where its type tells", () => {
    type Of<What> = RefusedResult<{ readonly x: What }>;
    expectTypeOf<Of<Map<string, number>>>().toEqualTypeOf<CannotTravel<"result.x", Map<string, number>>>();
    expectTypeOf<Of<Set<string>>>().toEqualTypeOf<CannotTravel<"result.x", Set<string>>>();
    expectTypeOf<Of<WeakMap<object, 1>>>().toEqualTypeOf<CannotTravel<"result.x", WeakMap<object, 1>>>();
    expectTypeOf<Of<RegExp>>().toEqualTypeOf<CannotTravel<"result.x", RegExp>>();
    expectTypeOf<Of<Error>>().toEqualTypeOf<CannotTravel<"result.x", Error>>();
    expectTypeOf<Of<TypeError>>().toEqualTypeOf<CannotTravel<"result.x", TypeError>>();
    expectTypeOf<Of<Promise<number>>>().toEqualTypeOf<CannotTravel<"result.x", Promise<number>>>();
    expectTypeOf<Of<Float64Array>>().toEqualTypeOf<CannotTravel<"result.x", Float64Array>>();
    expectTypeOf<Of<Uint8ClampedArray>>().toEqualTypeOf<CannotTravel<"result.x", Uint8ClampedArray>>();
    expectTypeOf<Of<ArrayBuffer>>().toEqualTypeOf<CannotTravel<"result.x", ArrayBuffer>>();
    expectTypeOf<Of<URL>>().toEqualTypeOf<CannotTravel<"result.x", URL>>();
    expectTypeOf<Of<Account>>().toEqualTypeOf<CannotTravel<"result.x", Account>>();
    expectTypeOf<Of<Money>>().toEqualTypeOf<CannotTravel<"result.x", Money>>();
    expectTypeOf<Of<RegExpMatchArray>>().toEqualTypeOf<CannotTravel<"result.x", RegExpMatchArray>>();
  });

  test("in lists, tuples, records and unions", () => {
    expectTypeOf<RefusedResult<bigint[]>>().toEqualTypeOf<CannotTravel<`result[${number}]`, bigint>>();
    expectTypeOf<RefusedResult<[x: number, y?: bigint]>>().toEqualTypeOf<CannotTravel<"result[1]", bigint>>();
    expectTypeOf<RefusedResult<Record<string, bigint>>>().toEqualTypeOf<
      CannotTravel<`result.${string}`, bigint>
    >();
    expectTypeOf<RefusedResult<Record<number, symbol>>>().toEqualTypeOf<
      CannotTravel<`result.${number}`, symbol>
    >();
    expectTypeOf<RefusedResult<string | bigint>>().toEqualTypeOf<CannotTravel<"result", bigint>>();
    expectTypeOf<RefusedResult<{ user?: { born: Date | bigint } }>>().toEqualTypeOf<
      CannotTravel<"result.user.born", bigint>
    >();
  });

  test("each that there is", () => {
    expectTypeOf<RefusedResult<{ a: bigint; b: symbol }>>().toEqualTypeOf<
      CannotTravel<"result.a", bigint> | CannotTravel<"result.b", symbol>
    >();
  });

  test("in a type that contains itself, as deep as it is looked for", () => {
    expectTypeOf<CannotTravel<"result.size", bigint>>().toExtend<RefusedResult<Poisoned>>();
  });

  test("an item that may be undefined", () => {
    expectTypeOf<RefusedResult<(string | undefined)[]>>().toEqualTypeOf<
      CannotTravel<`result[${number}]`, undefined>
    >();
  });
});

describe("of parameters", () => {
  test("nothing is refused that travels", () => {
    expectTypeOf<RefusedArguments<[]>>().toEqualTypeOf<never>();
    expectTypeOf<RefusedArguments<[x: number, tree: Tree, at?: Date]>>().toEqualTypeOf<never>();
    expectTypeOf<RefusedArguments<[x: unknown, ...more: readonly string[]]>>().toEqualTypeOf<never>();
    expectTypeOf<RefusedArguments<[by: { at: Date | undefined }]>>().toEqualTypeOf<never>();
    expectTypeOf<
      RefusedArguments<[bytes: Uint8Array, more: Uint8Array<ArrayBuffer>]>
    >().toEqualTypeOf<never>();
    // oxlint-disable-next-line typescript/no-explicit-any -- what is any is let through
    expectTypeOf<RefusedArguments<any[]>>().toEqualTypeOf<never>();
  });

  test("what does not is named by its path", () => {
    expectTypeOf<RefusedArguments<[x: number, m: Map<string, number>]>>().toEqualTypeOf<
      CannotTravel<"args[1]", Map<string, number>>
    >();
    expectTypeOf<RefusedArguments<[x: number, by?: { user: { born: bigint } }]>>().toEqualTypeOf<
      CannotTravel<"args[1].user.born", bigint>
    >();
    expectTypeOf<RefusedArguments<[x: number, ...more: bigint[]]>>().toEqualTypeOf<
      CannotTravel<`args[${number}]`, bigint>
    >();
  });

  test("what would arrive as another type is, too", () => {
    expectTypeOf<RefusedArguments<[file: Buffer]>>().toEqualTypeOf<CannotTravel<"args[0]", Buffer>>();
    expectTypeOf<RefusedArguments<[x: string | undefined]>>().toEqualTypeOf<
      CannotTravel<"args[0]", undefined>
    >();
  });
});
