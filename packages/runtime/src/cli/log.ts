/** How much a line matters, the least first. */
export const LEVELS = ["debug", "info", "warning", "error"] as const;

export type Level = (typeof LEVELS)[number];

/** What a line says besides its text; what is null or undefined is left out. */
export type Fields = Readonly<Record<string, string | number | null | undefined>>;

/** Writes one line for each thing that happened: time, level, text, fields. */
export class Log {
  readonly #least: number;
  readonly #write: (line: string) => void;

  /** @param level - The least that is written. */
  constructor(level: Level, write: (line: string) => void = (line) => void process.stderr.write(line)) {
    this.#least = LEVELS.indexOf(level);
    this.#write = write;
  }

  writes(level: Level): boolean {
    return LEVELS.indexOf(level) >= this.#least;
  }

  write(level: Level, text: string, fields: Fields = {}): void {
    if (!this.writes(level)) return;
    const parts = [new Date().toISOString(), level.padEnd(7), text, ...Object.entries(fields).map(shown)];
    this.#write(`${parts.filter((part) => part !== "").join(" ")}\n`);
  }
}

function shown([name, value]: readonly [string, string | number | null | undefined]): string {
  if (value === null || value === undefined) return "";
  const text = String(value);
  return `${name}=${/^[^\s"=]+$/.test(text) ? text : JSON.stringify(text)}`;
}
