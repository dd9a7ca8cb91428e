// The intake desk as an operator works it: by the keyboard alone, while somebody talks. Advice comes without saving,
// nothing typed is lost, and every way in which a call ends is gone through.

import assert from 'node:assert/strict';

export const title = '来电登记：全键盘、实时建议、紧急联动、草稿、去向、更正、无脚本';
export const seconds = 240;

const CALLER = '16000007788';
const OTHER_CALLER = '16000007799';

/** Presses Tab until the control with this id has the focus. */
async function tabTo(page, id, most = 90) {
  for (let presses = 0; presses < most; presses += 1) {
    if (await page.evaluate((wanted) => document.activeElement?.id === wanted, id)) return;
    await page.keyboard.press('Tab');
  }
  assert.fail(`the Tab key does not reach #${id}`);
}

/** Presses Tab until a button with these words has the focus, then Enter. */
async function pressButton(page, words, most = 90) {
  for (let presses = 0; presses < most; presses += 1) {
    const there = await page.evaluate(
      (wanted) => document.activeElement?.tagName === 'BUTTON' && document.activeElement.textContent.trim().startsWith(wanted),
      words,
    );
    if (there) {
      await Promise.all([page.waitForNavigation(), page.keyboard.press('Enter')]);
      return;
    }
    await page.keyboard.press('Tab');
  }
  assert.fail(`the Tab key does not reach the button ${words}`);
}

async function type(page, id, text) {
  await tabTo(page, id);
  await page.keyboard.type(text);
}

/** Chooses an option by the arrow keys. */
async function choose(page, id, value) {
  await tabTo(page, id);
  await page.keyboard.press('Home');
  for (let steps = 0; steps < 40; steps += 1) {
    if ((await page.inputValue(`#${id}`)) === value) return;
    await page.keyboard.press('ArrowDown');
  }
  assert.fail(`#${id} has no option ${value}`);
}

/** Answers a safety question: yes is the first of its group, the arrows choose the others. */
async function answer(page, question, choice) {
  await tabTo(page, question);
  await page.keyboard.press('Space');
  for (let steps = 0; steps < ['yes', 'no', 'unknown'].indexOf(choice); steps += 1) await page.keyboard.press('ArrowRight');
  assert.equal(await page.locator(`[name=${question}]:checked`).getAttribute('value'), choice);
}

async function submitWith(page, key) {
  await Promise.all([page.waitForNavigation(), page.keyboard.press(key)]);
}

/** Picks up a call from the list, by the keyboard. */
async function pickUp(t, page) {
  await t.go(page, '/intake');
  await pressButton(page, '接听新来电');
  assert.match(new URL(page.url()).pathname, /^\/intake\/[0-9a-f-]{36}$/);
}

const draftSaved = (page) => page.locator('#draft-state', { hasText: /草稿已保存 \d\d:\d\d:\d\d/ }).waitFor();
const advice = (page) => page.locator('#advice').innerText();
const adviceSays = (page, words) => page.locator('#advice', { hasText: words }).waitFor();
const number = async (page) => (await page.locator('h1').innerText()).match(/XS-\d{8}-\d{4}/)[0];

async function consultation(t, page) {
  t.step('咨询：两个框、一个键，号码随单留存');
  await pickUp(t, page);
  await page.keyboard.press('F2');
  await page.keyboard.type(CALLER);
  await page.keyboard.press('F4');
  await page.keyboard.type('怎样申请困境儿童生活补助');
  await draftSaved(page);
  await page.keyboard.press('Tab');
  await page.keyboard.type('向村（居）委会提出，带户口本');
  await t.look(page, 'consultation');
  await submitWith(page, 'Control+Enter');
  assert.match(await page.locator('main').innerText(), /已答复办结/);
  await t.look(page, 'answered');
}

async function undone(t, page) {
  t.step('十分钟内撤销，回到草稿，写过的都在');
  await pressButton(page, '撤销');
  assert.equal(await page.inputValue('#caller_phone'), CALLER);
  assert.equal(await page.inputValue('#content'), '怎样申请困境儿童生活补助');
  await page.keyboard.press('F4');
  await page.keyboard.press('Control+A');
  await page.keyboard.type('怎样申请困境儿童生活补助');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Control+A');
  await page.keyboard.type('向村（居）委会提出');
  await submitWith(page, 'Control+Enter');
  assert.match(await page.locator('main').innerText(), /已答复办结/);
}

async function adviceWhileTyping(t, page) {
  t.step('同一号码再来电：历史、十问、地点简拼、约7岁女童，未保存先有建议');
  await pickUp(t, page);
  await t.look(page, 'desk-blank');
  await page.keyboard.press('F2');
  await page.keyboard.type(CALLER);
  await page.locator('#caller', { hasText: '已答复' }).waitFor();
  assert.match(await page.locator('#caller-summary').innerText(), /90 天内来电 1 次/);
  await answer(page, 'q1', 'no');
  assert.match(await page.locator('#safe-hit').innerText(), /红线 1/);
  await answer(page, 'q3', 'yes');
  await tabTo(page, 'child_location');
  await page.keyboard.type('jcz');
  await page.locator('[role=option]').first().waitFor();
  await page.keyboard.press('Enter');
  assert.match(await page.inputValue('#child_location'), /应县 金城镇/);
  await type(page, 'child_feature_1', '约7岁女童');
  await type(page, 'content', '昨晚又听见打骂，孩子一直哭，胳膊上有青紫。');
  await type(page, 'case_types', '0101');
  await page.keyboard.press('Tab');
  await adviceSays(page, '红·一级');
  const told = await advice(page);
  for (const word of [/主办/, /应县公安局/, /卫平安/, /RT0\d/, /\d\d:\d\d 前/, /初筛第1问/, /疑似重复/, /相似：/, /待补/]) assert.match(told, word);
  await draftSaved(page);
  await t.look(page, 'advice');
}

async function draftSurvives(t, page) {
  t.step('浏览器关掉，重新打开，草稿还在');
  const report = new URL(page.url()).pathname;
  const shown = await number(page);
  await page.context().close();
  const again = await t.as('operator');
  await t.go(again, '/intake');
  await t.look(again, 'drafts');
  await again.getByRole('link', { name: shown }).click();
  await again.waitForURL(`**${report}`);
  assert.equal(await again.inputValue('#child_feature_1'), '约7岁女童');
  assert.match(await again.inputValue('#content'), /昨晚又听见打骂/);
  assert.ok(await again.locator('[name=q1][value=no]').isChecked());
  assert.match(await again.inputValue('#child_location'), /应县 金城镇/);
  assert.match(await advice(again), /红·一级/);
  return again;
}

async function emergency(t, page) {
  t.step('F9 启动 110／120 联动，登记后仍须转办立案');
  await page.keyboard.press('F9');
  await page.locator('#emergency', { hasText: '启动' }).waitFor();
  assert.equal(await page.evaluate(() => document.activeElement.id), 'emergency_receipt', 'the next thing to type has the focus');
  await page.keyboard.type('JJ-0001');
  await page.keyboard.press('Shift+Tab');
  await page.keyboard.press('Control+A');
  const soon = await page.evaluate(() => {
    const at = new Date(Date.now() + 40 * 60_000);
    return new Intl.DateTimeFormat('zh-CN', { timeZone: 'Asia/Shanghai', hour: '2-digit', minute: '2-digit', hour12: false }).format(at);
  });
  await page.keyboard.type(soon);
  await page.keyboard.press('Enter');
  await page.locator('#emergency_time-error').waitFor();
  assert.match(await page.locator('#emergency_time-error').innerText(), /不能晚于现在/);
  assert.equal(await page.inputValue('#emergency_time'), soon, 'what was typed is kept');
  assert.equal(await page.inputValue('#emergency_receipt'), 'JJ-0001');
  await t.look(page, 'emergency-future-time');
  await tabTo(page, 'emergency_time');
  await page.keyboard.press('Control+A');
  await page.keyboard.press('Delete');
  await tabTo(page, 'emergency_receipt');
  await page.keyboard.press('Enter');
  await page.locator('#emergency li', { hasText: 'JJ-0001' }).waitFor();
  await t.look(page, 'emergency');
}

async function lowered(t, page) {
  t.step('调低等级须写理由，焦点落在错误摘要，写过的都在');
  await tabTo(page, 'urgency');
  await page.keyboard.type('4');
  await submitWith(page, 'Control+Enter');
  assert.match(await page.title(), /^错误：/);
  assert.equal(await page.evaluate(() => document.activeElement.id), 'error-summary');
  assert.match(await page.locator('#urgency_reason-error').innerText(), /调低须写明理由/);
  assert.match(await page.inputValue('#content'), /昨晚又听见打骂/);
  await t.look(page, 'lowering-without-reason');
  await tabTo(page, 'urgency');
  await page.keyboard.press('Home');
}

async function routed(t, page) {
  t.step('转办立案：回执写明谁在何时前做什么');
  await submitWith(page, 'Control+Enter');
  const receipt = await page.locator('main').innerText();
  for (const word of [/已转办立案/, /红·一级/, /应县公安局/, /卫平安/, /RT0\d/, /前签收/, /告诉来电人/]) assert.match(receipt, word);
  assert.doesNotMatch(receipt, /110／120 三方联动未登记/);
  await t.look(page, 'receipt');
  await t.go(page, (await page.locator('a[href^="/cases/"]').first().getAttribute('href')));
  assert.match(await page.locator('main').innerText(), /JJ-0001/, 'the three-way call is told on the case');
}

async function strangersDuplicate(t) {
  t.step('另一话务员：疑似重复只列相似字段，无权者看不到内容');
  const page = await t.as('operator2');
  await pickUp(t, page);
  await page.keyboard.press('F2');
  await page.keyboard.type(CALLER);
  await tabTo(page, 'child_location');
  await page.keyboard.type('jcz');
  await page.locator('[role=option]').first().waitFor();
  await page.keyboard.press('Enter');
  await type(page, 'case_types', '0101');
  await page.keyboard.press('Tab');
  await adviceSays(page, '疑似重复');
  const list = page.locator('section', { has: page.locator('#dup-h') });
  assert.match(await list.innerText(), /无权查看/);
  assert.match(await list.innerText(), /相似：/);
  assert.equal(await list.locator('a').count(), 0, 'what may not be opened is no link');
  await t.look(page, 'duplicate-hidden');
  await page.context().close();
}

async function joined(t, page) {
  t.step('并入在办个案');
  await pickUp(t, page);
  await page.keyboard.press('F2');
  await page.keyboard.type(CALLER);
  await tabTo(page, 'child_location');
  await page.keyboard.type('jcz');
  await page.locator('[role=option]').first().waitFor();
  await page.keyboard.press('Enter');
  await type(page, 'child_feature_1', '约7岁女童');
  await type(page, 'content', '还是昨天那个孩子，今天没去上学。');
  await type(page, 'case_types', '0101');
  await page.keyboard.press('Tab');
  await adviceSays(page, '疑似重复');
  await draftSaved(page);
  await pressButton(page, '并入');
  assert.match(await page.locator('main').innerText(), /已并入 TH-\d{8}-\d{4}/);
  await t.look(page, 'joined');
}

async function raised(t, page) {
  t.step('调高等级不须理由');
  await pickUp(t, page);
  await tabTo(page, 'child_location');
  await page.keyboard.type('右玉县');
  await page.locator('[role=option]').first().waitFor();
  await page.keyboard.press('Enter');
  await type(page, 'content', '孩子放假在家，爷爷照看不过来。');
  await type(page, 'case_types', '0404');
  await page.keyboard.press('Tab');
  await page.waitForFunction(() => Number(document.getElementById('advice-card').dataset.level) > 1);
  await tabTo(page, 'urgency');
  await page.keyboard.type('1');
  await submitWith(page, 'Control+Enter');
  assert.match(await page.locator('main').innerText(), /已转办立案[\s\S]*红·一级/);
}

async function referred(t, page) {
  t.step('转介其他热线');
  await pickUp(t, page);
  await page.keyboard.press('F2');
  await page.keyboard.type(OTHER_CALLER);
  await choose(page, 'demand_type', 'inquiry');
  await type(page, 'content', '问离婚后抚养费怎么起诉');
  await tabTo(page, 'referred_to');
  await page.keyboard.type('12348');
  await pressButton(page, '转介');
  assert.match(await page.locator('main').innerText(), /已转介 12348/);
  await t.look(page, 'referred');
}

async function screenedOut(t, page) {
  t.step('不予受理：话务员提出，班长退回一次，再提出，班长同意');
  await pickUp(t, page);
  await choose(page, 'demand_type', 'complaint');
  await type(page, 'content', '邻居占了宅基地');
  await type(page, 'outcome_note', '不涉及儿童，已告知信访渠道');
  await pressButton(page, '不予受理');
  assert.match(await page.locator('main').innerText(), /待班长复核/);
  await t.look(page, 'screening');
  const report = new URL(page.url()).pathname;
  const lead = await t.as('lead');
  await t.go(lead, '/intake');
  assert.match(await lead.locator('main').innerText(), /不涉及儿童，已告知信访渠道/);
  await t.look(lead, 'review');
  await lead.fill('[name=why]', '先问清孩子由谁照看');
  await pressButton(lead, '退回重办');
  await t.go(page, report);
  assert.match(await page.locator('#error-summary').innerText(), /不予受理未获同意[\s\S]*先问清孩子由谁照看/);
  assert.equal(await page.inputValue('#content'), '邻居占了宅基地');
  await t.look(page, 'screening-refused');
  await tabTo(page, 'outcome_note');
  await page.keyboard.press('Control+A');
  await page.keyboard.type('核实过，确不涉及儿童');
  await pressButton(page, '不予受理');
  await t.go(lead, '/intake');
  await pressButton(lead, '同意');
  await t.go(page, report);
  assert.match(await page.locator('main').innerText(), /已复核不予受理/);
  return lead;
}

async function mistakes(t, page) {
  t.step('证件号、电话、地点写错：各有说明，摘要得焦点，写过的都在');
  await pickUp(t, page);
  await page.keyboard.press('F2');
  await page.keyboard.type('打不通');
  await type(page, 'child_location', '没有这个地方');
  await type(page, 'child_id_number_1', '140699201901010019');
  await page.keyboard.press('Control+A');
  await page.keyboard.type('140699201901010012');
  await type(page, 'content', '孩子几天没人管了');
  await type(page, 'case_types', '9999');
  await submitWith(page, 'Control+Enter');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'error-summary');
  const summary = await page.locator('#error-summary').innerText();
  for (const id of ['caller_phone', 'child_location', 'child_id_number_1', 'case_types']) {
    const beside = (await page.locator(`#${id}-error`).innerText()).replace('错误：', '').trim();
    assert.ok(summary.includes(beside), `${id}: the summary does not say 「${beside}」`);
    assert.equal(await page.locator(`#${id}`).getAttribute('aria-invalid'), 'true');
  }
  assert.equal(await page.inputValue('#child_location'), '没有这个地方');
  assert.equal(await page.inputValue('#child_id_number_1'), '140699201901010012');
  assert.equal(await page.inputValue('#caller_phone'), '打不通');
  await t.look(page, 'mistakes');
  await page.locator('#error-summary a').first().focus();
  await page.keyboard.press('Enter');
  assert.match(await page.evaluate(() => document.activeElement.id), /^(caller_phone|child_location|child_id_number_1|case_types)$/);
  await submitWith(page, 'F8');
  assert.equal(new URL(page.url()).pathname, '/intake');
}

async function reading(t, lead) {
  t.step('线索列表与单条线索：儿童隐名，举报人封存，启封须理由');
  await t.go(lead, '/reports');
  const times = await lead.locator('td[data-label=时间]').allInnerTexts();
  assert.deepEqual(times, [...times].sort().reverse(), 'the latest stands first');
  await t.look(lead, 'reports');
  await lead.locator('tr', { hasText: '红·一级' }).getByRole('link').first().click();
  await lead.waitForURL('**/reports/*');
  assert.match(await lead.locator('main').innerText(), /举报人已保护/);
  await t.look(lead, 'report');
  await Promise.all([lead.waitForNavigation(), lead.getByRole('button', { name: '启封' }).click()]);
  assert.match(await lead.locator('#reason-error').innerText(), /选择启封的理由/);
}

async function withoutScript(t) {
  t.step('没有脚本也能登记、联动、转办');
  const page = await t.as('operator', { javaScriptEnabled: false });
  await t.go(page, '/intake');
  await Promise.all([page.waitForNavigation(), page.getByRole('button', { name: '接听新来电' }).click()]);
  await page.fill('#caller_phone', '16000005566');
  await page.locator('[name=q1][value=no]').check({ force: true });
  await page.fill('#child_location', '应县金城镇');
  await page.fill('#child_feature_1', '约5岁男童');
  await page.fill('#content', '孩子一个人锁在家里哭');
  await page.fill('#case_types', '0501');
  await Promise.all([page.waitForNavigation(), page.locator('#do-emergency').click()]);
  assert.match(await page.locator('#emergency').innerText(), /启动/);
  assert.equal(await page.inputValue('#content'), '孩子一个人锁在家里哭');
  await t.look(page, 'no-script');
  await page.fill('#child_location', '没有这个地方');
  await Promise.all([page.waitForNavigation(), page.locator('#do-route').click()]);
  assert.match(await page.locator('#child_location-error').innerText(), /没有找到/);
  await page.fill('#child_location', '应县金城镇');
  await Promise.all([page.waitForNavigation(), page.locator('#do-route').click()]);
  assert.match(await page.locator('main').innerText(), /已转办立案/);
}

export default async function (t) {
  let page = await t.as('operator');
  await consultation(t, page);
  await undone(t, page);
  await adviceWhileTyping(t, page);
  page = await draftSurvives(t, page);
  await emergency(t, page);
  await lowered(t, page);
  await routed(t, page);
  await strangersDuplicate(t);
  await joined(t, page);
  await raised(t, page);
  await referred(t, page);
  const lead = await screenedOut(t, page);
  await mistakes(t, page);
  await reading(t, lead);
  await withoutScript(t);
}
