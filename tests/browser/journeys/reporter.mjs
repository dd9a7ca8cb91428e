// An obliged reporter: a hospital registers what it saw, gets a receipt, and afterwards sees a neutral state and nothing
// else; a school sees nothing of it; the case knows the matter and not who reported.

import assert from 'node:assert/strict';

export const title = '强制报告：登记表、更正、回执、本人清单、他人看不到';
export const seconds = 180;

// Registration form, 7.2: every field has its control.
const FIELDS = [
  'mandatory_situations', 'discovered_at', 'late_reason', 'discovered_place', 'discovered_how', 'content', 'injury', 'record_no',
  'evidence_kept', 'child_name', 'child_feature', 'child_age', 'child_sex', 'child_id_number', 'guardian', 'child_location',
  'child_address', 'child_safe', 'suspect_relation', 'suspect_name', 'cohabiting_suspect', 'guardian_told', 'guardian_reason',
  'reported_to_police', 'police_at', 'police_unit', 'police_receipt_no', 'superior_at', 'measures_taken', 'reporter_type',
  'unit_code', 'unit_address', 'caller_name', 'position', 'caller_phone', 'safe_phone', 'head_informed',
];

const send = (page) => Promise.all([page.waitForNavigation(), page.getByRole('button', { name: '提交报告' }).click()]);
const pick = (page, name, value) => page.locator(`[name=${name}][value=${value}]`).check({ force: true });

/** `2026-11-23 09:12` in Shanghai, so many minutes from now. */
function shanghai(minutes) {
  const at = new Date(Date.now() + (minutes + 8 * 60) * 60_000);
  return at.toISOString().slice(0, 16).replace('T', ' ');
}

async function blankForm(t, page) {
  t.step('空表：栏目齐全，只填单位、姓名和现在的时间');
  await t.go(page, '/portal');
  await t.look(page, 'list-empty');
  await page.getByRole('link', { name: '填写强制报告' }).click();
  await page.waitForURL('**/portal/new');
  for (const id of FIELDS) {
    assert.equal(await page.locator(`#${id}`).count(), 1, `#${id} is missing`);
    assert.ok((await page.locator(`[name=${id}], [name=${id}_text]`).count()) > 0, `nothing is sent as ${id}`);
  }
  assert.match(await page.inputValue('#discovered_at'), /^\d{4}-\d\d-\d\d \d\d:\d\d$/);
  assert.match(await page.locator('main').innerText(), /应县演示医院/);
  await t.look(page, 'form-blank');
}

async function guardianIsSuspected(t, page) {
  t.step('疑似加害人是监护人：默认不通知并写明原因，改选他人则收回');
  await page.selectOption('#suspect_relation', 'father');
  assert.ok(await page.locator('[name=guardian_told][value=no]').isChecked());
  assert.match(await page.inputValue('#guardian_reason'), /监护人涉嫌侵害/);
  await page.selectOption('#suspect_relation', 'neighbour');
  assert.equal(await page.locator('[name=guardian_told]:checked').count(), 0);
  assert.equal(await page.inputValue('#guardian_reason'), '');
  await page.selectOption('#suspect_relation', 'father');
}

async function mistakes(t, page) {
  t.step('写错的逐项说明，写过的都在，超过两小时须说明延迟');
  await page.fill('#discovered_at', shanghai(-150));
  await page.fill('#discovered_place', '急诊外科');
  await page.fill('#discovered_how', '接诊');
  await page.fill('#injury', '左前臂骨折，已石膏固定');
  await page.fill('#child_feature', '约7岁女童，穿红校服');
  await page.fill('#child_id_number', '140699201901010012');
  await page.fill('#child_location', '没有这个地方');
  await page.fill('#police_at', shanghai(90));
  await page.fill('#caller_phone', '打不通');
  await send(page);
  assert.match(await page.title(), /^错误：/);
  assert.equal(await page.evaluate(() => document.activeElement.id), 'error-summary');
  const summary = await page.locator('#error-summary').innerText();
  const wrong = ['mandatory_situations', 'late_reason', 'content', 'child_id_number', 'child_location', 'police_at', 'caller_phone'];
  for (const id of wrong) {
    const beside = (await page.locator(`#${id}-error`).innerText()).replace('错误：', '').trim();
    assert.ok(summary.includes(beside), `${id}: the summary does not say 「${beside}」`);
  }
  assert.match(summary, /有 7 处需要更正/);
  assert.equal(await page.inputValue('#injury'), '左前臂骨折，已石膏固定');
  assert.equal(await page.inputValue('#child_location'), '没有这个地方');
  assert.equal(await page.inputValue('#caller_phone'), '打不通');
  assert.ok(await page.locator('[name=guardian_told][value=no]').isChecked());
  await t.look(page, 'form-mistakes');
}

async function corrected(t, page) {
  t.step('更正后提交：回执有编号和时间');
  await pick(page, 'mandatory_situations', 'MR4');
  await page.fill('#late_reason', '先行抢救');
  await page.fill('#content', '送诊人称摔倒，双臂见新旧淤青，孩子不敢说话');
  await page.fill('#child_id_number', '');
  await page.fill('#child_location', 'jcz');
  await page.locator('[role=option]').first().waitFor();
  await page.keyboard.press('Enter');
  assert.match(await page.inputValue('#child_location'), /应县 金城镇/);
  await pick(page, 'reported_to_police', 'yes');
  await page.fill('#police_at', shanghai(-30));
  await page.fill('#police_receipt_no', 'A0001');
  await page.fill('#position', '护士长');
  await page.fill('#caller_phone', '0349-0001234');
  await pick(page, 'safe_phone', 'yes');
  await pick(page, 'head_informed', 'no');
  await send(page);
  assert.match(new URL(page.url()).pathname, /^\/portal\/[0-9a-f-]{36}$/);
  const receipt = await page.locator('main').innerText();
  assert.match(receipt, /XS-\d{8}-\d{4}/);
  assert.match(receipt, /\d{4}-\d\d-\d\d \d\d:\d\d/);
  assert.match(receipt, /已收到/);
  assert.doesNotMatch(receipt, /骨折|约7岁|金城镇|红·|黄·|TH-/, 'nothing of the matter stands on the receipt');
  await t.look(page, 'receipt');
  return receipt.match(/XS-\d{8}-\d{4}/)[0];
}

async function printed(t, page) {
  t.step('打印：A4 上有编号、签名处，没有导航');
  await page.emulateMedia({ media: 'print' });
  assert.ok(await page.locator('.sign').first().isVisible());
  assert.equal(await page.locator('header').isVisible(), false);
  assert.equal(await page.getByRole('button', { name: '打印回执' }).isVisible(), false);
  await t.shot(page, 'receipt-print');
  await page.emulateMedia({ media: 'screen' });
}

async function ownList(t, page, number) {
  t.step('本人清单：编号、时间、中性状态，别无其他');
  await t.go(page, '/portal');
  const row = page.locator('tbody tr', { hasText: number });
  assert.equal((await row.locator('th, td').allInnerTexts()).length, 3);
  assert.match(await row.innerText(), /已收到/);
  await t.look(page, 'list');
  return row.getByRole('link').getAttribute('href');
}

async function othersSeeNothing(t, receipt) {
  t.step('学校看不到医院的报告，也打不开个案');
  const school = await t.as('school', { phone: true });
  await t.go(school, '/portal');
  assert.match(await school.locator('main').innerText(), /还没有提交过报告/);
  await t.go(school, receipt, 404);
  await t.look(school, 'receipt-of-another');
  await t.go(school, '/reports', 403);
  await t.go(school, '/portal/new');
  await t.look(school, 'form-phone');
}

async function caseKnowsTheMatterOnly(t, number) {
  t.step('承办单位看到伤情和「未通知监护人」，看不到是谁报告');
  const lead = await t.as('lead');
  await t.go(lead, '/reports');
  await lead.getByRole('link', { name: number }).click();
  await lead.waitForURL('**/reports/*');
  const sheet = await lead.locator('main').innerText();
  assert.match(sheet, /强制报告登记表[\s\S]*左前臂骨折/);
  assert.doesNotMatch(sheet, /杏若春|护士长|0001234/);
  await t.look(lead, 'report-of-hospital');
  const path = await lead.locator('a[href^="/cases/"]').first().getAttribute('href');
  const township = await t.as('township');
  await t.go(township, path);
  const told = await township.locator('main').innerText();
  assert.match(told, /左前臂骨折/);
  assert.match(told, /未通知监护人，办理中不得向其透露有人报告/);
  assert.doesNotMatch(told, /杏若春|护士长|演示医院/);
  return township;
}

async function stateMoves(t, page, receipt, township) {
  t.step('签收之后，报告人只看到「处理中」');
  await Promise.all([township.waitForNavigation(), township.getByRole('button', { name: '签收', exact: true }).click()]);
  await t.go(page, receipt);
  assert.match(await page.locator('main').innerText(), /处理中/);
  assert.doesNotMatch(await page.locator('main').innerText(), /金城镇|金照人|骨折/);
}

export default async function (t) {
  const page = await t.as('hospital');
  await blankForm(t, page);
  await guardianIsSuspected(t, page);
  await mistakes(t, page);
  const number = await corrected(t, page);
  await printed(t, page);
  const receipt = await ownList(t, page, number);
  await othersSeeNothing(t, receipt);
  await stateMoves(t, page, receipt, await caseKnowsTheMatterOnly(t, number));
}
