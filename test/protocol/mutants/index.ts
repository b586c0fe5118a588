import { ADDING } from "./adding.ts";
import { COMPENSATING } from "./compensating.ts";
import { DECIDING } from "./deciding.ts";
import { ENDING } from "./ending.ts";
import { FUSING } from "./fusing.ts";
import { JOINING } from "./joining.ts";
import { LAWS } from "./laws.ts";
import type { Mutant } from "./mutant.ts";
import { RUNNING } from "./running.ts";

/** All of them. */
export const MUTANTS: readonly Mutant[] = [
  ...RUNNING,
  ...JOINING,
  ...ENDING,
  ...FUSING,
  ...DECIDING,
  ...COMPENSATING,
  ...ADDING,
  ...LAWS,
];
