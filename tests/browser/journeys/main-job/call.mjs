// The operator's part: one call, from the keyboard, until the case is opened and its route is on the screen.

import assert from 'node:assert/strict';

const WORDS = '住在东关社区的女孩经常挨同住继父的打，今晚又打了，胳膊上有成片淤青，孩子在邻居家不敢回去。';

/** Answers a safety question with the arrow keys: the first answer by Space, the next by Right. */
async function answer(page, question, which) {
  const keys = { yes: ['Space'], no: ['ArrowRight'], unknown: ['ArrowRight', 'ArrowRight'] };
  await page.locator(`#${question}`).focus();
  for (const key of keys[which]) await page.keyboard.press(key);
  assert.equal(await page.locator(`[name=${question}]:checked`).inputValue(), which);
}

async function picksUp(t, page) {
  t.step('话务员接听');
  await t.look(page, 'intake-list');
  await Promise.all([page.waitForURL(/\/intake\/[0-9a-f-]{36}$/), page.getByRole('button', { name: '接听新来电' }).click()]);
  await t.look(page, 'desk-empty');
  await page.keyboard.press('F2');
  await page.keyboard.type('16000000001');
}

async function asksWhetherTheChildIsSafe(t, page) {
  t.step('十问判险：红线一答即提示联动');
  await answer(page, 'q1', 'yes');
  await answer(page, 'q2', 'yes');
  await answer(page, 'q3', 'yes');
  await answer(page, 'q4', 'no');
  await answer(page, 'q5', 'unknown');
  assert.match(await page.locator('#safe-hit').innerText(), /2|3|马上|在场/);
}

async function findsThePlaceByInitials(t, page) {
  t.step('地点：简拼 jcz 找到金城镇，再写社区');
  await page.locator('#child_location').focus();
  await page.keyboard.type('jcz');
  const first = page.locator('#child_location ~ ul [role=option]').first();
  await first.waitFor();
  assert.match(await first.innerText(), /应县 金城镇/);
  await t.shot(page, 'desk-place');
  await page.keyboard.type(' dgsq');
  await page.getByRole('option', { name: /东关社区/ }).first().waitFor();
  await page.keyboard.press('Enter');
  assert.equal(await page.inputValue('input[name=child_location]'), '140622100001');
}

async function writesDownWhatIsSaid(page) {
  await page.locator('#child_address').focus();
  await page.keyboard.type('东街3号楼2单元');
  await page.selectOption('#child_sex_1', '2');
  await page.fill('#child_age_1', '7');
  await page.fill('#child_feature_1', '约7岁女童，穿红校服');
  await page.fill('#content', WORDS);
  await page.locator('#case_types').focus();
  await page.keyboard.type('0101');
  await page.getByRole('checkbox', { name: /^MR4/ }).check();
  await page.selectOption('#reporter_type', 'V04');
  await page.getByRole('group', { name: '回拨安全吗' }).getByRole('radio', { name: '不可' }).check();
  await page.getByRole('group', { name: '与嫌疑人同住' }).getByRole('radio', { name: '是' }).check();
  await page.selectOption('#suspect_relation', 'step_parent');
}

async function seesTheRoute(t, page) {
  t.step('边登记边看到建议等级、规则和去向');
  const plan = page.locator('#advice');
  await page.waitForFunction(() => document.querySelector('#advice-card')?.dataset.level === '1' && document.querySelector('#advice .plan'));
  const words = await plan.innerText();
  for (const part of [/RT06/, /金城镇/, /公安局/, /未成年人救助保护中心/]) assert.match(words, part);
  await t.look(page, 'desk-filled');
}

export async function operatorTakesTheCall(job) {
  const { t } = job;
  const page = await t.as('operator');
  await picksUp(t, page);
  await asksWhetherTheChildIsSafe(t, page);
  await findsThePlaceByInitials(t, page);
  await writesDownWhatIsSaid(page);
  await seesTheRoute(t, page);
  t.step('Ctrl+Enter 转办立案');
  await Promise.all([page.waitForNavigation(), page.keyboard.press('Control+Enter')]);
  await t.look(page, 'receipt');
  job.number = await page.locator('dl a[href^="/cases/"]').innerText();
  job.case = (await page.locator('dl a[href^="/cases/"]').getAttribute('href')).split('/').pop();
}
