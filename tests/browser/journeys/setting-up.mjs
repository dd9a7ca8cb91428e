// The first day of an installation: the one-time address makes the three administrators, each must choose a password of
// their own, and the security administrator opens the first working account.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

export const title = '首次设置：一次性地址、三名管理员、首次改密码、开设第一个账号';
export const seconds = 120;
export const demo = false;

const FIRST = '首次设置的初始密码2026';
const OWN = '秋天的云州白杨树长得很高';

const press = (page, name) => Promise.all([page.waitForNavigation(), page.getByRole('button', { name }).click()]);

async function setUp(t, page) {
  t.step('一次性地址：填错说明在旁，填过的都在，密码从不回填');
  const [, path] = readFileSync(t.log, 'utf8').match(/(\/setup\/\S+)/);
  await t.go(page, `${path}x`, 404);
  await t.go(page, path);
  await t.look(page, 'setup');
  await page.fill('#sysadmin_name', '管系统');
  await page.fill('#sysadmin_password', '短');
  await page.fill('#auditor_username', 'secadmin');
  await press(page, '建立三个账号');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'error-summary');
  for (const id of ['sysadmin_password', 'secadmin_name', 'auditor_username']) {
    assert.ok(await page.locator(`#${id}-error`).isVisible(), `${id} has no message`);
  }
  assert.equal(await page.inputValue('#sysadmin_name'), '管系统');
  assert.equal(await page.inputValue('#sysadmin_password'), '');
  await t.look(page, 'setup-mistakes');
  for (const [role, name] of [['sysadmin', '管系统'], ['secadmin', '管安全'], ['auditor', '管审计']]) {
    await page.fill(`#${role}_username`, role);
    await page.fill(`#${role}_name`, name);
    await page.fill(`#${role}_password`, FIRST);
  }
  await press(page, '建立三个账号');
  assert.equal(new URL(page.url()).pathname, '/login');
  t.step('地址只用一次');
  await t.go(page, path, 404);
}

async function ownPassword(t, page) {
  t.step('首次登录须先改密码，改之前哪里也去不了');
  await t.tryToSignIn(page, 'secadmin', FIRST);
  assert.equal(new URL(page.url()).pathname, '/password');
  await t.look(page, 'password-forced');
  await page.goto('/accounts');
  assert.equal(new URL(page.url()).pathname, '/password');
  await page.fill('#current', FIRST);
  await page.fill('#new', FIRST);
  await page.fill('#again', FIRST);
  await press(page, '保存');
  assert.ok(await page.locator('#new-error').isVisible(), 'the first password cannot be kept');
  await t.look(page, 'password-mistakes');
  await page.fill('#current', FIRST);
  await page.fill('#new', OWN);
  await page.fill('#again', OWN);
  await press(page, '保存');
  assert.equal(new URL(page.url()).pathname, '/accounts');
}

async function firstAccount(t, page) {
  t.step('开设第一个账号，一次性密码只显示这一次');
  await page.getByRole('link', { name: '新增账号' }).click();
  await page.waitForURL('**/accounts/new');
  await page.fill('#username', 'operator');
  await page.fill('#name', '薛圐圙');
  await page.selectOption('#role', 'operator');
  await press(page, '建立账号');
  const password = await page.locator('.token').innerText();
  await t.look(page, 'one-time');
  const operator = await t.open();
  await t.tryToSignIn(operator, 'operator', password);
  assert.equal(new URL(operator.url()).pathname, '/password');
  await operator.fill('#current', password);
  await operator.fill('#new', OWN);
  await operator.fill('#again', OWN);
  await press(operator, '保存');
  assert.equal(new URL(operator.url()).pathname, '/intake');
  assert.match(await operator.locator('header').innerText(), /薛圐圙/);
  assert.doesNotMatch(await operator.locator('body').innerText(), /演示数据/);
  await t.look(operator, 'first-desk');
}

export default async function (t) {
  const page = await t.open();
  await setUp(t, page);
  await ownPassword(t, page);
  await firstAccount(t, page);
}
