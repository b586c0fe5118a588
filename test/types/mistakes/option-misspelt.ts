import { app } from "./app.ts";

app.task("add", { queu: "math" }, (x: number, y: number) => x + y);
