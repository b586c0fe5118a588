import type { StandardSchemaV1 } from "@standard-schema/spec";
import type { Issue } from "@umbel/core";
import { InvalidInput, InvalidOption, InvalidOutput } from "@umbel/core";
import type { ArgumentSchemas, Schema } from "./schema.ts";

/** What a task's arguments and its result have to be; undefined for anything. */
export interface Checks {
  readonly input: ArgumentSchemas | undefined;
  readonly output: Schema | undefined;
}

/**
 * Arguments as the schemas make them of those that came.
 *
 * @throws {InvalidInput} One is not valid, or there are too many or too few.
 */
export async function validArguments(
  task: string,
  input: ArgumentSchemas,
  args: readonly unknown[],
): Promise<readonly unknown[]> {
  const schemas = asList(input);
  if (args.length > schemas.length) throw new InvalidInput(task, [miscounted(schemas, args)]);
  const results = await Promise.all(schemas.map(async (schema, i) => schema["~standard"].validate(args[i])));
  const issues = results.flatMap((result, i) => issuesOf(result, `args[${i}]`));
  if (issues.length === 0) return results.map(valueOf);
  throw new InvalidInput(
    task,
    args.length < schemas.length ? [miscounted(schemas, args), ...issues] : issues,
  );
}

/**
 * A result as the schema makes it of what the handler returned.
 *
 * @throws {InvalidOutput} It is not valid.
 */
export async function validResult(task: string, output: Schema, value: unknown): Promise<unknown> {
  const result = await output["~standard"].validate(value);
  const issues = issuesOf(result, "result");
  if (issues.length > 0) throw new InvalidOutput(task, issues);
  return valueOf(result);
}

/** @throws {InvalidOption} One of them follows no Standard Schema. */
export function checkSchemas(task: string, { input, output }: Checks): void {
  for (const [name, schemas] of Object.entries({ input, output })) {
    if (schemas !== undefined && !asList(schemas).every(isSchema))
      throw new InvalidOption(
        `the ${name} of "${task}" is no schema; give one of a library that follows Standard Schema`,
      );
  }
}

function asList(schemas: ArgumentSchemas): readonly Schema[] {
  return isList(schemas) ? schemas : [schemas];
}

function isList(schemas: ArgumentSchemas): schemas is readonly Schema[] {
  return Array.isArray(schemas);
}

/** n.b. A schema of arktype is a function. */
function isSchema(value: Partial<Schema> | null): boolean {
  return typeof value?.["~standard"]?.validate === "function";
}

function miscounted({ length: takes }: readonly Schema[], { length: got }: readonly unknown[]): Issue {
  return { path: "args", message: `it takes ${takes} argument${takes === 1 ? "" : "s"}, and got ${got}` };
}

function issuesOf({ issues = [] }: StandardSchemaV1.Result<unknown>, root: string): readonly Issue[] {
  return issues.map(({ path = [], message }) => ({ path: path.reduce<string>(below, root), message }));
}

/** n.b. The same form as the path of `NotJson`. */
function below(path: string, segment: PropertyKey | StandardSchemaV1.PathSegment): string {
  const key = typeof segment === "object" ? segment.key : segment;
  return typeof key === "number" ? `${path}[${key}]` : `${path}.${String(key)}`;
}

function valueOf(result: StandardSchemaV1.Result<unknown>): unknown {
  return "value" in result ? result.value : undefined;
}
