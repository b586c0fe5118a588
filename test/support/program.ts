import { join } from "node:path";
import { Child } from "./child.ts";
import { ROOT } from "./folder.ts";

/** What a user's project would have, but that it takes the packages from their sources. */
export const TSCONFIG: string = JSON.stringify({
  compilerOptions: {
    ...{ noEmit: true, strict: true, skipLibCheck: true, types: ["node"] },
    ...{ target: "es2023", lib: ["es2023", "esnext.disposable"], module: "nodenext" },
    ...{ customConditions: ["@umbel/source"], allowImportingTsExtensions: true },
  },
});

/** What is wrong in `main.ts`: errors of the sources are what `npm run typecheck` is for. */
export async function compile(folder: string): Promise<readonly string[]> {
  const compiler = join(ROOT, "node_modules/typescript/lib/tsc.js");
  await using child = new Child(process.execPath, [compiler, "-p", folder], { folder });
  await child.ended;
  return child.lines.filter((line) => line.startsWith("main.ts"));
}
