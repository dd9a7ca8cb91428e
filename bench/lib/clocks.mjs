// A thousand clocks that fall due at one moment, on one core: when has the last one been told?

import { join } from 'node:path';
import { Server, run } from './server.mjs';
import { fixed, median, table } from './table.mjs';

const CLOCKS = 1000;

export async function clocks(programs, database, { rounds }) {
  const took = [];
  const server = await Server.start(join(programs, 'tonghu'), database.env, { core: 0 });
  try {
    for (let round = 0; round < rounds; round++) {
      took.push(JSON.parse(await run(join(programs, 'ripe'), ['--url', database.url, '--clocks', String(CLOCKS)])));
    }
  } finally {
    await server.stop();
  }
  return took;
}

export function told(took) {
  const seconds = (of) => took.map((one) => fixed(of(one))).join('、');
  return table(
    ['时限', '各轮，秒', '中位'],
    [
      [`${CLOCKS} 个同时到期，服务只用一个核：第一个记为超期`, seconds((one) => one.first), fixed(median(took.map((one) => one.first)))],
      ['最后一个记为超期并通知', seconds((one) => one.last), fixed(median(took.map((one) => one.last)))],
    ],
  );
}
