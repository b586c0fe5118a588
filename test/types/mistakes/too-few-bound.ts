import { add, clamp } from "./tasks.ts";

add.s(1, 2).pipe(clamp.s(10));
