import { serveRows } from "../serve-rows.ts";
import { LimitWorld, limitPlacesFrom } from "./world.ts";

serveRows((row) => row.limit, await LimitWorld.open(limitPlacesFrom(process.env)));
