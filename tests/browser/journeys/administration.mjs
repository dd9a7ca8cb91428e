// Those who keep the house: network, imports, accounts, audit; and the pages that say no.

import assert from 'node:assert/strict';

export const title = '网络名册、导入、账号、审计、出错页';
export const seconds = 180;

const press = (page, name) => Promise.all([page.waitForNavigation(), page.getByRole('button', { name }).click()]);
const follow = (page, name) => Promise.all([page.waitForNavigation(), page.getByRole('link', { name }).first().click()]);
const csv = (name, text) => ({ name, mimeType: 'text/csv', buffer: Buffer.from(text) });

async function network(t, page) {
  t.step('网络：市、县、乡镇，配齐率与空缺');
  await t.go(page, '/network');
  assert.match(await page.locator('main').innerText(), /配齐率[\s\S]*应县/);
  await t.look(page, 'network-city');
  await follow(page, '应县');
  assert.match(await page.locator('main').innerText(), /应县公安局[\s\S]*卫平安/);
  await t.look(page, 'network-county');
  await follow(page, '金城镇');
  assert.match(await page.locator('main').innerText(), /儿童督导员[\s\S]*金照人/);
  await t.look(page, 'network-township');
}

async function post(t, page) {
  t.step('岗位：登录名写错、日期写错，说明在旁；请假保存');
  await follow(page, /调整 金城镇未成年人保护工作站 儿童督导员/);
  assert.match(await page.locator('main').innerText(), /可任此岗位：金照人（township）/);
  await t.look(page, 'post');
  await page.fill('#stand_in', 'village');
  await press(page, '保存');
  assert.ok(await page.locator('#stand_in-error').isVisible());
  await page.fill('#stand_in', '');
  await page.fill('#leave_from', '明天');
  await press(page, '保存');
  assert.match(await page.locator('#leave_from-error').innerText(), /日期/);
  assert.equal(await page.inputValue('#leave_from'), '明天');
  await t.look(page, 'post-mistakes');
  await page.fill('#leave_from', '2026/12/01');
  await page.fill('#leave_until', '2026-12-03');
  await press(page, '保存');
  assert.match(await page.locator('.flash[role=status]').innerText(), /岗位已保存/);
  assert.match(await page.locator('main').innerText(), /2026-12-01 至 2026-12-03/);
}

async function unit(t, page) {
  t.step('机构：电话写错说明在旁，改对保存；旧页面再存，告知版本不符');
  await t.go(page, '/network/places/140622100');
  await follow(page, '金城镇未成年人保护工作站');
  const address = page.url();
  const stale = await page.context().newPage();
  await t.go(stale, address);
  await page.fill('#phone', '打不通');
  await press(page, '保存');
  assert.ok(await page.locator('#phone-error').isVisible());
  assert.equal(await page.inputValue('#phone'), '打不通');
  await t.look(page, 'unit-mistakes');
  await page.fill('#phone', '0349-0001234');
  await press(page, '保存');
  assert.match(await page.locator('main').innerText(), /0349-0001234/);
  await press(stale, '保存');
  assert.match(await stale.locator('h1').innerText(), /内容已更新/);
  assert.match(await stale.locator('main').innerText(), /第 \d+ 版[\s\S]*第 \d+ 版/);
  await t.look(stale, 'stale');
  await press(stale, '返回上一页');
  assert.equal(await stale.inputValue('#phone'), '0349-0001234', 'the page before is the latest');
  await stale.close();
}

async function imported(t, page) {
  t.step('导入：先试运行，错行写明行号和原因，确认后才写入');
  await t.go(page, '/network/import');
  await press(page, '试运行');
  assert.match(await page.locator('#file-error').innerText(), /选择要导入的文件/);
  await t.look(page, 'import-nothing');
  const choose = async (text) => {
    await page.locator('[name=what][value=divisions]').check();
    await page.setInputFiles('#file', csv('新村.csv', text));
    assert.equal(await page.locator('.file-name').innerText(), '新村.csv');
    await press(page, '试运行');
  };
  await choose('代码,名称\n140622100990,新立村村委会\n1406,错的一行\n');
  assert.match(await page.locator('main').innerText(), /有错误，未写入任何内容[\s\S]*第 3 行/);
  assert.equal(await page.getByRole('button', { name: '确认导入' }).count(), 0);
  await t.look(page, 'import-bad-row');
  await choose('代码,名称\n140622100990,新立村村委会\n');
  assert.match(await page.locator('main').innerText(), /试运行结果[\s\S]*新立村村委会/);
  await t.look(page, 'import-dry-run');
  await press(page, '确认导入');
  assert.match(await page.locator('.flash[role=status]').innerText(), /已导入/);
  await t.look(page, 'import-done');
  await t.go(page, '/network/places/140622100990');
  assert.match(await page.locator('h1').innerText(), /新立村村委会/);
}

async function accounts(t, page) {
  t.step('账号：查机构不丢已填内容，开设、变更');
  await t.go(page, '/accounts');
  await t.look(page, 'accounts');
  await follow(page, '新增账号');
  await page.fill('#username', 'station.jc');
  await page.fill('#name', '薛圐圙');
  await page.selectOption('#role', 'township');
  await press(page, '建立账号');
  assert.match(await page.locator('#unit-error').innerText(), /乡镇/);
  await t.look(page, 'account-without-unit');
  await page.fill('#unit_q', '金城镇 工作站');
  await press(page, '查找');
  assert.equal(await page.inputValue('#username'), 'station.jc');
  await page.getByLabel(/金城镇未成年人保护工作站/).check();
  await t.look(page, 'account-unit-found');
  await press(page, '建立账号');
  const password = await page.locator('.token').innerText();
  await follow(page, /已交付/);
  await t.look(page, 'account');
  await follow(page, '变更角色或机构');
  await t.look(page, 'account-change');
  await page.fill('#unit_q', '应县 民政');
  await press(page, '查找');
  await page.getByLabel(/应县民政局/).check();
  await page.selectOption('#role', 'handler');
  await press(page, '保存');
  assert.match(await page.locator('main').innerText(), /部门承办人[\s\S]*应县民政局/);
  return { address: page.url(), password };
}

async function outAndIn(t, page, { address, password }) {
  t.step('首次登录强制改密码；停用立即退出，恢复可再登录，重置给新的一次性密码');
  const person = await t.open();
  await t.tryToSignIn(person, 'station.jc', password);
  assert.equal(new URL(person.url()).pathname, '/password');
  await person.fill('#current', password);
  await person.fill('#new', '秋天的云州白杨树长得很高');
  await person.fill('#again', '秋天的云州白杨树长得很高');
  await press(person, '保存');
  assert.equal(new URL(person.url()).pathname, '/tasks');
  await t.go(page, address);
  await follow(page, '停用账号');
  await t.look(page, 'account-disable');
  await press(page, '停用账号');
  assert.match(await page.locator('main').innerText(), /已停用/);
  await person.goto('/tasks');
  assert.equal(new URL(person.url()).pathname, '/login');
  await follow(page, '恢复账号');
  await press(page, '恢复账号');
  await follow(page, '重置密码');
  await press(page, '重置密码');
  assert.notEqual(await page.locator('.token').innerText(), password);
  await t.look(page, 'account-reset');
}

async function refusals(t) {
  t.step('无权、没有、过期的页面：说明原因和下一步');
  const operator = await t.as('operator');
  await t.go(operator, '/accounts', 403);
  await t.look(operator, 'forbidden');
  await t.go(operator, '/cases/00000000-0000-0000-0000-000000000000', 404);
  await t.go(operator, '/没有这个页面', 404);
  await t.look(operator, 'not-found');
  await t.go(operator, '/intake');
  await operator.evaluate(() => {
    document.querySelector('form[action="/intake/new"] [name=csrf]').value = 'x';
  });
  await press(operator, '接听新来电');
  assert.match(await operator.locator('main').innerText(), /页面已过期/);
  await t.look(operator, 'expired');
}

async function audit(t) {
  t.step('审计：按人、行为、结果、编号、时间查询，被拒绝的看得到');
  const auditor = await t.as('auditor');
  await t.go(auditor, '/journal');
  await t.look(auditor, 'journal');
  const rows = () => auditor.locator('tbody').innerText();
  await follow(auditor, '只看被拒绝的');
  assert.match(await rows(), /越权尝试[\s\S]*operator|operator[\s\S]*越权尝试/);
  await t.look(auditor, 'journal-denied');
  await auditor.selectOption('#outcome', '');
  await auditor.fill('#username', 'station.jc');
  await press(auditor, '查询');
  assert.match(await rows(), /停用账号/);
  assert.match(await rows(), /登录/);
  await t.look(auditor, 'journal-person');
  await t.go(auditor, '/journal?act=case_signed');
  const number = (await rows()).match(/TH-\d{8}-\d{4}/)[0];
  await t.go(auditor, '/journal');
  await auditor.fill('#number', number);
  await press(auditor, '查询');
  const found = (await rows()).match(/TH-\d{8}-\d{4}/g);
  assert.ok(found.length > 0 && found.every((one) => one === number), 'only that case');
  await auditor.fill('#number', '');
  await auditor.fill('#from', '昨天');
  await press(auditor, '查询');
  assert.ok(await auditor.locator('#from-error').isVisible());
  assert.equal(await auditor.inputValue('#from'), '昨天');
  await t.look(auditor, 'journal-bad-time');
  await auditor.fill('#from', '2099-01-01 08:00');
  await press(auditor, '查询');
  assert.match(await auditor.locator('main').innerText(), /没有符合条件的记录/);
}

async function operations(t) {
  t.step('运行状态');
  const page = await t.open();
  for (const address of ['/healthz', '/readyz']) {
    const answer = await page.request.get(address);
    assert.equal(answer.status(), 200, address);
  }
  assert.match(await (await page.request.get('/metrics')).text(), /tonghu_cases_open \d+/);
}

export default async function (t) {
  const system = await t.as('sysadmin');
  await network(t, system);
  await post(t, system);
  await unit(t, system);
  await imported(t, system);
  const security = await t.as('secadmin');
  await outAndIn(t, security, await accounts(t, security));
  await refusals(t);
  await audit(t);
  await operations(t);
}
