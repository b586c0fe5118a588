import { app } from "./app.ts";

app.task("big", (x: number) => BigInt(x));
