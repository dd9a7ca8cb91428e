#!/usr/bin/env node
// Measures and prints; started by bench/run, which builds the programs and says where the databases are.

import { existsSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import * as badge from './lib/badge.mjs';
import * as clocks from './lib/clocks.mjs';
import { Postgres, Sqlite } from './lib/databases.mjs';
import * as intake from './lib/intake.mjs';
import * as lists from './lib/lists.mjs';
import * as orders from './lib/orders.mjs';
import * as ringing from './lib/ringing.mjs';
import { Server, run, sleep } from './lib/server.mjs';
import { fixed, median, table } from './lib/table.mjs';

const { BENCH_HOME: home, BENCH_PROGRAMS: programs, BENCH_POSTGRES: postgres } = process.env;
const { values: options } = parseArgs({ options: { only: { type: 'string' }, quick: { type: 'boolean', default: false }, keep: { type: 'boolean', default: false }, load: { type: 'boolean', default: false }, line: { type: 'boolean', default: false } } });
const kept = options.keep || options.load;
const tenth = options.quick ? 10 : 1;
const SIZES = [10_000 / tenth, 100_000 / tenth];
const script = new URL('./intake.lua', import.meta.url).pathname;
const program = join(programs, 'tonghu');

const say = (words) => console.error(`==> ${words}`);

/** A loaded database; with --keep one that an earlier run left behind, in `seconds` what loading it took then: unknown. */
async function load(databases, cases) {
  const loaded = join(home, `${databases.name}-${cases}.loaded`);
  if (kept && existsSync(loaded)) return { database: databases.at(String(cases)), seconds: NaN };
  const database = await databases.create(String(cases));
  await run(program, ['key', 'new'], database.env);
  const began = performance.now();
  await run(program, ['demo', '--cases', String(cases), '--children', String((cases * 3) / 2), '--seed', '1'], database.env);
  const seconds = (performance.now() - began) / 1000;
  say(`${databases.name}：装入 ${cases} 件，${fixed(seconds)} 秒`);
  if (kept) writeFileSync(loaded, '');
  return { database, seconds };
}

/** Starts on an existing database, and the memory of a server that nobody uses. */
async function starts(database, times) {
  const started = [];
  const idle = [];
  for (let at = 0; at < times; at++) {
    const server = await Server.start(program, database.env);
    started.push(server.started);
    await sleep(6000 / tenth);
    idle.push(server.memory());
    await server.stop();
  }
  return { started, idle };
}

async function both(databases) {
  const loaded = [];
  for (const cases of SIZES) loaded.push(await load(databases, cases));
  return loaded;
}

/** Measures part by part; each table is printed as soon as it is there, so that a later part that breaks takes nothing with it. */
async function measure(databases, name) {
  const loaded = await both(databases);
  const [small, big] = loaded.map((one) => one.database);
  const print = (text) => console.log(`${text}\n`);
  print(`### ${name}`);
  say(`${databases.name}：清单`);
  print(lists.told(await lists.lists(programs, [small, big], { rounds: 3, times: options.quick ? 10 : 20 }), SIZES));
  say(`${databases.name}：启动与内存`);
  const begun = await starts(small, 5);
  say(`${databases.name}：受理`);
  const took = await intake.intake(programs, small, { rounds: 3, seconds: options.quick ? 3 : 10, script });
  print(intake.told(took));
  print(whole(loaded, begun, took));
  say(`${databases.name}：来电、徽标与时限`);
  print(ringing.told(await ringing.ringing(programs, small, { times: 60 / (options.quick ? 4 : 1) })));
  print(orders.toldOf(await orders.orders(programs, small, { rate: 20, seconds: options.quick ? 6 : 60 })));
  print(badge.told(await badge.badge(programs, small, { times: 60 / (options.quick ? 4 : 1) })));
  print(clocks.told(await clocks.clocks(programs, small, { rounds: options.quick ? 1 : 3 })));
  if (!kept) await Promise.all([small, big].map((database) => database.drop()));
}

/** The line alone: what rings and what 12345 pushes, until it stands on an open page. */
async function line(databases, name) {
  const { database } = await load(databases, SIZES[0]);
  const print = (text) => console.log(`${text}\n`);
  print(`### ${name}`);
  print(ringing.told(await ringing.ringing(programs, database, { times: options.quick ? 20 : 200 })));
  print(orders.toldOf(await orders.orders(programs, database, { rate: 20, seconds: options.quick ? 6 : 60 })));
  if (!kept) await database.drop();
}

function whole(loaded, begun, took) {
  return table(
    ['项', '结果'],
    [
      ...loaded.map((one, at) => [`装入 ${SIZES[at]} 件`, Number.isNaN(one.seconds) ? '沿用已装入的库' : `${fixed(one.seconds)} 秒`]),
      [`已有库（${SIZES[0]} 件）启动到能应答，5 次中位`, `${fixed(median(begun.started), 0)} 毫秒`],
      ['启动后空闲的内存（RSS），5 次中位', `${fixed(median(begun.idle))} MiB`],
      ['受理数千件后空闲的内存，各轮最大', `${fixed(took.memory)} MiB`],
    ],
  );
}

async function everything() {
  console.log(`${new Date().toISOString().slice(0, 10)}，${cpus().length} 核 ${cpus()[0].model}${options.quick ? '，--quick（十分之一，只看能否运行）' : ''}\n`);
  const part = options.line ? line : measure;
  if (options.only !== 'postgres') await part(new Sqlite(home), 'SQLite');
  if (options.only !== 'sqlite') {
    const databases = new Postgres(home, postgres);
    await part(databases, await databases.check());
  }
}

async function loadOnly() {
  if (options.only !== 'postgres') await both(new Sqlite(home));
  if (options.only !== 'sqlite') await both(new Postgres(home, postgres));
}

const began = performance.now();
await (options.load ? loadOnly() : everything());
console.log(`用时 ${fixed((performance.now() - began) / 60_000)} 分钟`);
