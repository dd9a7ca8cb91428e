// Intake over JSON at 32 connections beside the bare loop, in turns on the same database.

import { join } from 'node:path';
import { Server, run, sleep } from './server.mjs';
import { fixed, median, table } from './table.mjs';

const CONNECTIONS = 32;

/** `wrk` on the server; resolves to reports a second and the answer times. */
async function taken({ server, cookie, seconds, script, seed }) {
  const args = ['-t1', `-c${CONNECTIONS}`, `-d${seconds}s`, '--latency', '-s', script, `${server.url}/api/v1/reports`, '--', cookie, String(seed)];
  const text = await run('wrk', args);
  const wrong = /Non-2xx or 3xx responses: (\d+)/.exec(text) ?? /Socket errors: (.*)/.exec(text);
  if (wrong) throw new Error(`not every report was taken:\n${text}`);
  const ms = (share) => {
    const [, number, unit] = new RegExp(`${share}%\\s+([\\d.]+)(us|ms|s)`).exec(text);
    return Number(number) * { us: 0.001, ms: 1, s: 1000 }[unit];
  };
  return { rate: Number(/Requests\/sec:\s+([\d.]+)/.exec(text)[1]), p50: ms(50), p99: ms(99) };
}

/** Waits until the worker has put into the chain what was written before. */
async function rested(server) {
  await sleep(1500);
  for (let quiet = 0, before = -1; quiet < 2; await sleep(500)) {
    const now = server.cpu();
    quiet = now - before <= 2 ? quiet + 1 : 0;
    before = now;
  }
}

export async function intake(programs, database, { rounds, seconds, script }) {
  const service = [];
  const bare = [];
  const unnumbered = [];
  let memory = 0;
  const loop = async (...more) => {
    const args = ['--url', database.url, '--connections', String(CONNECTIONS), '--seconds', String(seconds), ...more];
    return JSON.parse(await run(join(programs, 'bare'), args));
  };
  for (let round = 0; round < rounds; round++) {
    const server = await Server.start(join(programs, 'tonghu'), database.env);
    const cookie = await server.signIn('operator');
    await taken({ server, cookie, seconds: 2, script, seed: 1000 + round });
    await rested(server);
    service.push(await taken({ server, cookie, seconds, script, seed: round + 1 }));
    await rested(server);
    memory = Math.max(memory, server.memory());
    await server.stop();
    bare.push(await loop());
    unnumbered.push(await loop('--unnumbered'));
  }
  return { service, bare, unnumbered, memory };
}

export function told({ service, bare, unnumbered }) {
  const rate = (list) => median(list.map((one) => one.rate));
  const ratio = (other) => median(service.map((one, at) => one.rate / other[at].rate));
  const { rows, inserts, connections } = bare[0];
  return table(
    ['受理', '件/秒（各轮）', '中位', '服务 ÷ 此项'],
    [
      ['服务，JSON，32 连接', service.map((one) => fixed(one.rate, 0)).join('、'), fixed(rate(service), 0), ''],
      [`裸循环，${connections} 连接，每件 ${fixed(inserts, 0)} 条 INSERT、${fixed(rows, 0)} 行`, bare.map((one) => fixed(one.rate, 0)).join('、'), fixed(rate(bare), 0), `**${fixed(ratio(bare), 2)}**`],
      ['同上，不取编号', unnumbered.map((one) => fixed(one.rate, 0)).join('、'), fixed(rate(unnumbered), 0), fixed(ratio(unnumbered), 2)],
      ['服务的应答时间 p50 / p99', '', `${fixed(median(service.map((one) => one.p50)))} / ${fixed(median(service.map((one) => one.p99)))} 毫秒`, ''],
    ],
  );
}
