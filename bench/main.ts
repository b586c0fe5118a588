import { BUILT } from "./launch.ts";
import { contest } from "./contest.ts";
import type { OpenPeer } from "./contest.ts";
import { readOptions } from "./options.ts";
import { shown } from "./report/number.ts";
import { OTHERS_MOST, isDisturbed, rowSection } from "./report/table.ts";
import type { RowResult, Turn } from "./result.ts";
import type { Case, ContestantName, Row } from "./row.ts";
import { rowsOf } from "./rows/index.ts";
import { openServers } from "./servers.ts";

/** `npm run bench`. */
async function main(line: readonly string[]): Promise<void> {
  const options = readOptions(line);
  const rows = rowsOf(options.rows);
  await using servers = await openServers();
  for (const { how } of [servers.amqp, servers.mongo]) console.log(how);
  const results: RowResult[] = [];
  for (const row of rows) {
    const result = await contest(row, options.tiny ? row.tiny : row.cases, {
      servers: { amqp: servers.amqp.url, mongo: servers.mongo.url },
      launch: BUILT,
      peers: (): readonly OpenPeer[] => [],
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
