import { findProgram, runCommand } from "./command.ts";
import type { Missing, Service } from "./service.ts";
import type { Source } from "./source.ts";

const INSTALL_WITHIN_MS = 10 * 60_000;

/**
 * Installs a package of Debian or Ubuntu; only as root, which on a developer's own machine nobody is.
 *
 * @param open - Gives the service, once the package is there.
 */
export function aptSource(name: string, open: () => Promise<Service>): Source {
  return { name: "apt-get", open: () => installAndOpen(name, open) };
}

async function installAndOpen(name: string, open: () => Promise<Service>): Promise<Service | Missing> {
  if (findProgram("apt-get") === undefined) return { missing: "apt-get is not there to install it" };
  if (process.getuid?.() !== 0) return { missing: "only root can install it with apt-get" };
  console.log(`installing ${name} with apt-get …`);
  await aptGet("update");
  await aptGet("install", "-y", "--no-install-recommends", name);
  return open();
}

async function aptGet(...args: readonly string[]): Promise<void> {
  await runCommand("apt-get", ["-o", "DPkg::Lock::Timeout=300", ...args], {
    // n.b. RUNLEVEL=1 keeps the package's scripts from starting a server of the system's, where no systemd is at work.
    environment: { DEBIAN_FRONTEND: "noninteractive", RUNLEVEL: "1" },
    timeoutMs: INSTALL_WITHIN_MS,
  });
}
