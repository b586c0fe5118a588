import { mul } from "./tasks.ts";

mul.s(1, 2, 3);
