export { mongoBackend } from "./backend.ts";

export type { MongoBackendOptions } from "./collections.ts";
