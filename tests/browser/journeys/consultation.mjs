// A consultation answered from an article, by keys alone: search while the caller talks, put the words into the answer without
// losing what was typed, and afterwards the report says on which article and version the answer rests.

import assert from 'node:assert/strict';
import { follow, press, said } from './main-job/common.mjs';

export const title = '咨询：查知识库、插入答复、留下依据；条目的写、改、发布；儿童问话不重复；身边的服务机构';
export const seconds = 240;

async function begun(t) {
  const page = await t.as('operator');
  await t.go(page, '/intake');
  await Promise.all([page.waitForNavigation(), page.getByRole('button', { name: /登记新来电|新来电/ }).first().click()]);
  return page;
}

async function answered(t, page) {
  t.step('F4 写咨询，Alt+K 查“保护令”，Alt+I 插入：已写的话还在，焦点在答复');
  await page.keyboard.press('F4');
  await page.keyboard.type('孩子爸爸打人，怎样申请保护令');
  await page.fill('#answer', '您好，');
  await page.keyboard.press('Alt+k');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'knowledge_q');
  await page.keyboard.type('保护令');
  await page.waitForSelector('#knowledge [data-insert]');
  assert.match(await page.locator('#knowledge mark').first().innerText(), /保护令/);
  await t.look(page, 'found');
  await page.keyboard.press('Alt+i');
  const answer = await page.inputValue('#answer');
  assert.match(answer, /^您好，\n[^]*基层人民法院/);
  assert.equal(await page.inputValue('#inquiry'), '孩子爸爸打人，怎样申请保护令');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'answer');
  assert.equal(await page.locator('#articles input:checked').count(), 1);
  await page.keyboard.press('Alt+i');
  assert.equal(await page.inputValue('#answer'), answer, 'the same words are put in once');
  await t.look(page, 'inserted');
  t.step('查不到时照实说，不丢已写的');
  await page.fill('#knowledge_q', '𬭎圐圙没有这回事');
  await page.waitForFunction(() => document.querySelector('#knowledge').innerText.includes('没有查到'));
  assert.equal(await page.inputValue('#answer'), answer);
  t.step('答复并办结，回执和线索写明依据的条目和版本');
  await page.focus('#answer');
  await Promise.all([page.waitForNavigation(), page.keyboard.press('Control+Enter')]);
  assert.match(await page.locator('main').innerText(), /已答复办结[^]*答复依据[^]*人身安全保护令[^]*ZS-\d{8}-\d{4} 第 2 版/);
  await t.look(page, 'receipt');
  await follow(page, /人身安全保护令/, { exact: false });
  await t.look(page, 'version');
}

async function child(t, page) {
  t.step('孩子自己打来：问话一次，已答的标出；地点选定后列出身边的服务机构');
  await t.go(page, '/intake');
  await Promise.all([page.waitForNavigation(), page.getByRole('button', { name: /登记新来电|新来电/ }).first().click()]);
  await page.selectOption('#reporter_type', 'V01');
  await page.fill('#child_location', '金城镇');
  await page.getByRole('option', { name: /应县.*金城镇/ }).first().click();
  await page.locator('input[name=q1][value=yes]').check({ force: true });
  await page.waitForFunction(() => /已答：是/.test(document.querySelector('#advice').innerText));
  const words = await page.locator('#advice').innerText();
  assert.match(words, /每句只问一次/);
  assert.match(words, /身边的服务机构[^]*金城镇演示卫生院/);
  await t.look(page, 'child');
}

async function written(t) {
  t.step('班长写条目：失效日早于生效日被拒，写了的不丢；保存、发布、再改，旧版可看');
  const lead = await t.as('lead');
  await t.go(lead, '/knowledge');
  await t.look(lead, 'list');
  await follow(lead, '新增条目');
  await lead.fill('#title', '孩子转学怎么办');
  await lead.fill('#reply', '先问现在就读学校和转入地教育局，带户口本。');
  await lead.fill('#body', '# 材料\n- 户口本\n- 在读证明');
  await lead.fill('#source', '本系统默认（可配置），以教育局答复为准');
  await lead.fill('#valid_until', '2020-01-01');
  assert.equal((await press(lead, '保存')).status(), 422);
  assert.ok(await lead.locator('#valid_until-error').isVisible());
  assert.equal(await lead.inputValue('#title'), '孩子转学怎么办');
  await t.look(lead, 'wrong');
  await lead.fill('#valid_until', '');
  await press(lead, '保存');
  await said(lead, /已保存/);
  await press(lead, '发布');
  await said(lead, /已发布/);
  await t.look(lead, 'article');
  await follow(lead, '修改');
  await lead.fill('#reply', '先问现在就读学校；转入地教育局受理，带户口本和在读证明。');
  await lead.fill('#note', '补材料');
  await press(lead, '保存');
  await follow(lead, '第 2 版');
  assert.match(await lead.locator('main').innerText(), /这是第 2 版[^]*先问现在就读学校和转入地教育局/);
  await t.go(lead, '/services');
  await t.look(lead, 'services');
}

export default async function (t) {
  const page = await begun(t);
  await answered(t, page);
  await child(t, page);
  await written(t);
}
