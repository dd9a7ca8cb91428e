// An order on its way: more time asked for and granted, a sheet of supervision answered and ended, a result sent back and
// accepted, and the callbacks of a caller whose number is not marked safe: nobody is offered to dial it.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { follow, press, said, stageOf } from './main-job/common.mjs';

export const title = '延期、督办、反馈审核、重办、安全回访';
export const seconds = 240;

const REPORT = {
  channel: 'phone', demand_type: 'tipoff', case_types: ['0603'], content: '十二岁男孩独自住在村里，父母外出，没有人照看。',
  caller: { phone: '16000000023', anonymous: true, safe_phone: false }, reporter_type: 'V04',
  child_location: { division: '140622100' }, children: [{ sex: '1', age: 12, feature: '约12岁男童' }], cohabiting_suspect: 'no',
};

const offered = (page) => page.getByRole('group', { name: '可办理的事项' });

async function opened(t) {
  const page = await t.as('operator');
  const reply = await page.request.post('/api/v1/reports', {
    data: REPORT,
    headers: { 'idempotency-key': randomUUID(), origin: t.base, 'sec-fetch-site': 'same-origin' },
  });
  assert.equal(reply.status(), 201, await reply.text());
  return (await reply.json()).case;
}

/** Opens the form of a step on the case page, behind 「更多」 too. */
async function form(t, page, path, words) {
  await t.go(page, path);
  const more = page.locator('details.more summary');
  if (await more.count()) await more.click();
  await follow(page, words, { within: offered(page) });
}

async function moreTime(t, { township, county, path }) {
  t.step('申请延期：天数过多被拒，写了的不丢；县级同意，原到期仍可见');
  await form(t, township, path, '申请延期');
  await township.fill('#days', '30');
  await township.fill('#reason', '等待县医院出具诊断。');
  assert.equal((await press(township, '申请延期')).status(), 422);
  assert.match(await township.locator('#days-error').innerText(), /1 至 10 个工作日/);
  assert.equal(await township.inputValue('#reason'), '等待县医院出具诊断。');
  await t.look(township, 'extension');
  await township.fill('#days', '5');
  await press(township, '申请延期');
  await said(township, /申请延期/);
  await t.go(county, '/orders');
  await t.look(county, 'desk-county');
  await form(t, county, path, '裁定延期');
  await county.getByRole('radio', { name: '同意延期', exact: true }).check();
  await press(county, '提交决定');
  await said(county, /裁定延期/);
  assert.match(await county.locator('#order').innerText(), /原到期[^]*延至/);
}

async function supervision(t, { township, county, path }) {
  t.step('县级督办，乡镇答复，县级解除；督办单可打印');
  await form(t, county, path, '督办');
  await county.getByRole('radio', { name: /二级督办/ }).check();
  await county.getByRole('radio', { name: /办理不力/ }).check();
  await county.fill('#reason', '两日内见到儿童并书面报告。');
  await t.look(county, 'supervise');
  await press(county, '督办');
  await said(county, /督办/);
  await t.go(county, path);
  await follow(county, /打印督办单/, { exact: false });
  assert.match(await county.locator('main').innerText(), /督办单[^]*DB-\d{8}-\d{4}[^]*办理不力/);
  await t.look(county, 'sheet');
  await form(t, township, path, '答复督办');
  await township.getByRole('radio').first().check();
  await township.fill('#answer', '今天已见到孩子，由姑姑接走照看。');
  await press(township, '答复督办');
  await said(township, /答复督办/);
  await form(t, county, path, '解除督办');
  await county.getByRole('radio').first().check();
  await press(county, '解除督办');
  await said(county, /解除督办/);
}

async function result(t, { township, county, path }) {
  t.step('提交办理结果，退回重办，再提交，审核通过');
  for (const [choice, words] of [['退回重办', /退回重办/], ['通过，办结', /审核通过/]]) {
    await form(t, township, path, '提交办理结果');
    await township.fill('#summary', '孩子由姑姑照看，已与父母通话，村里每周去一次。');
    await press(township, '提交办理结果');
    await said(township, /提交办理结果/);
    await form(t, county, path, '审核办理结果');
    await county.getByRole('radio', { name: choice, exact: true }).check();
    await county.fill('#reason', '请补写父母何时回来。');
    await t.look(county, choice === '退回重办' ? 'review-back' : 'review-accept');
    await press(county, '提交决定');
    await said(county, words);
  }
  assert.match(await county.locator('#order').innerText(), /已办结待回访[^]*重办 1 次/);
  assert.equal(await stageOf(county), '已签收', 'the protection of the child goes on');
}

async function callback(t, page, path, way, picture) {
  await form(t, page, path, '登记回访');
  const words = await page.locator('main').innerText();
  assert.match(words, /未标注安全/);
  assert.equal(await page.getByRole('radio', { name: /^电话/ }).count(), 0, 'a number that is not safe is not offered');
  assert.equal(await page.locator('a[href^="tel:"]').count(), 0);
  assert.doesNotMatch(words, /16000000023/);
  await page.getByRole('radio', { name: way }).check();
  await page.getByRole('group', { name: '是否联系到' }).getByRole('radio', { name: '是' }).check();
  await page.getByRole('group', { name: '事项是否解决' }).getByRole('radio', { name: '是' }).check();
  await page.getByRole('radio', { name: '已处置' }).check();
  await t.look(page, picture);
  await press(page, '登记回访');
  await said(page, /回访/);
}

export default async function (t) {
  const { id } = await opened(t);
  const path = `/cases/${id}`;
  const [township, county, lead] = [await t.as('township'), await t.as('county'), await t.as('lead')];
  const job = { township, county, path };
  await t.go(township, path);
  await press(township, '签收');
  await moreTime(t, job);
  await supervision(t, job);
  await result(t, job);
  t.step('回访：承办单位与热线各一次，号码不安全不能拨打');
  await callback(t, township, path, /儿童主任线下核实/, 'callback-township');
  await t.go(lead, '/orders');
  await t.look(lead, 'desk-lead');
  await callback(t, lead, path, /学校线下核实/, 'callback-lead');
  assert.match(await lead.locator('#order').innerText(), /已回访/);
  await t.look(lead, 'case-called-back');
}
