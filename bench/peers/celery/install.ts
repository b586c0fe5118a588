import { runCommand } from "../../../test/services/command.ts";
import { installFromPypi } from "../pypi.ts";

/** A Python that has Celery. */
export interface Celery {
  readonly python: string;
  /** Of it, and of what it works with, by name. */
  readonly versions: Readonly<Record<string, string>>;
}

/** Installs Celery, with what it needs for Redis and MongoDB. @throws {Error} It cannot be had; with the reason. */
export async function installCelery(): Promise<Celery> {
  const python = await installFromPypi("celery[redis,mongodb]==5.7.0");
  const versions = JSON.parse(await runCommand(python, ["-c", TELL_VERSIONS])) as Celery["versions"];
  return { python, versions };
}

const TELL_VERSIONS = `
import json, platform
from importlib.metadata import version
names = ("celery", "kombu", "redis", "pymongo")
print(json.dumps({**{name: version(name) for name in names}, "python": platform.python_version()}))
`;
