// The first hours: the township signs, the village director goes to the child, the police act and send back the paper.

import assert from 'node:assert/strict';
import { caseAt, follow, openFromList, photoOf, press, said, stageOf } from './common.mjs';

const ADMONITION = '应公（城）告字〔2026〕12号';

export async function townshipSigns(job) {
  const { t, township: page } = job;
  t.step('督导员从清单打开红案');
  await t.look(page, 'list-township');
  await openFromList(job, page);
  assert.equal(await stageOf(page), '待签收');
  const units = await page.locator('#units').innerText();
  for (const routed of [/金城镇未成年人保护工作站[^]*主办[^]*RT06/, /应县公安局[^]*协办[^]*RT01/, /应县未成年人救助保护中心[^]*督办[^]*RT0/]) {
    assert.match(units, routed, 'police, township and county are named with the rule');
  }
  await t.look(page, 'case-assigned');
  t.step('签收：双击只签一次');
  const sign = page.getByRole('button', { name: '签收', exact: true });
  await Promise.all([page.waitForURL(/done=/), sign.dblclick()]);
  await said(page, /已完成：签收/);
  assert.equal(await stageOf(page), '已签收');
  assert.equal(await page.locator('.timeline strong', { hasText: /^签收个案$|^签收$/ }).count(), 1, 'a double click signs once');
}

export async function whoIsSlowerIsToldBothVersions(job) {
  const { t, township: page } = job;
  t.step('两个窗口同时补充情况：慢的一方看到两个版本，内容不丢');
  const other = await page.context().newPage();
  for (const window of [page, other]) {
    await t.go(window, caseAt(job, '/do/note'));
  }
  await t.look(page, 'note-form');
  await page.fill('#text', '已电话联系邻居，孩子在邻居家，情绪平稳。');
  assert.equal((await press(page, '补充情况')).status(), 200);
  await other.fill('#text', '已联系派出所，民警十分钟后到。');
  assert.equal((await press(other, '补充情况')).status(), 409);
  const words = await other.locator('main').innerText();
  for (const part of [/您看到的版本/, /现在的版本/, /已联系派出所/, /最近一次更新/]) assert.match(words, part);
  await t.look(other, 'stale');
  await press(other, '在现在的版本上继续补充情况');
  await said(other, /已完成：补充情况/);
  await other.close();
}

async function answersTheFirstStep(page) {
  assert.equal(await page.getByText('没见到的原因').isVisible(), false, 'a reason is asked for only when the child was not seen');
  await page.getByRole('radio', { name: '见到了' }).check();
  await page.getByRole('button', { name: '下一步' }).tap();
}

async function answersWhetherTheChildIsSafe(t, page) {
  const danger = page.getByRole('group', { name: '儿童现在有危险吗' });
  await danger.getByRole('radio', { name: '有', exact: true }).check();
  assert.ok(await page.getByRole('link', { name: '立即拨打 110' }).isVisible(), 'a danger shows the number at once');
  await t.shot(page, 'visit-2-danger');
  await danger.getByRole('radio', { name: '没有' }).check();
  assert.equal(await page.getByRole('link', { name: '立即拨打 110' }).isVisible(), false);
  await page.getByRole('group', { name: '身上有没有外伤' }).getByRole('radio', { name: '有', exact: true }).check();
  await page.fill('#injury_note', '左上臂有淤青');
  await page.getByRole('checkbox', { name: '儿童本人' }).check();
  await page.getByRole('radio', { name: '害怕' }).check();
  await t.look(page, 'visit-2');
  await page.getByRole('button', { name: '下一步' }).tap();
}

async function answersTheRest(t, page) {
  await page.getByRole('radio', { name: '正常上学' }).check();
  await page.getByRole('radio', { name: '有人照料' }).check();
  await t.look(page, 'visit-3');
  await page.getByRole('button', { name: '下一步' }).tap();
  await page.fill('#child_opinion', '想先住姑姑家，不想见继父。');
  await t.look(page, 'visit-4');
  await page.getByRole('button', { name: '下一步' }).tap();
  await page.fill('#handling', '陪孩子到姑姑家住下，告诉姑姑有事打 110。');
  await page.setInputFiles('#photo', await photoOf(page));
  await page.getByText(/照片 1 张/).waitFor();
  await t.look(page, 'visit-5');
}

export async function villageVisitsOnAPhone(job) {
  const { t } = job;
  t.step('儿童主任在手机上看今日走访');
  const page = await t.as('village', { phone: true });
  job.village = page;
  assert.equal(new URL(page.url()).pathname, '/today');
  const card = page.getByRole('article', { name: job.number });
  assert.match(await card.innerText(), /首次走访，见到儿童/);
  await t.look(page, 'today');
  await press(page, '签收', { within: card });
  await said(page, /签收/);
  assert.doesNotMatch(await page.locator('main').innerText(), /继父的打/, 'the village does not read what the caller said');
  await t.look(page, 'case-village');
  t.step('儿童主任填走访记录，传照片');
  await t.go(page, '/today');
  await follow(page, /^开始走访/, { within: page.getByRole('article', { name: job.number }) });
  await t.look(page, 'visit-1');
  await answersTheFirstStep(page);
  await answersWhetherTheChildIsSafe(t, page);
  await answersTheRest(t, page);
  await Promise.all([page.waitForURL(/\/visits\/.*saved=1/), page.getByRole('button', { name: '上报' }).tap()]);
  await said(page, /已上报/);
  assert.match(await page.locator('main').innerText(), /照片[^]*1 张/);
  await t.look(page, 'visit-saved');
}

export async function townshipReviewsTheVisit(job) {
  const { t, township: page } = job;
  t.step('督导员审核走访');
  await t.go(page, '/visits');
  await t.look(page, 'visits-waiting');
  await openFromList(job, page);
  assert.equal(await stageOf(page), '核查中');
  await follow(page, /^审核走访/, { exact: false });
  await t.look(page, 'visit-review');
  await page.fill('#note', '处置得当。');
  await press(page, '审核通过');
  await said(page, /已审核通过/);
}

async function opensTheTask(job) {
  const { t, township: page } = job;
  t.step('督导员发起告诫书协办');
  await openFromList(job, page);
  await follow(page, '发起协办');
  await page.selectOption('#type_code', 'T32');
  await page.fill('#request', '继父多次殴打孩子，情节较轻，依法出具告诫书，送达后反馈文号。');
  await t.look(page, 'task-new');
  await press(page, '发起任务');
  await said(page, /发起协办/);
}

async function works(job, page, kind, fill) {
  const { t } = job;
  await t.go(page, '/tasks');
  const row = page.locator('tr', { hasText: kind }).filter({ has: page.locator('.lv-1') }).last();
  await Promise.all([page.waitForNavigation(), row.getByRole('link').click()]);
  assert.match(await page.locator('main').innerText(), new RegExp(job.number), 'the task names the case it belongs to');
  assert.equal((await page.request.get(caseAt(job))).status(), 404, 'an assisting department sees its task, not the case');
  await press(page, '签收任务');
  await said(page, /已签收/);
  await fill();
  await press(page, '反馈结果');
  await said(page, /结果已反馈/);
}

async function accepts(job, kind) {
  const page = job.township;
  await openFromList(job, page);
  await follow(page, `确认协办结果：${kind}`);
  if (kind === '告诫书') await job.t.look(page, 'task-reported');
  await press(page, '确认结果');
  await said(page, /已确认结果/);
}

export async function policeReturnTheAdmonition(job) {
  const { t } = job;
  await opensTheTask(job);
  t.step('公安签收出警任务并反馈接警回执');
  const page = await t.as('police');
  await t.look(page, 'tasks-police');
  await works(job, page, '出警', async () => {
    await t.look(page, 'task-signed');
    await page.fill('#result', '到场处置，将孩子护送至姑姑家。');
    await page.selectOption('#kind', 'alarm_receipt');
    await page.fill('#paper_no', '应公接〔2026〕8号');
  });
  t.step('没有文号不能反馈；补上告诫书文号后反馈');
  await works(job, page, '告诫书', async () => {
    await page.fill('#result', '已对继父出具告诫书，当场宣读并送达双方。');
    assert.equal((await press(page, '反馈结果')).status(), 422);
    assert.equal(await page.inputValue('#result'), '已对继父出具告诫书，当场宣读并送达双方。', 'what was typed is kept');
    await t.look(page, 'task-without-paper');
    await page.selectOption('#kind', 'admonition');
    await page.fill('#paper_no', ADMONITION);
  });
  await t.look(page, 'task-admonition');
  t.step('督导员确认协办结果');
  await accepts(job, '出警');
  await accepts(job, '告诫书');
  await t.go(job.township, caseAt(job));
  assert.match(await job.township.locator('#papers').innerText(), new RegExp(ADMONITION));
}
