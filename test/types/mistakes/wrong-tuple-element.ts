import { group } from "@umbel/canvas";
import { add, show, sum } from "./tasks.ts";

group([add.s(1, 1), show.s(2)]).pipe(sum.s());
