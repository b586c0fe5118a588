import { app } from "./app.ts";

const greet = app.task("greet", (name: string, greeting?: string) => `${greeting ?? "Hi"} ${name}`);
greet.s("Ann", undefined);
