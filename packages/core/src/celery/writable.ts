/** The same with fields that can be set, for what is made field by field. */
export type Writable<Whole> = { -readonly [Name in keyof Whole]: Whole[Name] };
