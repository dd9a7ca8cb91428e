// The door: a stranger is led to it, a wrong password is told without telling more, the right one leads home, and out again.

import assert from 'node:assert/strict';

export const title = '登录、密码错误、进入首页、退出';

const ONE_OF_EACH_SCREEN = ['township', 'village', 'hospital', 'county'];

async function strangerIsLedToTheDoor(t, page) {
  t.step('未登录打开首页，转到登录页');
  await page.goto('/');
  assert.equal(new URL(page.url()).pathname, '/login');
  assert.equal(await page.locator('h1').count(), 1);
  assert.equal(await page.locator('html').getAttribute('lang'), 'zh-CN');
  await t.look(page, 'login');
}

async function wrongPasswordIsToldPlainly(t, page) {
  t.step('密码错误');
  await t.tryToSignIn(page, 'operator', 'wrong-password-1');
  assert.equal(new URL(page.url()).pathname, '/login');
  assert.match(await page.title(), /^错误：/);
  assert.match(await page.locator('[role=alert]').first().innerText(), /密码/);
  assert.equal(await page.inputValue('[name=username]'), 'operator', 'what was typed is kept');
  assert.equal(await page.inputValue('[name=password]'), '', 'a password is never sent back');
  await t.look(page, 'wrong-password');
  const toldToKnown = await page.locator('[role=alert]').first().innerText();
  await t.tryToSignIn(page, 'nobody-of-that-name', 'wrong-password-1');
  const toldToUnknown = await page.locator('[role=alert]').first().innerText();
  assert.equal(toldToUnknown, toldToKnown, 'an unknown account is told the same');
}

async function rightPasswordLeadsHomeAndOutAgain(t, page) {
  t.step('密码正确，进入首页');
  await t.signIn(page, 'operator');
  const home = page.url();
  await t.look(page, 'home-operator');
  t.step('退出后须重新登录');
  await Promise.all([page.waitForNavigation(), page.getByRole('button', { name: '退出' }).click()]);
  await page.goto(home);
  assert.equal(new URL(page.url()).pathname, '/login');
}

export default async function (t) {
  const page = await t.open();
  await strangerIsLedToTheDoor(t, page);
  await wrongPasswordIsToldPlainly(t, page);
  await rightPasswordLeadsHomeAndOutAgain(t, page);
  for (const user of ONE_OF_EACH_SCREEN) {
    t.step(`${user} 的首页`);
    await t.look(await t.as(user, { phone: user === 'village' }), `home-${user}`);
  }
}
