// An order that nobody wants: the township sends it back, the dispatcher refuses, the township sends it back again; now the
// city rules, and whoever the city designates cannot send it back any more.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { follow, press, said, stageOf } from './main-job/common.mjs';

export const title = '退回、驳回、再次退回、市级仲裁、指定后不得退回';
export const seconds = 180;

const REASON = '镇职责清单未列本事项，附清单第3项。';
const REPORT = {
  channel: 'phone', demand_type: 'help_request', case_types: ['0601'], content: '爷爷反映孙女没人照管，生活困难，希望有人帮助。',
  caller: { phone: '16000000021', anonymous: true, safe_phone: false }, reporter_type: 'V04',
  child_location: { division: '140622100' }, children: [{ sex: '2', age: 9, feature: '约9岁女童' }], cohabiting_suspect: 'no',
};

/** A case as the desk opens it, sent over the interface. */
async function opened(t) {
  const page = await t.as('operator');
  const reply = await page.request.post('/api/v1/reports', {
    data: REPORT,
    headers: { 'idempotency-key': randomUUID(), origin: t.base, 'sec-fetch-site': 'same-origin' },
  });
  assert.equal(reply.status(), 201, await reply.text());
  return (await reply.json()).case;
}

async function sendsBack(t, page, path, picture) {
  await t.go(page, path);
  await page.locator('details.more summary').click();
  await follow(page, '申请退回');
  await page.getByRole('radio', { name: /R02/ }).check();
  await page.fill('#explanation', REASON);
  if (await page.locator('#done_first').count()) await page.fill('#done_first', '已电话联系家属，孩子安全。');
  await t.look(page, picture);
  await press(page, '申请退回');
  await said(page, /申请退回/);
}

export default async function (t) {
  const { id, number } = await opened(t);
  const path = `/cases/${id}`;
  t.step('乡镇申请退回');
  const township = await t.as('township');
  await sendsBack(t, township, path, 'return-first');
  assert.equal(await stageOf(township), '退回待裁定');
  t.step('派单员驳回');
  const lead = await t.as('lead');
  await t.go(lead, '/cases');
  await follow(lead, number);
  await follow(lead, '裁定退回', { within: lead.getByRole('group', { name: '可办理的事项' }) });
  await lead.getByRole('radio', { name: /驳回退回/ }).check();
  await lead.fill('#reason', '孩子住在本镇，由镇里办理。');
  await press(lead, '提交决定');
  await said(lead, /驳回退回/);
  t.step('再次退回：进入市级仲裁，派单员不能再裁');
  await sendsBack(t, township, path, 'return-second');
  assert.equal(await stageOf(township), '争议待仲裁');
  await t.go(lead, path);
  assert.equal(await lead.getByRole('link', { name: '裁定退回', exact: true }).count(), 0, 'the dispatcher rules only once');
  t.step('市级仲裁：不选单位不行，写了的不丢；指定县民政局');
  const city = await t.as('city');
  await t.go(city, '/cases');
  await t.look(city, 'city-list');
  await follow(city, number);
  await follow(city, '仲裁', { within: city.getByRole('group', { name: '可办理的事项' }) });
  await city.fill('#reason', '生活困难和监护照料由民政承办。');
  assert.equal((await press(city, '提交决定')).status(), 422);
  assert.equal(await city.inputValue('#reason'), '生活困难和监护照料由民政承办。');
  await t.look(city, 'arbitration');
  await city.selectOption('#unit', { label: '应县民政局' });
  await press(city, '提交决定');
  await said(city, /市级仲裁/);
  assert.equal(await stageOf(city), '待签收');
  t.step('被指定的单位签收，没有退回可选；硬要退回被拒，写明依据');
  const civil = await t.as('civil');
  await t.go(civil, path);
  assert.equal(await civil.getByRole('link', { name: '申请退回' }).count(), 0);
  await t.go(civil, `${path}/do/return`);
  await civil.getByRole('radio', { name: /R02/ }).check();
  await civil.fill('#explanation', REASON);
  if (await civil.locator('#done_first').count()) await civil.fill('#done_first', '已电话联系家属，孩子安全。');
  assert.equal((await press(civil, '申请退回')).status(), 422);
  assert.match(await civil.locator('main').innerText(), /不得再次退回[^]*依据/);
  assert.equal(await civil.inputValue('#explanation'), REASON, 'what was typed is kept');
  await t.look(civil, 'return-refused');
  await t.go(civil, path);
  await press(civil, '签收');
  assert.equal(await stageOf(civil), '已签收');
  await t.look(civil, 'case-signed');
}
