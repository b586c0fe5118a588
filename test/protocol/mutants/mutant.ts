/** Something taken out of the source: the test of its rule, or the laws of the engine, have to see it. */
export interface Mutant {
  /** A part of the name of the tests that have to see it. */
  readonly rule: string;
  /** What is taken out. */
  readonly name: string;
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}
