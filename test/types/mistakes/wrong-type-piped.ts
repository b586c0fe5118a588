import { add, length } from "./tasks.ts";

add.s(1, 2).pipe(length.s());
