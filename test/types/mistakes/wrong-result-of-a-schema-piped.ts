import { z } from "zod";
import { app } from "./app.ts";
import { length } from "./tasks.ts";

const parse = app.task("parse", { output: z.string().transform(Number) }, (text: string) => text);
parse.s("5").pipe(length.s());
