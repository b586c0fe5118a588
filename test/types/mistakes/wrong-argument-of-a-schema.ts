import { z } from "zod";
import { app } from "./app.ts";

const send = app.task("mail.send", { input: z.object({ to: z.email() }) }, ({ to }) => to);
send.s({ to: 5 });
