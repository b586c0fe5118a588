import { app } from "./app.ts";

app.task("size", (_name: string, byId: Map<string, number>) => byId.size);
