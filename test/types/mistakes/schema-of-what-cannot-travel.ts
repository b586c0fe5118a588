import { z } from "zod";
import { app } from "./app.ts";

app.task("size", { input: z.map(z.string(), z.number()) }, () => 5);
