import { add } from "./tasks.ts";

const text: string = await add.s(1, 2).apply().get();
console.log(text);
