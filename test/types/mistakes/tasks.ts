import type { Task } from "@umbel/core";

export declare const add: Task<[x: number, y: number], number>;
export declare const clamp: Task<[x: number, low: number, high: number], number>;
export declare const length: Task<[text: string], number>;
export declare const mul: Task<[x: number, by: number], number>;
export declare const now: Task<[], Date>;
export declare const show: Task<[x: number], string>;
export declare const sum: Task<[xs: readonly number[]], number>;
