import type { Service } from "../test/services/service.ts";
import { contest } from "./contest.ts";
import { BUILT } from "./launch.ts";
import { describeMachine } from "./machine.ts";
import type { Options } from "./options.ts";
import { USAGE, UsageError, readOptions } from "./options.ts";
import type { Peers } from "./peers/peers.ts";
import { preparePeers } from "./peers/peers.ts";
import { profileRow } from "./prof/profile-row.ts";
import { shown } from "./report/number.ts";
import { OTHERS_MOST, isDisturbed, rowSection } from "./report/table.ts";
import { writeData, writePage, writePageAgain } from "./report/write.ts";
import type { RowResult, Turn } from "./result.ts";
import { RESULTS } from "./results-folder.ts";
import type { Case, ContestantName, Row } from "./row.ts";
import { rowsOf } from "./rows/index.ts";
import { openServers } from "./servers.ts";
import type { Servers } from "./site.ts";

/** `npm run bench`. */
async function main(line: readonly string[]): Promise<void> {
  const options = readOptions(line);
  if (options.help) return console.log(USAGE);
  const rows = rowsOf(options.rows);
  if (options.page) return console.log((await writePageAgain(rows)).join("\n"));
  await using opened = await openServers();
  await using peers = await preparePeers(options.peers, console.log);
  const { amqp, mongo } = opened;
  const { redis } = peers;
  for (const { how } of [amqp, mongo, ...(redis === undefined ? [] : [redis])]) console.log(how);
  const servers = { amqp: amqp.url, mongo: mongo.url, ...(redis && { redis: redis.url }) };
  if (options.prof !== null) return await profile(rows, servers, options);
  const results = await compare(rows, servers, peers, options);
  const used = {
    broker: versionOf(amqp),
    store: versionOf(mongo),
    ...(redis && { redis: versionOf(redis) }),
  };
  const machine = describeMachine({ ...used, ...peers.versions });
  const report = { measuredAt: new Date(), machine, rounds: options.rounds, results };
  console.log([await writeData(report), ...(options.write ? await writePage(report) : [])].join("\n"));
}

async function profile(rows: readonly Row[], servers: Servers, { rounds }: Options): Promise<void> {
  for (const row of rows) {
    const options = { servers, launch: BUILT, warmUpMs: warmUpOf(row), rounds, folder: RESULTS };
    console.log(`\n${await profileRow(row, row.cases, options)}`);
  }
}

async function compare(
  rows: readonly Row[],
  servers: Servers,
  peers: Peers,
  { tiny, rounds, repeats }: Options,
): Promise<readonly RowResult[]> {
  const results: RowResult[] = [];
  for (const row of rows) {
    const result = await contest(row, tiny ? row.tiny : row.cases, {
      servers,
      launch: BUILT,
      peers: peers.of,
      rounds,
      othersMost: OTHERS_MOST,
      repeatsMost: repeats,
      turnMs: tiny ? 0 : 500,
      warmUpMs: tiny ? 0 : warmUpOf(row),
      onTurn: tell,
      onFailure: (failed, which, name, error) =>
        console.log(`${failed.name}: ${which.name}: ${name} takes no part: ${error.message}`),
    });
    results.push(result);
    console.log(`\n${rowSection(result)}\n`);
  }
  return results;
}

function warmUpOf({ warmUpMs = 3000 }: Row): number {
  return warmUpMs;
}

function tell(row: Row, which: Case, name: ContestantName, turn: Turn): void {
  const [figure] = row.figures;
  const value = shown(figure!.of({ ...turn, answer: null }, which));
  const others = isDisturbed(turn) ? `, others used ${shown((turn.others ?? 0) * 100)} % of the machine` : "";
  console.log(`${row.name}: ${which.name}: ${name} ${value} ${figure!.unit}${others}`);
}

/** `rabbitmq 3.10.8`, of a line that says how it was had, too. */
function versionOf({ how }: Service): string {
  return how.replace(/ \(.*/, "");
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(error.message);
  process.exitCode = 2;
}
