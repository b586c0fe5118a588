import { group } from "@umbel/canvas";
import { add, length, show } from "./tasks.ts";

add.s(1, 2).pipe(group([show.s(), length.s()]));
