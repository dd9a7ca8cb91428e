// The database under the storm: made, counted in by its own tools and not by the service, dropped.

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './service.mjs';

export class Sqlite {
  name = 'SQLite';

  constructor(home) {
    mkdirSync(home, { recursive: true });
    this.file = join(home, 'tonghu.db');
    this.env = { TONGHU_DATABASE_URL: `sqlite://${this.file}`, TONGHU_KEY_FILE: join(home, 'keys') };
  }

  async create() {}

  /** An id as its 32 hexadecimal digits, whatever the database keeps it as. */
  hex(column) {
    return `lower(hex(${column}))`;
  }

  async ask(sql) {
    return (await run('sqlite3', ['-readonly', '-cmd', '.timeout 20000', this.file, sql])).trim();
  }

  async drop() {}
}

export class Postgres {
  name = 'PostgreSQL';

  constructor(home, server, run) {
    mkdirSync(home, { recursive: true });
    this.server = server;
    this.database = `tonghu_storm_${run.toLowerCase()}`;
    const url = new URL(server);
    url.pathname = `/${this.database}`;
    this.url = url.href;
    this.env = { TONGHU_DATABASE_URL: this.url, TONGHU_KEY_FILE: join(home, 'keys') };
  }

  hex(column) {
    return `replace(CAST(${column} AS text), '-', '')`;
  }

  psql(url, sql) {
    return run('psql', ['--no-psqlrc', '--quiet', '--tuples-only', '--no-align', '--command', sql, url]);
  }

  async create() {
    await this.psql(this.server, `CREATE DATABASE ${this.database}`);
  }

  async ask(sql) {
    return (await this.psql(this.url, sql)).trim();
  }

  async drop() {
    await this.psql(this.server, `DROP DATABASE IF EXISTS ${this.database} WITH (FORCE)`);
  }
}

/** The numbers that are counted in the database, each by one statement that both databases understand. */
const NUMBERS = {
  orders: "SELECT count(*) FROM hotline_order WHERE ext_order_no LIKE 'ST-%'",
  numbers: "SELECT count(DISTINCT ext_order_no) FROM hotline_order WHERE ext_order_no LIKE 'ST-%'",
  reports: "SELECT count(DISTINCT report_id) FROM hotline_order WHERE ext_order_no LIKE 'ST-%'",
  routed: "SELECT count(DISTINCT r.case_id) FROM hotline_order o JOIN report r ON r.id = o.report_id WHERE r.case_id IS NOT NULL AND o.ext_order_no LIKE 'ST-%'",
  cases: 'SELECT count(*) FROM protection_case',
  events: 'SELECT count(*) FROM hotline_event',
  eventNumbers: 'SELECT count(DISTINCT ext_event_id) FROM hotline_event',
  waitingEvents: 'SELECT count(*) FROM hotline_event WHERE applied_at IS NULL',
  told: 'SELECT coalesce(sum(told_seq), 0) FROM hotline_order',
  answers: "SELECT count(*) FROM outbox WHERE topic = 'hotline' AND lane LIKE 'hotline:%'",
  doubleAnswers: "SELECT count(*) FROM (SELECT lane, lane_seq FROM outbox WHERE topic = 'hotline' GROUP BY lane, lane_seq HAVING count(*) > 1) AS doubles",
  undelivered: "SELECT count(*) FROM outbox WHERE topic = 'hotline' AND delivered_at IS NULL",
  dead: "SELECT count(*) FROM outbox WHERE topic = 'hotline' AND dead_at IS NOT NULL",
  moot: "SELECT count(*) FROM outbox WHERE topic = 'hotline' AND delivered_at IS NOT NULL AND failure IS NOT NULL",
};

/** Counts everything, or what is named. */
export async function counted(database, names = Object.keys(NUMBERS)) {
  const numbers = {};
  for (const name of names) numbers[name] = Number(await database.ask(NUMBERS[name]));
  return numbers;
}

/** Rows of two columns as a map. */
async function pairs(database, sql) {
  const lines = (await database.ask(sql)).split('\n').filter(Boolean);
  return new Map(lines.map((line) => line.split('|')));
}

/** The number of the order that opened each case, and how many words to hurry by event were carried out on each order. */
export async function traced(database) {
  const number = await pairs(
    database,
    `SELECT ${database.hex('r.case_id')}, o.ext_order_no FROM hotline_order o JOIN report r ON r.id = o.report_id WHERE r.case_id IS NOT NULL`,
  );
  const hurried = await pairs(database, "SELECT ext_order_no, count(*) FROM hotline_event WHERE outcome = 'urged' GROUP BY ext_order_no");
  return { number, hurried };
}

/** Whether nothing is left to be told: the whole journal was read for answers, and every answer is delivered. */
export async function quiet(database) {
  const { undelivered } = await counted(database, ['undelivered']);
  const read = Number(await database.ask("SELECT value FROM setting WHERE name = 'hotline_followed'"));
  const news = Number(
    await database.ask(
      `SELECT count(*) FROM journal_entry WHERE (seq IS NULL OR seq > ${read}) AND (report_id IS NOT NULL OR case_id IS NOT NULL) AND outcome = 'done'`,
    ),
  );
  return { undelivered, news };
}
