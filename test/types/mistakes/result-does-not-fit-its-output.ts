import { z } from "zod";
import { app } from "./app.ts";

app.task("length", { input: z.string(), output: z.string() }, (text) => text.length);
