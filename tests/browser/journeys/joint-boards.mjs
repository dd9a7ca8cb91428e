// What waits for whom: a township asks the police, whose open page is told at once; inbox, settings, boards, the picture.

import assert from 'node:assert/strict';

export const title = '通知角标、收件箱、看板、督导、协同办理图';
export const seconds = 240;

const press = (page, name) => Promise.all([page.waitForNavigation(), page.getByRole('button', { name }).first().click()]);
const badge = (page) => page.locator('#bell-count').innerText().then((text) => Number(text.replace('+', '')) || 0);

async function openCase(page) {
  await page.goto('/cases?mine=true');
  await Promise.all([page.waitForNavigation(), page.locator('table a').first().click()]);
  return new URL(page.url()).pathname;
}

export default async function (t) {
  const township = await t.as('township');
  const police = await t.as('police');
  t.step('乡镇发起协办，公安开着的页面立即看到角标');
  await t.go(police, '/tasks');
  const before = await badge(police);
  const address = await openCase(township);
  const sign = township.getByRole('button', { name: '签收' });
  if (await sign.count()) await press(township, '签收');
  await t.go(township, `${address}/tasks/new`);
  await township.selectOption('#type_code', 'T31');
  await township.fill('#request', '请到场核实并反馈文书号');
  await press(township, /发起|提交|保存/);
  await police.waitForFunction((old) => Number(document.querySelector('#bell-count').textContent) > old, before, { timeout: 5000 });
  assert.match(await police.locator('#bell-said').textContent(), /新协办任务待签收/);

  t.step('公安的收件箱：未读在前，打开即已读');
  await t.go(police, '/notices');
  await t.look(police, 'inbox');
  await Promise.all([police.waitForNavigation(), police.getByRole('link', { name: /新协办任务待签收/ }).first().click()]);
  assert.match(police.url(), /\/tasks\//);

  t.step('设置：时间写错，说明在旁；改对保存');
  await t.go(police, '/notices/settings');
  await t.look(police, 'settings');
  await police.fill('#quiet_from', '二十二点');
  await press(police, '保存设置');
  assert.ok(await police.locator('#quiet_from-error').isVisible());
  assert.equal(await police.inputValue('#quiet_from'), '二十二点');
  await t.look(police, 'settings-mistakes');
  await police.fill('#quiet_from', '22:00');
  await police.fill('#quiet_to', '07:00');
  await press(police, '保存设置');
  assert.match(await police.locator('.flash').innerText(), /已保存/);

  t.step('看板：公安、乡镇；没有脚本也能看');
  await t.go(police, '/board');
  await t.look(police, 'board-police');
  await t.go(township, '/board');
  assert.match(await township.locator('#waiting').innerText(), /协办/);
  await t.look(township, 'board-township');
  const plain = await t.as('township', { javaScriptEnabled: false });
  await t.go(plain, '/notices');
  assert.match(await plain.locator('main').innerText(), /通知/);

  t.step('协同办理图：乡镇看全部，公安只看自己的部分');
  await t.go(township, `${address}/joint`);
  assert.ok(await township.locator('svg.joint').isVisible());
  await t.look(township, 'joint');
  await t.go(township, address);
  await t.look(township, 'case');
  await t.go(police, `${address}/joint`);
  assert.match(await police.locator('main').innerText(), /本单位承担的部分/);
  await t.look(police, 'joint-police');

  t.step('督导：市级按县，县级按乡镇');
  const city = await t.as('city');
  await t.go(city, '/supervision');
  await t.look(city, 'supervision-city');
  const county = await t.as('county');
  await t.go(county, '/supervision?by=unit&sort=unsigned');
  await t.look(county, 'supervision-county');
}
