// Reviews of calls and the hotline's board: a sample is drawn, scored, told to whoever took the call, objected to and ruled on by
// another; the board shows the day at a glance and asks again by itself.

import assert from 'node:assert/strict';
import { follow, press } from './main-job/common.mjs';

export const title = '质检与今日看板：抽样、评分、申诉、裁定、评分表；看板、办结后回访';
export const seconds = 240;

async function takesACall(t) {
  t.step('话务员接听并答复一次咨询');
  const page = await t.as('operator');
  await t.go(page, '/intake');
  await Promise.all([page.waitForNavigation(), page.getByRole('button', { name: '接听新来电' }).click()]);
  await page.fill('#content', '问外地户口的孩子怎样入学');
  await page.keyboard.press('F4');
  await page.fill('#inquiry', '外地户口怎样入学');
  await page.fill('#answer', '已告知到居住地教育部门登记');
  await Promise.all([page.waitForNavigation(), page.locator('#quick .btn.go').click()]);
  assert.match(await page.locator('main').innerText(), /已答复/);
  return page;
}

async function draws(t, page) {
  t.step('班长抽样：时段写错被拒，写对抽出，种子留存');
  await t.go(page, '/quality');
  await t.look(page, 'desk');
  await page.fill('#from', '昨天');
  await press(page, '抽取');
  await page.waitForSelector('#from-error');
  await t.look(page, 'wrong-span');
  const local = (more) => new Date(Date.now() + 8 * 3600_000 + more).toISOString().slice(0, 16).replace('T', ' ');
  await page.fill('#from', local(-3600_000));
  await page.fill('#until', local(60_000));
  await press(page, '抽取');
  assert.match(await page.locator('main').innerText(), /结果一致[^]*种子[^]*[0-9a-f]{64}/);
  await t.look(page, 'sample');
}

async function scores(t, page) {
  t.step('逐项评分：漏一项被拒，写了的不丢；评定');
  await page.locator('main table a').first().click();
  await page.waitForSelector('#m_Q01');
  const review = new URL(page.url()).pathname;
  const items = await page.locator('input[id^="m_Q"]').all();
  for (const item of items.slice(1)) await item.fill('8');
  for (const veto of await page.locator('fieldset input[value=no]').all()) await veto.check({ force: true });
  await page.fill('#comment', '先问了安全，答复清楚');
  await press(page, '评定');
  await page.waitForSelector('#m_Q01-error');
  assert.equal(await page.inputValue('#comment'), '先问了安全，答复清楚');
  await t.look(page, 'one-left-out');
  await page.fill('#m_Q01', '10');
  await press(page, '评定');
  assert.match(await page.locator('main').innerText(), /已评/);
  await t.look(page, 'scored');
  return review;
}

async function objects(t, page, review) {
  t.step('受理人看到评分，申诉一次');
  await t.go(page, '/quality/mine');
  await t.look(page, 'mine');
  await t.go(page, review);
  await page.fill('#objection', '第八项录音里没有不当用语');
  await press(page, '提交申诉');
  assert.match(await page.locator('main').innerText(), /申诉中/);
  await t.look(page, 'objected');
}

async function rules(t, review) {
  t.step('市级裁定：维持并写明意见');
  const page = await t.as('city');
  await t.go(page, review);
  await page.locator('input[name=ruling][value=kept]').check({ force: true });
  await page.fill('#ruling_note', '已听录音，维持');
  await t.look(page, 'ruling');
  await press(page, '裁定');
  assert.match(await page.locator('main').innerText(), /维持原评分/);
  t.step('评分表：改一版，旧版可看');
  await t.go(page, '/quality/sheet');
  await page.fill('#text_0', '接通后先问清儿童此刻是否安全、身边有谁');
  await page.fill('#reason', '按本地规程');
  await press(page, '保存为新的一版');
  assert.match(await page.locator('h1').innerText(), /第 2 版/);
  await t.look(page, 'sheet');
}

async function board(t, page) {
  t.step('今日看板：班长一屏看全，来电振铃十五秒内自己出现');
  await t.go(page, '/hotline/board');
  await t.look(page, 'board');
  const reply = await page.request.post('/api/v1/cti/demo-cti', {
    data: { event: 'newCall', callId: 'board-1', direction: 'in', from: '16000000091', to: '12345', user: '8002' },
  });
  assert.equal(reply.status(), 200);
  await page.locator('#board-now .bigfig.wait', { hasText: '振铃中' }).waitFor({ timeout: 20_000 });
  await t.look(page, 'board-ringing');
  await follow(page, '办结后回访');
  await t.look(page, 'callbacks');
}

export default async function (t) {
  const operator = await takesACall(t);
  const lead = await t.as('lead');
  await draws(t, lead);
  const review = await scores(t, lead);
  await objects(t, operator, review);
  await rules(t, review);
  await board(t, lead);
  t.step('话务员的看板只有本人的');
  await t.go(operator, '/hotline/board');
  await t.look(operator, 'board-of-the-operator');
}
