import { app } from "./app.ts";

app.task("save", { queue: "files" }, (file: { name: string; content: Buffer }) => file.name);
