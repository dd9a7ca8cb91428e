// From an act of one person to the live badge on another's open page: the county urges, the township's page is told.

import { request } from 'node:http';
import { join } from 'node:path';
import { Server, sleep } from './server.mjs';
import { fixed, median, percentile, table } from './table.mjs';

/** An open page: resolves `news()` with the next event of a kind and the moment it came. */
class Page {
  constructor(server, cookie) {
    this.waiting = [];
    this.open = new Promise((resolve, reject) => {
      this.sent = request(new URL('/notices/stream', server.url), { headers: { cookie, accept: 'text/event-stream' } }, (answer) => {
        if (answer.statusCode !== 200) return reject(new Error(`/notices/stream: ${answer.statusCode}`));
        answer.setEncoding('utf8');
        answer.on('data', (text) => this.read(text));
        answer.on('error', () => {});
        this.rest = '';
        resolve();
      });
      this.sent.on('error', reject);
      this.sent.end();
    });
  }

  read(text) {
    const at = performance.now();
    const blocks = (this.rest + text).split('\n\n');
    this.rest = blocks.pop();
    for (const block of blocks.filter((one) => /^event: ?notice$/m.test(one))) {
      this.waiting.splice(0).forEach((resolve) => resolve({ at, block }));
    }
  }

  news() {
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => reject(new Error('no news within 10 s')), 10_000);
      this.waiting.push((news) => {
        clearTimeout(late);
        resolve(news);
      });
    });
  }

  close() {
    this.sent.destroy();
  }
}

async function once(server, { county, township }, id) {
  const { version } = JSON.parse((await server.get(`/api/v1/cases/${id}`, county)).body);
  const page = new Page(server, township);
  await page.open;
  // Anywhere within the half second in which a node looks.
  await sleep(200 + Math.random() * 500);
  const news = page.news();
  const began = performance.now();
  const answer = await server.send('POST', `/api/v1/cases/${id}/steps`, { cookie: county }, JSON.stringify({ step: 'urge', version, note: '请尽快办理' }));
  if (answer.status !== 200) throw new Error(`urge: ${answer.status} ${answer.body.slice(0, 200)}`);
  const { at } = await news;
  page.close();
  return at - began;
}

export async function badge(programs, database, { times }) {
  const server = await Server.start(join(programs, 'tonghu'), database.env);
  try {
    const people = { county: await server.signIn('county'), township: await server.signIn('township') };
    const list = JSON.parse((await server.get('/api/v1/cases?limit=100&stage=assigned', people.township)).body).items;
    if (list.length === 0) throw new Error('no case of the township to urge');
    const took = [];
    for (let at = 0; at < times; at++) took.push(await once(server, people, list[at % list.length].id));
    return took;
  } finally {
    await server.stop();
  }
}

export function told(took) {
  return table(
    ['徽标', '毫秒'],
    [[`催办到承办人打开的页面，${took.length} 次：p50 / p95 / 最大`, [median(took), percentile(took, 0.95), Math.max(...took)].map((one) => fixed(one, 0)).join(' / ')]],
  );
}
