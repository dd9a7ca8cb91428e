// A case that moves to another county: until the receiver confirms, everything stays where it is; a refusal is disputed and the
// city rules; a place outside the city gets a letter, and its answer is recorded.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { follow, press, said } from './main-job/common.mjs';

export const title = '移交：确认前责任不断、不同意、提请裁定、市级裁定；外地发函与回函';
export const seconds = 240;

const REPORT = {
  channel: 'phone', demand_type: 'tipoff', case_types: ['0603'], content: '十二岁男孩独自住在村里，父母外出，没有人照看。',
  caller: { phone: '16000000025', anonymous: true, safe_phone: false }, reporter_type: 'V04',
  child_location: { division: '140622100' }, children: [{ sex: '1', age: 12, feature: '约12岁男童' }], cohabiting_suspect: 'no',
};
const MEETING = '与右玉县新城镇工作站通话，交接家庭情况和在办事项，约定到校日期。';

async function opened(t) {
  const page = await t.as('operator');
  const reply = await page.request.post('/api/v1/reports', {
    data: REPORT,
    headers: { 'idempotency-key': randomUUID(), origin: t.base, 'sec-fetch-site': 'same-origin' },
  });
  assert.equal(reply.status(), 201, await reply.text());
  return (await reply.json()).case;
}

async function known(page) {
  await page.getByRole('group', { name: /儿童是否知情/ }).getByRole('radio', { name: '已告知', exact: true }).check();
  await page.getByRole('group', { name: /监护人是否知情/ }).getByRole('radio', { name: '已告知', exact: true }).check();
}

async function asks(t, page, path) {
  t.step('提出移交：没写交接会谈被拒，其余不丢；列在我方移出');
  await t.go(page, `${path}/transfers/new`);
  await page.fill('#to', '新城镇');
  await page.getByRole('option', { name: /右玉县.*新城镇/ }).first().click();
  await page.getByRole('radio', { name: /居住变更/ }).check();
  await known(page);
  assert.equal((await press(page, '提出移交')).status(), 422);
  assert.ok(await page.locator('#meeting-error').isVisible());
  assert.match(await page.inputValue('#to'), /新城镇/);
  await t.look(page, 'ask-without-meeting');
  await page.fill('#meeting', MEETING);
  await press(page, '提出移交');
  await said(page, /提出移交/);
  await t.look(page, 'case-asked');
  await t.go(page, '/transfers?list=out');
  await t.look(page, 'list-out');
}

async function refuses(t, page, path) {
  t.step('移入县看不到个案，只看到交接内容；不写理由不能退');
  await t.go(page, path, 404);
  await t.go(page, '/transfers');
  await t.look(page, 'list-in');
  await follow(page, /^YJ-/, { exact: false });
  const words = await page.locator('main').innerText();
  assert.match(words, /待对方确认[^]*约定到校日期/);
  await t.look(page, 'transfer-receiver');
  assert.equal((await press(page, '不同意接收')).status(), 422);
  await t.look(page, 'refusal-without-reason');
  await page.fill('#reason', '孩子尚未到校，居住地没有变。');
  await press(page, '不同意接收');
  await said(page, /不同意接收/);
}

async function rules(t, { township, city, county2, path }) {
  t.step('移出方提请裁定，市级裁定移交，移入县才看到个案');
  await t.go(township, '/transfers?list=over');
  await t.go(township, path);
  await follow(township, /YJ-/, { exact: false });
  await township.fill('#reason', '村委会和学校都证明孩子已经搬走。');
  await press(township, '提请裁定');
  await said(township, /提请裁定/);
  await t.look(township, 'transfer-disputed');
  await t.go(city, '/transfers');
  await t.look(city, 'list-city');
  await follow(city, /^YJ-/, { exact: false });
  await city.fill('#reason', '由现居住地右玉县承办，应县协助。');
  await t.look(city, 'ruling');
  await press(city, '裁定移交');
  await said(city, /裁定移交/);
  assert.match(await city.locator('main').innerText(), /现主办单位[^]*新城镇/);
  await t.go(county2, path);
  await t.look(county2, 'case-received');
}

async function outside(t, county2, path) {
  t.step('移交外地：打印移交函，登记联系，登记回函');
  await t.go(county2, `${path}/transfers/new`);
  await county2.getByRole('radio', { name: /外地/ }).check();
  await county2.fill('#outside', '内蒙古自治区呼和浩特市某旗民政局');
  await county2.getByRole('radio', { name: /居住变更/ }).check();
  await county2.fill('#meeting', '与对方民政局电话沟通，交接家庭情况。');
  await known(county2);
  await press(county2, '提出移交');
  await said(county2, /提出移交/);
  await follow(county2, /YJ-[^]*呼和浩特/, { exact: false });
  await t.look(county2, 'transfer-outside');
  await follow(county2, '打印移交函');
  assert.match(await county2.locator('main').innerText(), /移交函[^]*呼和浩特/);
  await t.look(county2, 'letter');
  await county2.goBack();
  await county2.fill('#called_on', '2020-01-01');
  await county2.fill('#reason', '已电话告知对方，省平台登记号待发。');
  assert.equal((await press(county2, '登记联系情况')).status(), 422, 'not before the transfer');
  await county2.fill('#called_on', await county2.evaluate(() => new Date().toLocaleDateString('sv-SE', { timeZone: 'Asia/Shanghai' })));
  await press(county2, '登记联系情况');
  await said(county2, /登记联系情况/);
  await county2.fill('#reply_no', '某民函〔2026〕8号');
  await county2.fill('#reply_on', await county2.evaluate(() => new Date().toLocaleDateString('sv-SE', { timeZone: 'Asia/Shanghai' })));
  await press(county2, '登记回函：同意接收');
  await t.look(county2, 'transfer-answered');
}

export default async function (t) {
  const { id } = await opened(t);
  const path = `/cases/${id}`;
  const [township, county2, city] = [await t.as('township'), await t.as('county2'), await t.as('city')];
  await t.go(township, path);
  await press(township, '签收');
  await asks(t, township, path);
  await refuses(t, county2, path);
  await rules(t, { township, city, county2, path });
  await outside(t, county2, path);
}
