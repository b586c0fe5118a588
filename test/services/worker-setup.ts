// A process that runs tests ends with the run, however that ends: unheard, a SIGTERM to vitest alone would leave it to
// finish its test, and what the test has started would be cleaned up only then.
// n.b. Vitest evaluates this before each file, in the same process: the name tells whether it listens already.
const listening = process.listeners("disconnect").some((listener) => listener.name === endWithTheRun.name);
if (!listening) process.once("disconnect", endWithTheRun);

function endWithTheRun(): void {
  process.exit(1);
}
