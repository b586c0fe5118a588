type List = readonly unknown[];

/** These types under the names of those parameters, as far as there are any: the types of schemas have no names. */
export type Labelled<Types extends List, Params extends List> = Types extends readonly []
  ? []
  : number extends (Types | Params)["length"]
    ? Types
    : Labelling<Types, Required<Params>>;

type Labelling<Types extends List, Params extends List> = Params extends readonly [unknown, ...infer Others]
  ? Types extends readonly [_?: unknown, ...others: infer OtherTypes]
    ? [...Label<Types, FirstOf<Params, Others>>, ...Labelled<OtherTypes, Others>]
    : never
  : Types;

type FirstOf<Params extends List, Others extends List> = Params extends readonly [...infer First, ...Others]
  ? First
  : never;

type Label<Types extends List, Named extends List> = Types extends readonly [infer Type, ...infer _]
  ? { [Index in keyof Named]: Type }
  : { [Index in keyof Named]?: Exclude<Types[0], undefined> };
