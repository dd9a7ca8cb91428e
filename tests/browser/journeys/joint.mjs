// Joint handling on real screens: a township leads, three departments each have their own task. Several tasks are given
// at once; one department says that a task is not its own and is told by the county that it is; a result goes back for
// want of a paper; the county's conference brings a task of its own, which the lead waives in the end.

import assert from 'node:assert/strict';
import { operatorTakesTheCall } from './main-job/call.mjs';
import { caseAt, follow, openFromList, press, said } from './main-job/common.mjs';
import { townshipSigns } from './main-job/field.mjs';

export const title = '协办：一次发起多项、异议裁定、多份文书、退回补办、会商、免办';
export const seconds = 480;

const AUTHORITY = { police: '应县公安局', health: '应县卫生健康局' };

async function givesSeveralTasks(job) {
  const { t, township: page } = job;
  t.step('督导员一次发起两个部门的任务');
  await openFromList(job, page);
  await follow(page, '发起协办');
  await t.look(page, 'tasks-new');
  for (const kind of [/^T31/, /^T81/]) await page.getByRole('checkbox', { name: kind }).check();
  await page.fill('#common', '请依法办理，当日反馈。');
  await press(page, '发起任务');
  await said(page, /发起协办/);
  t.step('同一单位的同类任务不重复发起');
  await t.go(page, caseAt(job, '/tasks/new'));
  await page.selectOption('#type_code', 'T81');
  await page.fill('#request', '再固定一次病历');
  assert.equal((await press(page, '发起任务')).status(), 422);
  assert.match(await page.locator('#error-summary').innerText(), /RW-\d{8}-\d{4} 未办结/);
  await t.look(page, 'task-twice');
}

async function opens(t, page, kind) {
  await t.go(page, '/tasks');
  const row = page.locator('tr', { hasText: kind }).first();
  await Promise.all([page.waitForNavigation(), row.getByRole('link').click()]);
}

async function healthRefusesAndTheCountyRules(job) {
  const { t } = job;
  t.step('卫健提出异议，写明理由、依据和已先行处置');
  const page = await t.as('health');
  job.health = page;
  await t.look(page, 'tasks-health');
  await opens(t, page, '伤情与病历固定');
  await page.getByText('提出异议，交由裁定').click();
  await page.selectOption('#refusal', 'R02');
  await page.fill('#basis', '病历由首诊医院保管，本局不制作病历。');
  assert.equal((await press(page, '提出异议')).status(), 422);
  assert.match(await page.locator('#error-summary').innerText(), /先处置后移交/);
  await page.fill('#done_first', '已通知首诊医院封存病历。');
  await press(page, '提出异议');
  await said(page, /等待裁定/);
  await t.look(page, 'task-disputed');
  t.step('县级裁定仍由卫健承办，不得再提');
  const county = await t.as('county');
  job.county = county;
  await openFromList(job, county);
  await follow(county, '裁定协办争议：伤情与病历固定');
  await t.look(county, 'task-ruling');
  await county.fill('#reason', '病历固定的组织责任在卫生健康部门。');
  await press(county, '裁定', { exact: true });
  await said(county, /已裁定/);
  await page.reload();
  assert.match(await page.locator('#dispute').innerText(), /仍由原单位承办[^]*组织责任/);
  assert.equal(await page.getByText('提出异议，交由裁定').count(), 0);
  await press(page, '签收任务');
}

async function papers(page, all, authority) {
  for (const [at, [kind, number]] of all.entries()) {
    const n = at === 0 ? '' : String(at + 1);
    if (at > 0 && !(await page.locator(`#kind${n}`).isVisible())) await page.getByText(/^再填一份文书/).nth(at - 1).click();
    await page.selectOption(`#kind${n}`, kind);
    await page.fill(`#paper_no${n}`, number);
    await page.fill(`#issued_by${n}`, authority);
  }
}

async function departmentsHandInTheirPapers(job) {
  const { t, health } = job;
  t.step('公安一次反馈两份文书；没有作出机关不行');
  const page = await t.as('police');
  job.police = page;
  await opens(t, page, '受案立案');
  await press(page, '签收任务');
  await page.fill('#result', '已受案并立案侦查。');
  await papers(page, [['case_acceptance', '应公受字〔2026〕31号'], ['case_filing', '应公（刑）立字〔2026〕12号']], '');
  assert.equal((await press(page, '反馈结果')).status(), 422);
  assert.match(await page.locator('#error-summary').innerText(), /作出机关/);
  await t.look(page, 'task-without-authority');
  await papers(page, [['case_acceptance', '应公受字〔2026〕31号'], ['case_filing', '应公（刑）立字〔2026〕12号']], AUTHORITY.police);
  await press(page, '反馈结果');
  await said(page, /待主办单位确认/);
  t.step('卫健反馈病历固定登记');
  await health.fill('#result', '首诊医院已固定病历和伤情照片登记。');
  await papers(health, [['medical_record', '应卫病固〔2026〕4号']], AUTHORITY.health);
  await press(health, '反馈结果');
}

async function leadSendsBackAndAccepts(job) {
  const { t, township: page, police } = job;
  t.step('督导员退回补办，公安看到理由和次数');
  await openFromList(job, page);
  await follow(page, '确认协办结果：受案立案');
  await page.fill('#reason', '缺立案时间，补充后再反馈。');
  await press(page, '退回补办');
  await said(page, /退回/);
  await t.go(police, '/tasks');
  assert.match(await police.locator('main').innerText(), /被退回补办/);
  await t.look(police, 'tasks-sent-back');
  await opens(t, police, '受案立案');
  assert.match(await police.locator('main').innerText(), /已退回\s*1\s*次[^]*缺立案时间/);
  await police.fill('#result', '2026年立案，时间见立案决定书。');
  await papers(police, [['case_filing', '应公（刑）立字〔2026〕12号']], AUTHORITY.police);
  await press(police, '反馈结果');
  for (const kind of ['受案立案', '伤情与病历固定']) {
    await openFromList(job, page);
    await follow(page, `确认协办结果：${kind}`);
    await press(page, '确认结果');
    await said(page, /任务完成/);
  }
}

async function conferenceBringsATask(job) {
  const { t, county } = job;
  t.step('县会商：纪要和任务一并登记');
  await openFromList(job, county);
  await follow(county, '登记会商', { within: county.getByRole('group', { name: '可办理的事项' }) });
  await county.fill('#minutes_no', '应未保会〔2026〕9号');
  await county.fill('#agenda', '研究转学和后续照料');
  await county.fill('#decisions', '由教育局联系转学，镇工作站每周走访。');
  await county.selectOption('#member', { label: AUTHORITY.police });
  await county.fill('#function', '副局长');
  await county.selectOption('#type_code', 'T72');
  await county.fill('#request', '联系转学并反馈联系函文号');
  await t.look(county, 'conference-new');
  await press(county, '登记会商');
  await said(county, /登记会商/);
  await follow(county, /应未保会〔2026〕9号/, { exact: false, within: county.locator('#conferences') });
  assert.match(await county.locator('main').innerText(), /转学安置/);
  await t.look(county, 'conference');
}

async function leadWaivesWhatIsNoLongerNeeded(job) {
  const { t, township: page } = job;
  t.step('任务未办结不能结案；主办单位写明理由免办');
  const education = await t.as('education');
  await opens(t, education, '转学安置');
  await t.look(education, 'task-education');
  await openFromList(job, page);
  await follow(page, /转学安置/, { exact: false, within: page.locator('#tasks') });
  assert.equal((await press(page, '免办')).status(), 422);
  await page.fill('#reason', '孩子随姑姑居住，仍在原校就读。');
  await press(page, '免办');
  await said(page, /已免办/);
  await t.look(page, 'task-waived');
  await education.reload();
  assert.match(await education.locator('main').innerText(), /已免办[^]*仍在原校就读/);
}

export default async function (t) {
  const job = { t };
  await operatorTakesTheCall(job);
  job.township = await t.as('township');
  await townshipSigns(job);
  await givesSeveralTasks(job);
  await healthRefusesAndTheCountyRules(job);
  await departmentsHandInTheirPapers(job);
  await leadSendsBackAndAccepts(job);
  await conferenceBringsATask(job);
  await leadWaivesWhatIsNoLongerNeeded(job);
}
