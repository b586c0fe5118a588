import { add, show } from "./tasks.ts";

add.s(1, 2).pipe(show);
