import { BUILT } from "./launch.ts";
import { contest } from "./contest.ts";
import type { Options } from "./options.ts";
import { readOptions } from "./options.ts";
import { preparePeers } from "./peers/peers.ts";
import type { Peers } from "./peers/peers.ts";
import { profileRow } from "./prof/profile-row.ts";
import { shown } from "./report/number.ts";
import { OTHERS_MOST, isDisturbed, rowSection } from "./report/table.ts";
import type { RowResult, Turn } from "./result.ts";
import type { Case, ContestantName, Row } from "./row.ts";
import { rowsOf } from "./rows/index.ts";
import { openServers } from "./servers.ts";
import type { Servers } from "./site.ts";

/** `npm run bench`. */
async function main(line: readonly string[]): Promise<void> {
  const options = readOptions(line);
  const rows = rowsOf(options.rows);
  await using opened = await openServers();
  for (const { how } of [opened.amqp, opened.mongo]) console.log(how);
  const servers = { amqp: opened.amqp.url, mongo: opened.mongo.url };
  if (options.prof !== null) await profile(rows, servers, options);
  else {
    await using peers = await preparePeers(options.peers, console.log);
    if (peers.redis !== undefined) console.log(peers.redis.how);
    await compare(rows, { ...servers, ...(peers.redis && { redis: peers.redis.url }) }, peers, options);
  }
}

async function profile(rows: readonly Row[], servers: Servers, { rounds }: Options): Promise<void> {
  for (const row of rows)
    console.log(`\n${await profileRow(row, row.cases, { servers, launch: BUILT, rounds })}`);
}

async function compare(
  rows: readonly Row[],
  servers: Servers,
  peers: Peers,
  options: Options,
): Promise<void> {
  const results: RowResult[] = [];
  for (const row of rows) {
    const result = await contest(row, options.tiny ? row.tiny : row.cases, {
      servers,
      launch: BUILT,
      peers: peers.of,
      rounds: options.rounds,
      othersMost: OTHERS_MOST,
      repeatsMost: 3,
      turnMs: options.tiny ? 0 : 500,
      onTurn: tell,
    });
    results.push(result);
    console.log(`\n${rowSection(result, undefined)}\n`);
  }
}

function tell(row: Row, which: Case, name: ContestantName, turn: Turn): void {
  const [figure] = row.figures;
  const value = shown(figure!.of({ ...turn, answer: null }, which));
  const others = isDisturbed(turn) ? `, others used ${shown((turn.others ?? 0) * 100)} % of the machine` : "";
  console.log(`${row.name}: ${which.name}: ${name} ${value} ${figure!.unit}${others}`);
}

await main(process.argv.slice(2));
