// Real accounts that move cases on meanwhile, over the JSON interface: the township signs, hands in its result; the county
// urges, accepts. So there is more to tell of an order than that it was sent on.

import { sleep } from './service.mjs';

export class Officials {
  count = { signed: 0, urged: 0, handedIn: 0, accepted: 0, stale: 0 };
  /** Every step that was answered as done: `{ id, step }`. One whose answer a kill swallowed may be done as well. */
  done = [];
  refusals = new Map();
  stopped = false;

  constructor({ service, dice, share, most }) {
    this.service = service;
    this.dice = dice;
    this.share = share;
    this.most = most;
  }

  async signIn() {
    this.township = await this.service.signIn('township');
    this.county = await this.service.signIn('county');
  }

  /** One step on a case as it is now; the version after it, or nothing where it was refused or the service was away. */
  async step(person, id, version, step, more = {}) {
    const answer = await this.service.json('POST', `/api/v1/cases/${id}/steps`, person.cookie, { step, version, ...more }).catch(() => null);
    if (answer?.status === 200) {
      this.done.push({ id, step });
      return JSON.parse(answer.body).version;
    }
    if (answer?.status === 409) this.count.stale += 1;
    else if (answer !== null) this.refusals.set(`${step} ${answer.status}`, answer.body.slice(0, 300));
    return null;
  }

  async move({ id, version }) {
    const signed = await this.step(this.township, id, version, 'sign');
    if (signed === null) return;
    this.count.signed += 1;
    let seen = signed;
    if (this.dice.in(0.4)) {
      const urged = await this.step(this.county, id, seen, 'urge', { note: '请尽快办理' });
      if (urged === null) return;
      this.count.urged += 1;
      seen = urged;
    }
    if (!this.dice.in(0.4)) return;
    const handed = await this.step(this.township, id, seen, 'hand_in', { summary: '已上门了解并联系家长' });
    if (handed === null) return;
    this.count.handedIn += 1;
    const accepted = await this.step(this.county, id, handed, 'accept_result', { reason: '' });
    this.count.accepted += Number(accepted !== null);
  }

  async round() {
    const answer = await this.service.send('GET', '/api/v1/cases?stage=assigned&limit=40', { cookie: this.township.cookie }).catch(() => null);
    if (answer?.status !== 200) return;
    for (const one of JSON.parse(answer.body).items) {
      if (this.stopped || this.count.signed >= this.most) return;
      if (this.dice.in(this.share)) await this.move(one);
    }
  }

  /** Works until it is told to go home. */
  async work() {
    while (!this.stopped && this.count.signed < this.most) {
      await this.round();
      await sleep(200);
    }
  }
}
