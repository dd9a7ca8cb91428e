// A yellow order that nobody signs: with the time for signing over it climbs by itself, from the township to the county,
// which finds it on its own list, reads how it came there and urges the township.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { follow } from './main-job/common.mjs';

export const title = '黄色工单无人签收：自行逐级上报到县';
export const seconds = 150;

const REPORT = {
  channel: 'phone', demand_type: 'tipoff', case_types: ['0301'], content: '邻居反映孩子经常被大声辱骂恐吓，夜里哭。',
  caller: { phone: '16000000031', anonymous: true, safe_phone: false }, reporter_type: 'V04',
  child_location: { division: '140622100' }, children: [{ sex: '1', age: 10, feature: '约10岁男童' }], cohabiting_suspect: 'yes',
};

async function opened(t) {
  const page = await t.as('operator');
  const reply = await page.request.post('/api/v1/reports', {
    data: REPORT,
    headers: { 'idempotency-key': randomUUID(), origin: t.base, 'sec-fetch-site': 'same-origin' },
  });
  assert.equal(reply.status(), 201, await reply.text());
  return (await reply.json()).case;
}

/** Loads the page again until the words are there: the worker climbs one rung in a round. */
async function until(t, page, path, words) {
  for (let round = 0; round < 30; round++) {
    await t.go(page, path);
    if (words.test(await page.locator('main').innerText())) return;
    await page.waitForTimeout(2000);
  }
  assert.fail(`${words} never came on ${path}`);
}

export default async function (t) {
  const { id, number } = await opened(t);
  t.step('签收时限在走，写明规则和下一步');
  const township = await t.as('township');
  await t.go(township, '/cases');
  await follow(township, number);
  await t.go(township, `/cases/${id}/clocks`);
  assert.match(await township.locator('main').innerText(), /签收/);
  await t.look(township, 'clocks-running');
  t.step('没有人签收，一天过去');
  await t.jump(township, 1);
  t.step('县级没有人去找它，它自己上来');
  const county = await t.as('county');
  await until(t, county, `/cases/${id}`, /超期逐级上报/);
  const story = await county.locator('main').innerText();
  assert.match(story, /已上报[^]*县/, 'the timeline says to whom it climbed');
  await t.look(county, 'climbed-case');
  await t.go(county, `/cases/${id}/clocks`);
  await t.look(county, 'climbed-clocks');
  t.step('乡镇的时限页列为已超期');
  const late = await t.as('township');
  await t.go(late, '/clocks');
  assert.match(await late.locator('main').innerText(), /已超期/);
  assert.ok(await late.getByRole('link', { name: number }).count(), 'the order stands among what is late');
  await t.look(late, 'clocks-late');
}
