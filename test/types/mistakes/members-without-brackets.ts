import { group } from "@umbel/canvas";
import { add } from "./tasks.ts";

group(add.s(1, 1), add.s(2, 2));
