import type { Umbel } from "@umbel/runtime";

export declare const app: Umbel;
