// Assessment, plan, and the county's word on it.

import assert from 'node:assert/strict';
import { caseAt, follow, giveFullMarks, openFromList, press, said, stageOf } from './common.mjs';

async function fillsTheInvestigation(page, { words, conclusion }) {
  await page.getByRole('checkbox', { name: '入户' }).check();
  await page.fill('#place', '孩子姑姑家');
  await page.getByRole('group', { name: '与儿童单独面谈' }).getByRole('radio', { name: '是' }).check();
  await page.fill('#child_words', words);
  await page.fill('#scene', '现场安全，姑姑在场，继父未到。');
  await page.getByRole('group', { name: '初步结论' }).getByRole('radio', { name: conclusion, exact: true }).check();
  await giveFullMarks(page);
  await page.fill('#child_opinion', words);
}

export async function townshipAssesses(job) {
  const { t, township: page } = job;
  t.step('督导员评估：四色量表，一票否决为红');
  await openFromList(job, page);
  await follow(page, '评估', { within: page.getByRole('group', { name: '可办理的事项' }) });
  await t.look(page, 'assess-empty');
  await fillsTheInvestigation(page, { words: '想先住姑姑家，不想见继父。', conclusion: '证实' });
  await page.getByRole('checkbox', { name: '监护人或扶养人侵害儿童' }).check();
  await press(page, '预览得分');
  assert.match(await page.locator('.next').innerText(), /红[^]*一票否决[^]*尚未保存/);
  await t.look(page, 'assess-preview');
  await press(page, '保存调查评估');
  await said(page, /评估定级/);
  assert.equal(await stageOf(page), '已评估');
}

export async function townshipPlans(job) {
  const { t, township: page } = job;
  t.step('督导员制定计划');
  await follow(page, '制定计划', { within: page.locator('.next') });
  await page.selectOption('[id="goals/0/dimension"]', 'safety');
  await page.fill('[id="goals/0/goal"]', '孩子不再挨打');
  await page.fill('[id="goals/0/means"]', '每周走访，派出所查访，姑姑照料');
  await page.fill('[id="goals/0/responsible"]', '镇工作站、社区');
  await page.getByRole('checkbox', { name: '核心目标' }).first().check();
  await page.getByText('再写一个目标').first().click();
  await page.selectOption('[id="goals/1/dimension"]', 'mental');
  await page.fill('[id="goals/1/goal"]', '孩子情绪平稳，按时上学');
  await page.fill('[id="goals/1/means"]', '学校心理老师每两周谈一次');
  await t.look(page, 'plan-new');
  await press(page, '保存计划');
  await said(page, /制定计划/);
  assert.equal(await stageOf(page), '已定计划');
}

export async function countyConfirmsThePlan(job) {
  const { t } = job;
  t.step('县级审定红案计划');
  const page = await t.as('county');
  job.county = page;
  await t.look(page, 'list-county');
  await openFromList(job, page);
  await t.look(page, 'case-county');
  await follow(page, '审定红案计划');
  await t.look(page, 'plan-confirm');
  await press(page, '审定计划');
  await said(page, /审定计划/);
  t.step('督导员登记应急安置单，开始帮扶');
  await t.go(job.township, caseAt(job, '/measures/new'));
  await job.township.selectOption('#kind', 'emergency_placement');
  await job.township.fill('#paper_no', '东关社区安置〔2026〕1号');
  await job.township.fill('#issued_by', '东关社区居委会');
  await t.look(job.township, 'paper-new');
  await press(job.township, '登记');
  await said(job.township, /登记文书/);
  await press(job.township, '开始帮扶');
  assert.equal(await stageOf(job.township), '帮扶中');
  await t.look(job.township, 'case-support');
}

export { fillsTheInvestigation };
