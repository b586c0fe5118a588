import { app } from "./app.ts";

app.task("greet", (name: string | undefined) => `Hi ${name}`);
