/** Waits for a promise, but not for longer than `ms`. Resolves in any case; a rejection is the caller's to hear. */
export async function within(ms: number, promise: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const tired = new Promise<void>((resolve) => (timer = setTimeout(resolve, ms)));
  try {
    await Promise.race([promise, tired]);
  } finally {
    clearTimeout(timer);
  }
}

/** How long a farewell may take before the socket is simply destroyed: a healthy broker needs milliseconds. */
export const FAREWELL_MS = 2_000;
