// Pushes the jobs over so many connections, each call until it is answered, as the contract tells partners to: with a new
// nonce and the same content.

import { Agent } from 'node:http';
import { call } from '../../platform/calls.mjs';
import { sleep } from './service.mjs';

const PATH = '/api/v1/hotline/work-orders';
const PAUSES = [100, 300, 1000, 2000];
const PATIENCE_MS = 35_000;
/** So many tries in vain of one call, and something is wrong for good. */
const TRIES = 400;

export class Pusher {
  breaches = [];
  count = { calls: 0, created: 0, same: 0, conflicts: 0, unclear: 0, unanswered: 0, later: 0 };
  /** The first answer to each call, by what it was about. */
  answers = new Map();
  /** What was called new more than it may be. */
  created = new Map();
  done = 0;

  constructor({ service, client, secret, connections }) {
    this.service = service;
    this.connections = connections;
    const agent = new Agent({ keepAlive: true, maxSockets: connections });
    this.self = { client, secret, agent, patience: PATIENCE_MS };
  }

  breach(words) {
    if (this.breaches.length < 200) this.breaches.push(words);
  }

  /** One signed call, tried until it is answered with what is an answer. */
  async insist(method, path, value) {
    for (let tries = 0; tries < TRIES; tries += 1) {
      this.count.calls += 1;
      const seconds = Math.floor(Date.now() / 1000) + this.service.ahead;
      const answer = await call({ ...this.self, service: this.service.url }, method, path, value, seconds).catch(() => null);
      if (answer !== null && answer.status !== 429 && answer.status < 500) return answer;
      // 503 is an answer of the contract: come again. Anything else of the kind is none.
      if (answer !== null && ![429, 503].includes(answer.status)) this.breach(`${path} 答复 ${answer.status}：${answer.body.slice(0, 300)}`);
      this.count[answer === null ? 'unanswered' : 'later'] += 1;
      await sleep(PAUSES[Math.min(tries, PAUSES.length - 1)] * (0.5 + Math.random()));
    }
    throw new Error(`${path}: no answer after ${TRIES} tries`);
  }

  async step({ order, event, of, refused }) {
    const path = order ? PATH : `${PATH}/${of}/events`;
    const key = order?.ext_order_no ?? event.event_id;
    const { status, body } = await this.insist('POST', path, order ?? event);
    if (refused) {
      this.count.conflicts += Number(status === 409);
      if (status !== 409) this.breach(`${key} 换了内容再来，应答 409，实为 ${status}`);
      return;
    }
    if (status === 201) this.count.created += 1;
    else if (status === 200) this.count.same += 1;
    else return void this.breach(`${key} 答复 ${status}：${body.slice(0, 300)}`);
    if (status === 201) {
      if (this.created.has(key)) this.breach(`${key} 两次答复 201`);
      this.created.set(key, true);
      this.count.unclear += Number(body.includes('/child_location/division'));
    }
    const first = this.answers.get(key);
    if (first === undefined) this.answers.set(key, body);
    else if (first !== body) this.breach(`${key} 两次答复不同：${first} ${body}`);
  }

  async push(jobs) {
    let next = 0;
    this.total = jobs.length;
    const lane = async () => {
      while (next < jobs.length) {
        const job = jobs[next];
        next += 1;
        for (const step of job) await this.step(step);
        this.done += 1;
      }
    };
    await Promise.all(Array.from({ length: this.connections }, lane));
  }

  /** How an order stands. */
  async standing(number) {
    const { status, body } = await this.insist('GET', `${PATH}/${number}`);
    return status === 200 ? JSON.parse(body) : { status };
  }
}
