// Another line comes into the call: recorded at the desk with one key while the caller waits, then a letter, its receipt number,
// its answer; the clock of the answer; the case that is opened all the same; the lines that an administrator keeps.

import assert from 'node:assert/strict';
import { follow, press, said } from './main-job/common.mjs';

export const title = '转介：一键登记、转介函、回执号、答复与时限；不代替立案；联动热线由管理员维护';
export const seconds = 240;

async function panel(page) {
  return page.locator('#referral').innerText();
}

async function atTheDesk(t) {
  t.step('通话中 Alt+J 登记三方转接：没写内容被拒，写了的不丢；登记后表单清空，原话还在');
  const page = await t.as('operator');
  await t.go(page, '/intake');
  await Promise.all([page.waitForNavigation(), page.getByRole('button', { name: /登记新来电|新来电/ }).first().click()]);
  await page.fill('#content', '十二岁女孩不愿上学，晚上睡不着，想找人说说。');
  await page.fill('#child_name_1', '甲小满');
  await page.fill('#child_age_1', '12');
  await page.selectOption('#child_sex_1', '2');
  await page.keyboard.press('Alt+j');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'referral_line');
  await page.selectOption('#referral_line', '12356');
  await page.click('#referral button.go');
  await page.waitForSelector('#referral_told-error');
  assert.equal(await page.inputValue('#referral_line'), '12356');
  await t.look(page, 'without-words');
  await page.fill('#referral_told', '约12岁女童，情绪低落，请心理咨询');
  await page.click('#referral button.go');
  await page.waitForFunction(() => /12356 心理援助热线/.test(document.querySelector('#referral .records')?.innerText ?? ''));
  assert.equal(await page.inputValue('#referral_told'), '');
  assert.match(await page.inputValue('#content'), /睡不着/);
  await t.look(page, 'recorded');
  t.step('转介函不得写姓名；110 的三方通话归联动键');
  await page.selectOption('#referral_line', '12355');
  await page.locator('#referral input[value=letter]').check({ force: true });
  await page.fill('#referral_told', '请联系甲小满');
  await page.waitForTimeout(1500);
  await page.click('#referral button.go');
  await page.waitForSelector('#referral_told-error');
  await page.fill('#referral_told', '请为一名约12岁女童安排社工联系，并告知受理编号');
  await page.click('#referral button.go');
  await page.waitForFunction(() => /12355 青少年服务台/.test(document.querySelector('#referral .records').innerText));
  await page.selectOption('#referral_line', '110');
  await page.fill('#referral_told', '孩子走失');
  await page.click('#referral button.go');
  await page.waitForSelector('#referral_kind-error');
  assert.match(await panel(page), /F9/);
  return page;
}

async function routed(t, page) {
  t.step('转介不代替受理：照常转办立案，回执列出两次转介');
  await page.fill('#case_types', '1302');
  await page.fill('#child_location', '金城镇');
  await page.getByRole('option', { name: /应县.*金城镇/ }).first().click();
  await Promise.all([page.waitForNavigation(), page.keyboard.press('Control+Enter')]);
  assert.match(await page.locator('main').innerText(), /已转办立案[^]*转介与联动[^]*12356[^]*12355/);
  await t.look(page, 'receipt');
}

async function answered(t, page) {
  t.step('待答复按到期排列；打印转介函：不出现姓名；登记回执号和答复，时限办结');
  await t.go(page, '/referrals');
  await t.look(page, 'list');
  const row = page.getByRole('row').filter({ hasText: '12355' }).filter({ hasText: '转介函' });
  await Promise.all([page.waitForNavigation(), row.last().getByRole('link').first().click()]);
  await t.look(page, 'open');
  await follow(page, '打印转介函');
  const letter = await page.locator('main').innerText();
  assert.match(letter, /转介函[^]*青少年服务台[^]*女，约12岁[^]*安排社工联系/);
  assert.ok(!letter.includes('甲小满'), letter);
  await t.look(page, 'letter');
  await page.goBack();
  await page.fill('#answered_at', '2020-01-01 09:00');
  await page.fill('#answer', '已受理，社工周三联系。');
  assert.equal((await press(page, '登记答复')).status(), 422, 'not before the referral');
  assert.equal(await page.inputValue('#answer'), '已受理，社工周三联系。');
  await t.look(page, 'too-early');
  await page.fill('#answered_at', '');
  await page.fill('#receipt', 'QN-2026-0031');
  await press(page, '登记答复');
  await said(page, /答复已登记/);
  assert.match(await page.locator('main').innerText(), /已答复[^]*QN-2026-0031/);
  await t.look(page, 'answered');
}

async function lines(t) {
  t.step('系统管理员改热线：号码写错被拒；保存成新版，历次可看');
  const keeper = await t.as('sysadmin');
  await t.go(keeper, '/referral-lines');
  await t.look(keeper, 'lines');
  await follow(keeper, '12355 青少年服务台');
  await keeper.fill('#dial', '打前台');
  await keeper.fill('#reason', '逐个拨测');
  assert.equal((await press(keeper, '保存为新版')).status(), 422);
  await keeper.fill('#dial', '0349-0001355');
  await keeper.fill('#hours', '每日 8:00至22:00');
  await press(keeper, '保存为新版');
  await said(keeper, /新的一版/);
  await t.look(keeper, 'line');
}

export default async function (t) {
  const page = await atTheDesk(t);
  await routed(t, page);
  await answered(t, page);
  await lines(t);
}
