import { add, now } from "./tasks.ts";

add.s(1, 2).pipe(now.s());
