// The work list at few and at many cases (10,000 and 100,000): both servers up, asked in turns.

import { join } from 'node:path';
import { Server } from './server.mjs';
import { fixed, median, percentile, table } from './table.mjs';

const PEOPLE = { county: '县', city: '市', township: '乡镇', village: '村' };
const FILTERS = { '': '不筛选', 'stage=assigned': '待签收', 'stage=closing': '拟结案', 'risk=red': '红色', 'mine=true': '我办理的', 'q=锁在家里': '查词', 'q=0042': '查编号' };
const SURFACES = { '/api/v1/cases?limit=20&': 'JSON', '/cases?': '页面' };

async function asked(server, cookie, path, times) {
  const took = [];
  for (let at = 0; at < times; at++) {
    const answer = await server.get(path, cookie);
    if (answer.status !== 200) throw new Error(`${path}: ${answer.status} ${answer.body.slice(0, 200)}`);
    took.push(answer.ms);
  }
  return took;
}

export async function lists(programs, databases, { rounds, times }) {
  const program = join(programs, 'tonghu');
  const servers = [await Server.start(program, databases[0].env), await Server.start(program, databases[1].env)];
  const rows = [];
  for (const person of Object.keys(PEOPLE)) {
    const cookies = [await servers[0].signIn(person), await servers[1].signIn(person)];
    for (const surface of Object.keys(SURFACES)) {
      for (const filter of Object.keys(FILTERS)) {
        const path = encodeURI(surface + filter);
        const took = [[], []];
        for (let round = 0; round <= rounds; round++) {
          for (const size of [0, 1]) {
            const some = await asked(servers[size], cookies[size], path, round === 0 ? 3 : times);
            if (round > 0) took[size].push(...some);
          }
        }
        rows.push({ person, surface, filter, took });
      }
    }
  }
  await Promise.all(servers.map((server) => server.stop()));
  return rows;
}

export function told(rows, [few, many]) {
  const line = ({ person, surface, filter, took }) => {
    const [small, big] = took.map((some) => ({ p50: median(some), p95: percentile(some, 0.95) }));
    return [PEOPLE[person], SURFACES[surface], FILTERS[filter], fixed(small.p50), fixed(big.p50), fixed(small.p95), fixed(big.p95), fixed(big.p95 / small.p95, 2)];
  };
  const worst = (of) => Math.max(...rows.filter(of).map(({ took }) => percentile(took[1], 0.95) / percentile(took[0], 0.95)));
  const all = rows.filter((row) => row.filter === '');
  const ratio = (row) => percentile(row.took[1], 0.95) / percentile(row.took[0], 0.95);
  return [
    table(['谁', '入口', '筛选', `p50 ${few} 件`, `p50 ${many} 件`, `p95 ${few} 件`, `p95 ${many} 件`, 'p95 之比'], rows.map(line)),
    '',
    `不筛选时 p95 之比（${many} 件 ÷ ${few} 件）中位 ${fixed(median(all.map(ratio)), 2)}，最大 ${fixed(worst((row) => row.filter === ''), 2)}；全部各行中位 ${fixed(median(rows.map(ratio)), 2)}，最大 ${fixed(worst(() => true), 2)}。单位毫秒。`,
  ].join('\n');
}
