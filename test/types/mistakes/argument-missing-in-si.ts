import { add, mul } from "./tasks.ts";

add.s(1, 2).pipe(mul.si(3));
