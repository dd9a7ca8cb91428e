// The databases that are measured: made, loaded, measured on, dropped.

import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './server.mjs';

/** One database: its environment for `tonghu`, its address, and how to get rid of it. */
class Database {
  constructor(url, keys, drop) {
    this.url = url;
    this.env = { TONGHU_DATABASE_URL: url, TONGHU_KEY_FILE: keys };
    this.drop = drop;
  }
}

export class Sqlite {
  name = 'SQLite';

  constructor(home) {
    this.home = home;
  }

  async create(label) {
    const dir = join(this.home, `sqlite-${label}`);
    rmSync(dir, { recursive: true, force: true });
    mkdirSync(dir, { recursive: true });
    return this.at(label);
  }

  /** One that is there. */
  at(label) {
    const dir = join(this.home, `sqlite-${label}`);
    return new Database(`sqlite://${join(dir, 'tonghu.db')}`, join(dir, 'keys'), async () => {
      rmSync(dir, { recursive: true, force: true });
    });
  }
}

export class Postgres {
  name = 'PostgreSQL';

  constructor(home, server) {
    this.home = home;
    this.server = new URL(server);
  }

  async psql(sql) {
    return (await run('psql', ['--no-psqlrc', '--quiet', '--tuples-only', '--no-align', '--command', sql, this.server.href])).trim();
  }

  async create(label) {
    const name = `tonghu_bench_${label}`;
    await this.psql(`DROP DATABASE IF EXISTS ${name}`);
    await this.psql(`CREATE DATABASE ${name}`);
    rmSync(join(this.home, `postgres-${label}.keys`), { force: true });
    return this.at(label);
  }

  /** One that is there. */
  at(label) {
    const name = `tonghu_bench_${label}`;
    const url = new URL(this.server);
    url.pathname = `/${name}`;
    const keys = join(this.home, `postgres-${label}.keys`);
    return new Database(url.href, keys, async () => {
      await this.psql(`DROP DATABASE IF EXISTS ${name}`);
      rmSync(keys, { force: true });
    });
  }

  /** Refuses a server that would forget what it acknowledged: it would flatter both sides. */
  async check() {
    const settings = await this.psql("SELECT current_setting('fsync') || current_setting('full_page_writes')");
    if (settings !== 'onon') throw new Error('PostgreSQL runs without fsync or full_page_writes: nothing measured there counts');
    return this.psql("SELECT 'PostgreSQL ' || current_setting('server_version')");
  }
}
