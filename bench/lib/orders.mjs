// From an order that 12345 pushes to the township's open page: the event on its stream, and the list of news that names the case.

import { Agent, request } from 'node:http';
import { join } from 'node:path';
import { call } from '../../tests/platform/calls.mjs';
import { Server, sleep } from './server.mjs';
import { fixed, median, percentile, table } from './table.mjs';

const PATH = '/api/v1/hotline/work-orders';
const PARTNER = { client: 'demo-12345', secret: 'tonghu-demo-12345-secret' };
/** As the stream tells the browser: so long until it comes back. */
const RETRY_MS = 1000;

/** An open page of the township: comes back as a browser does when its stream ends, and keeps every event with its moment. */
class Page {
  events = [];
  last = '';

  constructor(server, cookie, onNews) {
    this.server = server;
    this.cookie = cookie;
    this.onNews = onNews;
  }

  open() {
    const address = `/notices/stream${this.last ? `?after=${this.last}` : ''}`;
    return new Promise((resolve, reject) => {
      this.sent = request(new URL(address, this.server.url), { headers: { cookie: this.cookie, accept: 'text/event-stream' } }, (answer) => {
        if (answer.statusCode !== 200) return reject(new Error(`${address}: ${answer.statusCode}`));
        let rest = '';
        answer.setEncoding('utf8');
        answer.on('data', (text) => {
          const blocks = (rest + text).split('\n\n');
          rest = blocks.pop();
          blocks.forEach((block) => this.read(block));
        });
        answer.on('error', () => {});
        answer.on('close', () => this.closed || setTimeout(() => this.closed || this.open().catch(() => {}), RETRY_MS));
        resolve();
      });
      this.sent.on('error', reject);
      this.sent.end();
    });
  }

  read(block) {
    const at = performance.now();
    const field = (name) => new RegExp(`^${name}: ?(.*)$`, 'm').exec(block)?.[1];
    const kind = field('event');
    if (kind !== 'notice' && kind !== 'count') return;
    this.last = field('id') ?? this.last;
    this.events.push({ at });
    this.onNews(at);
  }

  close() {
    this.closed = true;
    this.sent.destroy();
  }
}

function order(number, at) {
  return {
    ext_order_no: number, received_at: null, channel: 'phone', demand_type: 'tipoff', case_types: ['0301'], mandatory_situations: [],
    urgency: null, title: `第${at}号`, content: `邻居总是大声训斥孩子（${at}）`, reporter_type: 'V04', relation_to_child: '905',
    caller: { phone: `1600${String(at).padStart(7, '0')}`, anonymous: true, safe_phone: false }, danger_flags: [],
    child_location: { division: '140622100', address: `东街${at}号` }, children: [{ sex: '2', age: 7 }], cohabiting_suspect: 'no',
  };
}

/** Pushes at an even pace whatever the answers take; each order with the moment at which it was due to be sent. */
async function push(server, { rate, seconds }) {
  const self = { ...PARTNER, service: server.url, agent: new Agent({ keepAlive: true, maxSockets: 64 }), patience: 35_000 };
  const run = `B${Date.now().toString(36).toUpperCase()}`;
  const began = performance.now();
  const one = async (at) => {
    const due = began + (at * 1000) / rate;
    await sleep(due - performance.now());
    const answer = await call(self, 'POST', PATH, order(`${run}-${at}`, at));
    if (answer.status !== 201) throw new Error(`${PATH}: ${answer.status} ${answer.body.slice(0, 200)}`);
    return { due, answered: performance.now(), id: JSON.parse(answer.body).id };
  };
  const pushed = await Promise.all(Array.from({ length: rate * seconds }, (_, at) => one(at)));
  self.agent.destroy();
  return pushed;
}

/** The number of the case that an order opened, from the shift lead's page of it. */
async function caseOf(server, lead, id) {
  const page = await server.get(`/hotline/orders/${id}`, lead);
  return /\/cases\/[0-9a-f-]+"[^>]*>(TH-[\d-]+)</.exec(page.body)?.[1];
}

/**
 * When the page was told of an order: where many are new at once their number alone is told, so it is the event upon which the
 * list was opened that named its case first; never one that came before the order was answered.
 */
function told(events, { answered, due, number }, shown) {
  const from = Math.max(answered, shown.get(number).event);
  return (events.find(({ at }) => at >= from)?.at ?? shown.get(number).at) - due;
}

export async function orders(programs, database, { rate, seconds }) {
  const server = await Server.start(join(programs, 'tonghu'), database.env);
  try {
    const township = await server.signIn('township');
    const shown = new Map();
    let asking = false;
    let next = null;
    // Whoever sees the badge change opens the list behind it: one look at a time, and again when news came meanwhile.
    const look = async (event) => {
      next = event;
      if (asking) return;
      asking = true;
      while (next !== null) {
        const upon = next;
        next = null;
        const list = await server.get('/notices', township).catch(() => null);
        const at = performance.now();
        for (const [number] of list?.body.matchAll(/TH-[\d-]+/g) ?? []) if (!shown.has(number)) shown.set(number, { at, event: upon });
      }
      asking = false;
    };
    const page = new Page(server, township, look);
    await page.open();
    await sleep(1500);
    const pushed = await push(server, { rate, seconds });
    await sleep(3000);
    page.close();
    const lead = await server.signIn('lead');
    for (const one of pushed) one.number = await caseOf(server, lead, one.id);
    const unseen = pushed.filter(({ number }) => !shown.has(number)).length;
    if (unseen > 0) throw new Error(`the township's list never named ${unseen} of ${pushed.length} orders`);
    return {
      rate,
      answered: pushed.map((one) => one.answered - one.due),
      told: pushed.map((one) => told(page.events, one, shown)),
      shown: pushed.map((one) => shown.get(one.number).at - one.due),
    };
  } finally {
    await server.stop();
  }
}

export function toldOf(took) {
  const line = (what, values) => [`${what}，${values.length} 次：p50 / p95 / 最大`, [median(values), percentile(values, 0.95), Math.max(...values)].map((one) => fixed(one, 0)).join(' / ')];
  return table(
    [`推送的工单，每秒 ${took.rate} 张`, '毫秒'],
    [
      line('推送到答复', took.answered),
      line('推送到乡镇打开的页面得知（目标 p95 < 1000）', took.told),
      line('推送到乡镇的通知清单上有它', took.shown),
    ],
  );
}
