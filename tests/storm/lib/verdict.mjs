// What must hold when the storm is over. Each line: what was counted, and what it must be.

export class Verdict {
  lines = [];
  breaches = [];

  /** One count beside what it must be. */
  must(what, is, wanted) {
    const holds = is === wanted;
    this.lines.push([what, String(is), String(wanted), holds ? '是' : '**否**']);
    if (!holds) this.breaches.push(`${what}：${is}，应为 ${wanted}`);
  }

  /** A number that is only told. */
  told(what, is) {
    this.lines.push([what, String(is), '—', '']);
  }

  add(breaches) {
    this.breaches.push(...breaches);
  }

  table() {
    const line = (cells) => `| ${cells.join(' | ')} |`;
    return [line(['项', '数', '应为', '符合']), line(['---', '---:', '---:', '---']), ...this.lines.map(line)].join('\n');
  }
}

/** The state that a step must bring the platform to hear of. */
const TOLD = { sign: 'signed', urge: 'urged', hand_in: 'feedback', accept_result: 'resolved' };

/**
 * What was done, against what the platform has heard: an act of which no answer was ever made out is missing in no count of
 * answers. Done is what an official was told is done, and each word to hurry by event that was carried out.
 */
export function echoed(done, { number, hurried }, receiver) {
  const wanted = new Map();
  const want = (order, state, times) => wanted.set(`${order} ${state}`, (wanted.get(`${order} ${state}`) ?? 0) + times);
  for (const { id, step } of done) {
    const order = number.get(id.replaceAll('-', ''));
    // A case that the demonstration's own data brought has no order to answer for.
    if (order !== undefined) want(order, TOLD[step], 1);
  }
  for (const [order, times] of hurried) want(order, 'urged', Number(times));
  const found = { acts: 0, heard: 0, faults: [] };
  for (const [key, times] of wanted) {
    const [order, state] = key.split(' ');
    const told = (receiver.taken.get(order) ?? []).filter((text) => JSON.parse(text).state === state).length;
    found.acts += times;
    found.heard += Math.min(times, told);
    if (told < times) found.faults.push(`${order} 办理了 ${times} 次 ${state}，对方听到 ${told} 次`);
  }
  return found;
}

/** Every order as the service tells of it, against what was sent and what the platform has heard. */
export async function standings(pusher, receiver, planned, lanes) {
  const numbers = [...planned.keys()];
  const found = { known: 0, events: 0, heard: 0, faults: [] };
  let next = 0;
  const lane = async () => {
    while (next < numbers.length) {
      const number = numbers[next];
      next += 1;
      judge(found, number, await pusher.standing(number), { wanted: planned.get(number), taken: receiver.taken.get(number) ?? [] });
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return found;
}

function judge(found, number, standing, { wanted, taken }) {
  const fault = (words) => found.faults.push(`${number} ${words}`);
  if (standing.ext_order_no !== number) return void fault(`查询答复 ${JSON.stringify(standing)}`);
  found.known += 1;
  const events = standing.events.map((one) => one.event_id).sort();
  if (JSON.stringify(events) === JSON.stringify(wanted.events)) found.events += 1;
  else fault(`事件为 ${events}，应为 ${wanted.events}`);
  if (standing.seq === taken.length) found.heard += 1;
  else fault(`已生成 ${standing.seq} 条回告，对方收到 ${taken.length} 条`);
  if (taken.length === 0) fault('没有一条回告');
  const first = taken[0] && JSON.parse(taken[0]);
  if (first && first.state !== 'dispatched') fault(`第 1 条回告是 ${first.state}`);
  taken.forEach((text, at) => {
    if (JSON.parse(text).seq !== at + 1) fault(`第 ${at + 1} 条回告的 seq 为 ${JSON.parse(text).seq}`);
  });
}
