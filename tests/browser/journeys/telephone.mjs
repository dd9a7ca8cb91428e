// The telephone: it rings and the draft is there, is answered and saved; somebody who types is not disturbed; who was
// missed is owed a call, as far as it is safe; the log, the extensions and the exchange on screen.

import assert from 'node:assert/strict';
import { follow } from './main-job/common.mjs';

export const title = '电话：振铃、草稿、保存、正在填写时来电、未接、回拨、分机、令牌';
export const seconds = 240;

const CALLER = '16000000071';
const SECOND = '16000000072';

/** Sends an event as the exchange of the demonstration does. */
async function tell(page, event, callId, more = {}) {
  const reply = await page.request.post('/api/v1/cti/demo-cti', { data: { event, callId, ...more } });
  assert.equal(reply.status(), 200, await reply.text());
  return reply.json();
}

const rings = (page, callId, from, user) => tell(page, 'newCall', callId, { direction: 'in', from, to: '12345', user });

/** Waits until the bar above the page says these words. */
async function bar(page, words) {
  await page.locator('#calls-now', { hasText: words }).waitFor();
}

/** Whether it is a time at which callers are rung up: the demonstration starts at the time of day that it is. */
function withinHours() {
  const hour = (new Date().getUTCHours() + 8) % 24;
  return hour >= 8 && hour < 22;
}

/** Waits until the badge of the desk says how its own call stands. */
async function badge(page, words) {
  await page.locator('.callbar .live', { hasText: words }).waitFor();
}

async function saved(page) {
  await page.locator('#draft-state', { hasText: /草稿已保存/ }).waitFor();
}

async function ringToReport(t, page) {
  t.step('振铃：空的首页自己打开登记，号码已填好');
  await t.go(page, '/intake');
  await page.waitForTimeout(500);
  const began = Date.now();
  await Promise.all([page.waitForURL(/\/intake\/[0-9a-f-]{36}$/), rings(page, 'first', CALLER, '8001')]);
  console.log(`      from the ring to the open draft: ${Date.now() - began} ms`);
  assert.equal(await page.inputValue('#caller_phone'), CALLER);
  await badge(page, '振铃中');
  await t.look(page, 'ringing-draft');
  t.step('接听：登记照常；挂断后草稿还在');
  await tell(page, 'answer', 'first', { user: '8001' });
  await badge(page, '通话中');
  assert.ok(await page.locator('#calls-now').isHidden());
  await page.fill('#content', '孩子一个人在家两天，没有人做饭');
  await saved(page);
  await tell(page, 'hangup', 'first', { cause: 'normalClearing' });
  await badge(page, '已挂断');
  assert.equal(await page.inputValue('#content'), '孩子一个人在家两天，没有人做饭');
  t.step('答复并办结：成为线索');
  await page.keyboard.press('F4');
  await page.fill('#inquiry', '问孩子一个人在家怎么办');
  await page.fill('#answer', '已告知并转告村儿童主任');
  await Promise.all([page.waitForNavigation(), page.locator('#quick .btn.go').click()]);
  assert.match(await page.locator('main').innerText(), /已答复/);
}

async function typingIsLeftAlone(t, page) {
  t.step('正在填写时来电：不动正在填的，条上给出链接和键');
  await t.go(page, '/intake');
  await Promise.all([page.waitForNavigation(), page.getByRole('button', { name: '接听新来电' }).click()]);
  const here = page.url();
  await page.fill('#content', '另一个孩子，话还没说完');
  const place = await page.locator('#content').boundingBox();
  await rings(page, 'second', CALLER, '8001');
  await bar(page, '90 天内来电 1 次');
  assert.equal(page.url(), here);
  assert.equal(await page.inputValue('#content'), '另一个孩子，话还没说完');
  assert.deepEqual(await page.locator('#content').boundingBox(), place, 'nothing moves under the hand');
  await t.look(page, 'ringing-elsewhere');
  await saved(page);
  await Promise.all([page.waitForNavigation(), page.keyboard.press('Alt+KeyJ')]);
  assert.notEqual(page.url(), here);
  assert.equal(await page.inputValue('#caller_phone'), CALLER);
  t.step('对方挂断：说明没有接听，空的登记不再列出');
  await tell(page, 'hangup', 'second', { cause: 'cancel' });
  await bar(page, '对方已挂断，未接听');
  await badge(page, '已挂断');
  await t.look(page, 'gone');
  const address = new URL(page.url()).pathname;
  await t.go(page, '/intake');
  assert.equal(await page.locator(`a[href="${address}"]`).count(), 0);
  assert.equal(await page.locator(`a[href="${new URL(here).pathname}"]`).count(), 1);
}

async function owed(t, page, lead) {
  t.step('待回拨：没有安全登记的说明为什么不能拨');
  await t.go(page, '/callbacks');
  assert.match(await page.locator('main').innerText(), /没有安全登记[^]*须班长核准/);
  await t.look(page, 'callbacks');
  await Promise.all([page.waitForNavigation(), page.getByRole('button', { name: /^认领/ }).click()]);
  assert.equal(await page.locator('a[href^="tel:"]').count(), 0);
  t.step('班长核准后给出软电话链接；登记结果');
  await t.go(lead, '/callbacks');
  await lead.fill('input[name=why]', '学校座机，班主任在旁');
  await Promise.all([lead.waitForNavigation(), lead.getByRole('button', { name: '核准回拨' }).click()]);
  await t.go(page, '/callbacks');
  await t.look(page, 'callback-claimed');
  if (withinHours()) {
    assert.equal(await page.locator('a[href^="tel:"]').getAttribute('href'), `tel:${CALLER}`);
    await Promise.all([page.waitForNavigation(), page.getByRole('button', { name: '接通，已登记' }).click()]);
  } else {
    assert.match(await page.locator('main').innerText(), /不在回拨时段内/);
    assert.equal(await page.locator('a[href^="tel:"]').count(), 0);
    await Promise.all([page.waitForNavigation(), page.getByRole('button', { name: '改由线下核实' }).click()]);
  }
  assert.match(await page.locator('main').innerText(), /没有待回拨的来电/);
  await t.look(page, 'callbacks-none');
}

async function log(t, page, lead) {
  t.step('通话记录：两个接通率，本人的和全部的；不认识的分机');
  await tell(page, 'newCall', 'third', { from: SECOND, user: '8099' });
  await t.go(page, '/calls');
  await t.look(page, 'calls');
  await t.go(lead, '/calls');
  assert.match(await lead.locator('main').innerText(), /8099 没有对应的话务员/);
  await t.look(lead, 'calls-lead');
  t.step('核对号码：给出链接；写错说明在旁');
  await page.fill('#number', SECOND);
  await Promise.all([page.waitForNavigation(), page.getByRole('button', { name: '核对号码' }).click()]);
  assert.equal(await page.locator('a[href^="tel:"]').getAttribute('href'), `tel:${SECOND}`);
  await t.look(page, 'dial');
  await page.fill('#number', '打不通');
  await Promise.all([page.waitForNavigation(), page.getByRole('button', { name: '核对号码' }).click()]);
  assert.ok(await page.locator('#number-error').isVisible());
  await t.look(page, 'dial-mistakes');
}

async function seats(t, page, lead) {
  t.step('分机：班长换座位，来电跟着走');
  await t.go(lead, '/extensions');
  await lead.fill('#number', '8099');
  await lead.selectOption('#account', { label: '苗小禾（operator）' });
  await Promise.all([lead.waitForNavigation(), lead.getByRole('button', { name: '保存' }).click()]);
  await t.look(lead, 'extensions', { allow: ['operator', 'operator2', 'lead'] });
  await t.go(page, '/cases');
  await rings(page, 'fourth', SECOND, '8099');
  await bar(page, SECOND);
}

async function exchange(t) {
  t.step('话务平台：令牌只显示一次');
  const keeper = await t.as('secadmin');
  await follow(keeper, '话务平台');
  await t.look(keeper, 'exchanges');
  await keeper.fill('#name', '市话务平台');
  await Promise.all([keeper.waitForNavigation(), keeper.getByRole('button', { name: '建立并显示令牌' }).click()]);
  const token = await keeper.locator('.token').innerText();
  assert.match(token, /^[0-9a-f]{64}$/);
  await t.look(keeper, 'token');
  await follow(keeper, '已交付', { exact: false });
  assert.ok(!(await keeper.content()).includes(token));
}

export default async function (t) {
  const page = await t.as('operator');
  await ringToReport(t, page);
  await typingIsLeftAlone(t, page);
  const lead = await t.as('lead');
  await owed(t, page, lead);
  await log(t, page, lead);
  await seats(t, page, lead);
  await exchange(t);
}
