// Where the answers go. Half of the time it fails: with 500 and 503, it hangs up, it babbles, it answers too late. It keeps
// what it took, and notes at once whatever the contract forbids.

import { createServer } from 'node:http';
import { signer, whole } from '../../platform/calls.mjs';
import { Dice } from './dice.mjs';

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** What it does when it fails; an answer that is told to be slow comes at last, one that is late comes when nobody listens. */
const TURNS = ['500', '500', '503', 'drop', 'drop', 'garbage', 'garbage', 'cut', 'slow', 'slow'];
const LATE = 0.01;
const SLOW_MS = 700;
const LATE_MS = 11_000;

export class Receiver {
  /** By order: the answers that it took, by `seq`. */
  taken = new Map();
  lists = [];
  breaches = [];
  count = { calls: 0, taken: 0, doubles: 0, failed: 0 };
  /** Some that it claims not to have heard when the daily list comes: number → the last `seq` that it admits. */
  claims = new Map();

  constructor({ client, secret, seed, period, failing }) {
    this.client = client;
    this.sign = signer(secret);
    this.dice = new Dice(seed);
    this.period = period;
    this.failing = failing;
  }

  async start() {
    this.server = createServer((received, reply) => this.answer(received, reply).catch((error) => this.breach(`回告接收：${error}`)));
    this.server.keepAliveTimeout = 1000;
    await new Promise((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    this.began = performance.now();
    return `http://127.0.0.1:${this.server.address().port}/12345/back?from=tonghu`;
  }

  stop() {
    this.server.closeAllConnections();
    this.server.close();
  }

  breach(words) {
    if (this.breaches.length < 200) this.breaches.push(words);
  }

  /** Whether it fails now: every second period, or every second call. */
  fails() {
    if (this.failing === 'never') return false;
    if (this.failing === 'calls') return this.dice.in(0.5);
    return Math.floor((performance.now() - this.began) / this.period) % 2 === 0;
  }

  turn() {
    if (!this.fails()) return '200';
    return this.dice.in(LATE) ? 'late' : this.dice.one(TURNS);
  }

  async answer(received, reply) {
    const body = await whole(received);
    const { headers, method, url } = received;
    const own = this.sign(method, url, headers['x-tonghu-timestamp'] ?? '', headers['x-tonghu-nonce'] ?? '', body);
    this.count.calls += 1;
    if (headers['x-tonghu-client'] !== this.client || headers['x-tonghu-signature'] !== own) this.breach(`签名不符的回告：${body}`);
    const told = JSON.parse(body);
    this.inOrder(told);
    const turn = this.turn();
    if (turn === 'slow') await sleep(SLOW_MS);
    if (turn === 'late') await sleep(LATE_MS);
    const takes = ['200', 'slow', 'late', 'cut'].includes(turn);
    const said = takes ? this.take(told) : {};
    if (!takes) this.count.failed += 1;
    if (turn === 'drop') return received.socket.destroy();
    if (turn === 'garbage') return received.socket.end('NOT HTTP AT ALL\r\n\r\n');
    // A whole status and half a body: it has it, and the connection breaks.
    if (turn === 'cut') return received.socket.end('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"co');
    reply.writeHead(takes ? 200 : Number(turn), { 'content-type': 'application/json' });
    return reply.end(JSON.stringify(said));
  }

  /** Nothing overtakes an answer that has not arrived. */
  inOrder(told) {
    if (told.type !== 'status') return;
    const before = this.taken.get(told.ext_order_no)?.length ?? 0;
    if (told.seq > before + 1) this.breach(`${told.ext_order_no} 的第 ${told.seq} 条先于第 ${before + 1} 条到达`);
  }

  /** Takes an answer; what it says to a daily list. */
  take(told) {
    if (told.type === 'reconciliation') return this.compare(told);
    if (told.type !== 'status') return void this.breach(`不认识的回告：${told.type}`);
    const list = this.taken.get(told.ext_order_no) ?? [];
    this.taken.set(told.ext_order_no, list);
    const before = list[told.seq - 1];
    const same = JSON.stringify(told);
    if (before === undefined) {
      // What overtook is a breach already; it is not counted as taken.
      if (told.seq === list.length + 1) list.push(same);
      this.count.taken += 1;
    } else {
      this.count.doubles += 1;
      if (before !== same) this.breach(`${told.ext_order_no} 第 ${told.seq} 条重复而内容不同：${before} ${same}`);
    }
    return {};
  }

  compare(list) {
    this.lists.push(list);
    return { behind: [...this.claims].map(([ext_order_no, seq]) => ({ ext_order_no, seq })) };
  }
}
