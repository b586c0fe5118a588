import { z } from "zod";
import { app } from "./app.ts";

app.task("mail.send", { input: z.object({ to: z.email() }) }, (to: string) => to);
