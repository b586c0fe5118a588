import { chord } from "@umbel/canvas";
import { add, show } from "./tasks.ts";

chord([add.s(1, 1), add.s(2, 2)], show.s());
