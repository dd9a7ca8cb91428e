// From the exchange's newCall to the agent's open page: the event on its stream, and the bar that leads to the draft.

import { request } from 'node:http';
import { join } from 'node:path';
import { Server, sleep } from './server.mjs';
import { fixed, median, percentile, table } from './table.mjs';

const EXCHANGE = '/api/v1/cti/demo-cti';

/** An open page of the desk: resolves `rung()` with the moment at which it was told that the telephone has news. */
class Page {
  constructor(server, cookie) {
    this.waiting = [];
    this.open = new Promise((resolve, reject) => {
      this.sent = request(new URL('/notices/stream', server.url), { headers: { cookie, accept: 'text/event-stream' } }, (answer) => {
        if (answer.statusCode !== 200) return reject(new Error(`/notices/stream: ${answer.statusCode}`));
        answer.setEncoding('utf8');
        answer.on('data', (text) => this.read(text));
        answer.on('error', () => {});
        resolve();
      });
      this.sent.on('error', reject);
      this.sent.end();
    });
  }

  read(text) {
    if (!/^event: ?call$/m.test(text)) return;
    const at = performance.now();
    this.waiting.splice(0).forEach((resolve) => resolve(at));
  }

  rung() {
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => reject(new Error('no ring within 10 s')), 10_000);
      this.waiting.push((at) => {
        clearTimeout(late);
        resolve(at);
      });
    });
  }

  close() {
    this.sent.destroy();
  }
}

async function tell(server, event) {
  const answer = await server.send('POST', EXCHANGE, {}, JSON.stringify(event));
  if (answer.status !== 200) throw new Error(`${event.event}: ${answer.status} ${answer.body.slice(0, 200)}`);
}

async function once(server, cookie, at) {
  const callId = `bench-${at}-${Date.now()}`;
  const from = `1600000${String(at % 10_000).padStart(4, '0')}`;
  const page = new Page(server, cookie);
  await page.open;
  await sleep(50 + Math.random() * 200);
  const rung = page.rung();
  const began = performance.now();
  const [told] = await Promise.all([rung, tell(server, { event: 'newCall', direction: 'in', from, to: '12345', callId, user: 'operator' })]);
  // What the page does then: it asks what rings.
  const bar = await server.get('/calls/now', cookie);
  const shown = performance.now();
  if (!/data-draft="\/intake\//.test(bar.body) || !bar.body.includes(from)) throw new Error(`no draft in the bar: ${bar.status}`);
  page.close();
  await tell(server, { event: 'hangup', callId, cause: 'cancel' });
  return { told: told - began, shown: shown - began };
}

export async function ringing(programs, database, { times }) {
  const server = await Server.start(join(programs, 'tonghu'), database.env);
  try {
    const cookie = await server.signIn('operator');
    const took = [];
    for (let at = 0; at < times; at++) took.push(await once(server, cookie, at));
    return took;
  } finally {
    await server.stop();
  }
}

export function told(took) {
  const line = (what, values) => [`${what}，${values.length} 次：p50 / p95 / 最大`, [median(values), percentile(values, 0.95), Math.max(...values)].map((one) => fixed(one, 0)).join(' / ')];
  return table(
    ['来电', '毫秒'],
    [
      line('振铃到话务员打开的页面得知', took.map((one) => one.told)),
      line('振铃到页面上有草稿（目标 p95 < 300）', took.map((one) => one.shown)),
    ],
  );
}
