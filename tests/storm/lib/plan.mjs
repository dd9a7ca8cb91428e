// What the platform sends: orders, what comes later about them, what it sends again, and in which order.

import { Dice } from './dice.mjs';

/** Of the orders: sent again with the same content; with updates that come out of their order; with updates in order. */
const AGAIN = 0.05;
const REORDERED = 0.02;
const UPDATED = 0.08;
/** Sent again with other content: to be refused, and to change nothing. */
const OTHERWISE = 0.005;
/** With a place that does not exist: routed by the fallback, and shown to a person. */
const NOWHERE = 0.02;

const TOWNSHIP = '140622100';
const PLACES = [TOWNSHIP, TOWNSHIP, '140623100', '140622', '140602'];
const WORDS = ['邻居总是大声训斥孩子', '孩子夜里一个人在家', '孩子几天没去上学', '孩子在门口哭，无人应门'];
const KINDS = ['urge', 'supplement', 'call_again', 'cancel'];

const numberOf = (run, at) => `ST-${run}-${String(at).padStart(6, '0')}`;

function order(dice, number, at, place) {
  return {
    ext_order_no: number, received_at: null, channel: 'phone', demand_type: 'tipoff', case_types: ['0301'],
    mandatory_situations: [], urgency: null, title: `第${at}号`, content: `${dice.one(WORDS)}（${at}）`,
    caller: { phone: `1600${String(at % 10_000_000).padStart(7, '0')}`, anonymous: true, safe_phone: false },
    reporter_type: 'V04', relation_to_child: '905', child_location: { division: place, address: `东街${at}号` },
    children: [{ sex: dice.one(['1', '2']), age: 3 + dice.below(12) }], cohabiting_suspect: 'no', danger_flags: [],
  };
}

function events(dice, number, base) {
  const count = 1 + dice.below(3);
  return Array.from({ length: count }, (_, at) => ({
    of: number,
    event: { event_id: `${number}-E${at + 1}`, kind: dice.one(KINDS), at: new Date(base + at * 1000).toISOString(), content: '再说一遍' },
  }));
}

/** The updates with their order in any order but the right one. */
function disordered(dice, first, later) {
  const list = [first, ...later];
  for (let at = list.length - 1; at > 0; at -= 1) {
    const other = dice.below(at + 1);
    [list[at], list[other]] = [list[other], list[at]];
  }
  return list[0] === first && later.length > 0 ? [...list.slice(1), first] : list;
}

/**
 * The jobs in the order in which lanes take them; a job is a list of calls made one after another. `planned` says what must
 * be there at the end, by number: its events, and whether its place is one that a person must look at.
 */
export function plan({ orders, seed, run }) {
  const dice = new Dice(seed);
  const jobs = [];
  const planned = new Map();
  const count = { again: 0, reordered: 0, updates: 0, otherwise: 0, nowhere: 0 };
  // What happened before the run began: a time yet to come would be taken for now.
  const base = Date.now() - 60_000;
  const later = [];
  for (let at = 1; at <= orders; at += 1) {
    const number = numberOf(run, at);
    const nowhere = dice.in(NOWHERE);
    const place = nowhere ? '149999999' : dice.one(PLACES);
    const first = { order: order(dice, number, at, place) };
    const reordered = dice.in(REORDERED);
    const updates = reordered || dice.in(UPDATED) ? events(dice, number, base) : [];
    const job = reordered ? disordered(dice, first, updates) : [first, ...updates];
    count.nowhere += Number(nowhere);
    count.reordered += Number(reordered);
    count.updates += updates.length;
    if (dice.in(AGAIN)) {
      count.again += 1;
      // Half of them at the same moment, in a lane beside; the others some time later.
      if (dice.in(0.5)) jobs.push([first]);
      else later.push({ after: at + dice.below(Math.max(2, Math.ceil(orders / 10))), job: dice.in(0.5) ? [first, ...updates] : [first] });
    }
    if (dice.in(OTHERWISE)) {
      count.otherwise += 1;
      job.push({ order: { ...first.order, content: '另一件事' }, refused: true });
    }
    jobs.push(job);
    planned.set(number, { nowhere, events: updates.map(({ event }) => event.event_id).sort() });
    for (let one = later.findIndex(({ after }) => after <= at); one >= 0; one = later.findIndex(({ after }) => after <= at)) {
      jobs.push(later.splice(one, 1)[0].job);
    }
  }
  jobs.push(...later.map(({ job }) => job));
  return { jobs, planned, count };
}
