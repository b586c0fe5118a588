import { z } from "zod";
import { app } from "./app.ts";

app.task("length", { output: z.string() }, async (text: string) => text.length);
