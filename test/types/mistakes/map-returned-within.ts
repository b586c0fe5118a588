import { app } from "./app.ts";

app.task("index", async (ids: string[]) => ({ user: { byId: new Map(ids.map((id) => [id, 1])) } }));
