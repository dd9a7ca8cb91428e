// From the refused closing to the closed case: eight checks, a month and half a year later.

import assert from 'node:assert/strict';
import { caseAt, follow, openFromList, press, said, stageOf } from './common.mjs';
import { fillsTheInvestigation } from './plan.mjs';

async function asksForClosing(job) {
  const page = job.township;
  await openFromList(job, page);
  await follow(page, '申请结案', { within: page.getByRole('group', { name: '可办理的事项' }) });
  await page.getByRole('radio', { name: /保护目标达成/ }).check();
  await page.fill('#note', '孩子安全，目标已达成，转日常关爱。');
  return press(page, '申请结案');
}

async function checksOn(page) {
  const rows = await page.locator('.checks li').allInnerTexts();
  return { all: rows.length, unmet: rows.filter((words) => words.includes('未满足')).length };
}

export async function closingTooEarlyIsRefused(job) {
  const { t, township: page } = job;
  t.step('过早申请结案被拒，八项检查逐项列出');
  assert.equal((await asksForClosing(job)).status(), 422);
  const { all, unmet } = await checksOn(page);
  assert.equal(all, 8);
  assert.ok(unmet >= 4 && unmet < 8, `${unmet} of 8 checks are not met`);
  assert.equal(await page.locator('#error-summary li').count(), unmet, 'the summary names each check that is not met');
  assert.equal(await page.inputValue('#note'), '孩子安全，目标已达成，转日常关爱。', 'what was typed is kept');
  await t.look(page, 'closing-refused');
  await t.go(page, caseAt(job));
  assert.equal(await stageOf(page), '帮扶中', 'the stage has not moved');
}

async function daysLater(job, days, words) {
  const { t } = job;
  t.step(words);
  await t.jump(job.township, days);
  for (const user of ['township', 'county']) await t.signIn(job[user], user);
}

async function reviews(job, picture) {
  const { t, township: page } = job;
  await openFromList(job, page);
  await follow(page, '复评', { within: page.getByRole('group', { name: '可办理的事项' }) });
  await fillsTheInvestigation(page, { words: '在姑姑家住得好，想继续上学。', conclusion: '证实' });
  await t.look(page, picture);
  await press(page, '保存复评');
  await said(page, /复评/);
}

/** The township finds less danger; the level falls only when the county, another person, agrees. */
export async function riskIsLoweredByTwo(job) {
  const { t, county } = job;
  await daysLater(job, 30, '一个月后：督导员复评');
  await reviews(job, 'review');
  assert.match(await job.township.locator('.strip').innerText(), /红/, 'a lower level is only proposed');
  t.step('县级确认降级');
  await openFromList(job, county);
  await follow(county, /^确认降为/, { exact: false });
  await t.look(county, 'lowering');
  await county.getByRole('radio', { name: '同意降级', exact: true }).check();
  await press(county, '提交决定');
  await said(county, /确认降级/);
  assert.match(await county.locator('.strip').innerText(), /绿|蓝/);
  await t.look(county, 'case-lowered');
}

async function endsWhatIsOpen(job) {
  const { t, township: page } = job;
  t.step('目标完成、安置终止、妇联任务改由镇里办');
  await openFromList(job, page);
  await follow(page, '计划与目标');
  await press(page, /^已完成.*孩子不再挨打/);
  await press(page, /^已完成.*按时上学/);
  await t.look(page, 'plan-done');
  await t.go(page, caseAt(job));
  await follow(page, /^登记终止/, { exact: false });
  await page.fill('#reason', '孩子由姑姑照料，安置结束。');
  await t.look(page, 'paper-end');
  await press(page, '登记终止');
  await said(page, /终止文书/);
  await follow(page, /调解家教指导/, { exact: false, within: page.locator('#tasks') });
  await page.fill('#reason', '妇联暂无登记的承办人，家庭教育指导改由镇工作站开展。');
  await press(page, '撤销任务');
  await said(page, /任务已撤销/);
}

export async function whatTheChecksAskForIsDone(job) {
  const { t, township: page, county } = job;
  await endsWhatIsOpen(job);
  await daysLater(job, 190, '半年多以后：再次复评、跟踪计划、县会商、市抽查');
  await reviews(job, 'review-second');
  await follow(page, '建跟踪计划', { within: page.getByRole('group', { name: '可办理的事项' }) });
  await page.fill('#note', '社区儿童主任每月去一次，看在校和情绪。');
  await t.look(page, 'follow-up');
  await press(page, '建跟踪计划');
  await said(page, /跟踪计划/);
  await openFromList(job, county);
  await follow(county, '登记会商', { within: county.getByRole('group', { name: '可办理的事项' }) });
  await county.fill('#on', await county.locator('.foot .num').innerText().then((now) => now.slice(0, 10)));
  await county.fill('#minutes_no', '应未保会〔2027〕3号');
  await county.fill('#agenda', '研究结案和后续关爱');
  await county.selectOption('#member', { label: '应县公安局' });
  await county.fill('#function', '副局长');
  await t.look(county, 'conference');
  await press(county, '登记会商');
  await said(county, /登记会商/);
  const city = await t.as('city');
  await openFromList(job, city);
  await follow(city, '登记抽查', { within: city.getByRole('group', { name: '可办理的事项' }) });
  await city.fill('#note', '材料齐全，电话核实姑姑，情况属实。');
  await t.look(city, 'spot-check');
  await press(city, '登记抽查');
  await said(city, /抽查/);
}

export async function countyClosesTheCase(job) {
  const { t, township: page, county } = job;
  t.step('八项满足，申请结案');
  assert.equal((await asksForClosing(job)).status(), 200);
  await said(page, /申请结案/);
  assert.equal(await stageOf(page), '拟结案');
  t.step('县级审批结案');
  await t.go(county, '/cases?stage=closing');
  await t.look(county, 'list-closing');
  await openFromList(job, county);
  await follow(county, '审批结案', { within: county.locator('.next') });
  assert.deepEqual(await checksOn(county), { all: 8, unmet: 0 });
  await t.look(county, 'closing-decision');
  await county.getByRole('radio', { name: '批准结案', exact: true }).check();
  await press(county, '提交决定');
  await said(county, /批准结案/);
  assert.equal(await stageOf(county), '已结案');
  await t.look(county, 'case-closed');
  await t.go(county, '/cases?stage=closed');
  assert.match(await county.locator('main').innerText(), new RegExp(job.number));
  await t.look(county, 'list-closed');
}
