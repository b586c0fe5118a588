import { serveRows } from "../../serve-rows.ts";
import { placesFrom } from "./library.ts";
import { BullmqWorld } from "./world.ts";

serveRows((row) => row.bullmq, await BullmqWorld.open(placesFrom(process.env)));
