import { mul } from "./tasks.ts";

mul.s("8");
