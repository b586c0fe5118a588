import { chain } from "@umbel/canvas";
import { add, length, show } from "./tasks.ts";

chain(add.s(1, 2), length.s(), show.s());
