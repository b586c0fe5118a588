import { group } from "@umbel/canvas";
import { add, length } from "./tasks.ts";

group([1, 2, 3].map((i) => add.s(i, i))).pipe(length.s());
