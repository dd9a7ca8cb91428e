// A protection order: applied for, ruled, checked by the police, weighed before its end, lapsed; and the admonition
// letter whose visits stand in the village's list.

import assert from 'node:assert/strict';
import { follow, press, said } from './main-job/common.mjs';

export const title = '保护令：申请、裁定、公安核实、到期提醒、失效；告诫书的查访';

const DAY = 24 * 3600 * 1000;

/** The day in Shanghai, so many days from now. */
const dayAhead = (days, from) => new Date(from + 8 * 3600 * 1000 + days * DAY).toISOString().slice(0, 10);
const minute = (at) => new Date(at + 8 * 3600 * 1000).toISOString().slice(0, 16).replace('T', ' ');

/** A case of the village's, open and not of the highest label. */
async function caseOfTheVillage(village) {
  const reply = await village.request.get('/api/v1/cases?limit=50');
  const { items } = await reply.json();
  const found = items.find((item) => item.stage !== 'closed' && item.stage !== 'merged');
  assert.ok(found, 'the village has an open case');
  return found;
}

async function applies(t, page, at) {
  t.step('县级登记保护令申请，情况紧急');
  await follow(page, '发起措施', { within: page.getByRole('group', { name: '可办理的事项' }) });
  await t.look(page, 'choose');
  await follow(page, '人身安全保护令');
  await t.look(page, 'application');
  await press(page, '登记保护令申请');
  await t.look(page, 'application-refused');
  await page.getByRole('radio', { name: '妇联代为申请' }).check();
  await page.fill('#applicant', '应县妇女联合会');
  await page.fill('#respondent', '孩子的继父');
  await page.fill('#court', '应县人民法院');
  await page.fill('#filed_at', minute(at - 60_000));
  await page.getByRole('radio', { name: '是', exact: true }).check();
  await page.fill('#grounds', '多次殴打孩子，面临现实危险。');
  await press(page, '登记保护令申请');
  await said(page, /登记保护令申请/);
  assert.match(await page.locator('#clocks').innerText(), /裁定保护令/);
  await t.look(page, 'requested');
}

async function isGranted(t, page, at) {
  t.step('超过六个月的有效期被拒，填过的内容保留；改正后登记裁定');
  await follow(page, '登记裁定：发出保护令');
  await page.fill('#paper_no', '（2026）晋0622民保令1号');
  await page.fill('#issued_by', '应县人民法院');
  await page.fill('#issued_on', dayAhead(0, at));
  await page.fill('#expires_on', dayAhead(200, at));
  await page.fill('#police_at', minute(at - 60_000));
  assert.equal((await press(page, '登记裁定：发出保护令')).status(), 422);
  assert.match(await page.locator('#error-summary').innerText(), /反家庭暴力法§30/);
  assert.equal(await page.inputValue('#paper_no'), '（2026）晋0622民保令1号', 'what was typed is kept');
  await t.look(page, 'ruling-refused');
  await page.fill('#expires_on', dayAhead(60, at));
  await press(page, '登记裁定：发出保护令');
  await said(page, /登记裁定/);
  await t.look(page, 'in-force');
}

async function isChecked(t, police, measure, at) {
  t.step('公安核实、告知并登记');
  await t.go(police, '/measures');
  await t.look(police, 'measures-of-the-police');
  await t.go(police, measure);
  await follow(police, '登记公安核实');
  await police.fill('#checked_at', minute(at - 30_000));
  await police.getByRole('radio', { name: '已核实加害人情况并告知其遵守' }).check();
  await press(police, '登记公安核实');
  await said(police, /登记公安核实/);
  await t.look(police, 'police-checked');
}

async function orderTheVisits(t, page, village, item, at) {
  t.step('告诫书：四次查访列入村里的走访清单');
  await t.go(page, `/cases/${item.id}/measures/begin/admonition`);
  await page.fill('#paper_no', '应公（城）告字〔2026〕12号');
  await page.fill('#issued_by', '应县公安局');
  await page.fill('#issued_on', dayAhead(0, at));
  await page.fill('#received_on', dayAhead(0, at));
  await press(page, '登记告诫书');
  assert.equal(await page.locator('#clocks tbody tr').count(), 8);
  await t.look(page, 'admonition');
  await t.go(village, '/today');
  assert.match(await village.locator('main').innerText(), /告诫查访/);
  await t.look(village, 'today-with-checks');
}

/** Moves the clock and waits until the worker has looked. */
async function later(t, page, days, measure, words) {
  await t.jump(page, days);
  await t.signIn(page, 'county');
  for (let tries = 0; tries < 15; tries += 1) {
    await t.go(page, measure);
    if (words.test(await page.locator('main').innerText())) return;
    await page.waitForTimeout(1_000);
  }
  assert.fail(`${words} is not on the page`);
}

export default async function protectionOrder(t) {
  const at = Date.now();
  const village = await t.as('village', { phone: true });
  const item = await caseOfTheVillage(village);
  const county = await t.as('county');
  await t.go(county, `/cases/${item.id}`);
  await applies(t, county, at);
  const measure = new URL(county.url()).pathname;
  await isGranted(t, county, at);
  await isChecked(t, await t.as('police'), measure, at);
  await orderTheVisits(t, county, village, item, at);
  await t.go(county, `/cases/${item.id}`);
  assert.match(await county.locator('#papers').innerText(), /人身安全保护令/);
  await t.look(county, 'case-with-measures');

  t.step('到期前30日：评估是否延长');
  await later(t, county, 31, measure, /保护令到期提醒[\s\S]*超期 \d/);
  await follow(county, '评估是否延长');
  await county.fill('#weighed_on', dayAhead(31, at));
  await county.getByRole('radio', { name: '不需要延长' }).check();
  await county.fill('#reason', '已分开居住，孩子由姑姑照料。');
  await press(county, '评估是否延长');
  await t.look(county, 'weighed');

  t.step('到期前7日再提醒，期满自行失效');
  await later(t, county, 23, measure, /超期完成[\s\S]*超期 \d/);
  await t.look(county, 'week-before-the-end');
  await later(t, county, 8, measure, /到期失效/);
  assert.match(await county.locator('#history').innerText(), /到期失效/);
  await t.look(county, 'lapsed');
  await t.go(county, `${measure}/print`);
  await t.look(county, 'print');
  await t.go(county, '/measures');
  await t.look(county, 'measures');
}
