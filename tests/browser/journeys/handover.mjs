// A supervisor leaves: the county sees what is open in that person's name, says who takes what, and nothing is left without
// somebody; an account that is shut hands over by the rule, and whoever shuts it sees counts alone.

import assert from 'node:assert/strict';
import { follow, press } from './main-job/common.mjs';

export const title = '离任交接：逐项指定、按规则交接、停用账号只见数量';
export const seconds = 180;

async function leaves(t, page) {
  t.step('县级：岗位页提示名下在办，离任方式不选不行');
  await t.go(page, '/network/places/140622100');
  await follow(page, /调整 金城镇未成年人保护工作站 儿童督导员/, { exact: false });
  const post = new URL(page.url()).pathname;
  await t.look(page, 'post');
  await follow(page, '离任交接');
  assert.match(await page.locator('main').innerText(), /未结事项[^]*主办个案/);
  await t.look(page, 'handover');
  assert.equal((await press(page, '确认交接')).status(), 422);
  assert.ok(await page.locator('#way-error').isVisible());
  await t.look(page, 'handover-without-way');
  await page.getByRole('radio', { name: /只离开本岗位/ }).check();
  await press(page, '确认交接');
  assert.match(await page.locator('.flash[role=status]').innerText(), /交接/);
  await t.look(page, 'handed-over');
  await t.go(page, post);
  assert.equal(await page.inputValue('#holder'), '', 'the post is vacant');
}

async function stays(t, page) {
  t.step('离任的人还能登录，名下没有个案');
  await t.go(page, '/cases');
  await t.look(page, 'list-of-who-left');
}

async function shuts(t, page) {
  t.step('安全保密管理员：只见数量，停用即交接');
  await t.go(page, '/accounts?q=civil');
  await follow(page, /civil/, { exact: false });
  await follow(page, '离任交接');
  assert.match(await page.locator('main').innerText(), /未结事项/);
  assert.doesNotMatch(await page.locator('main').innerText(), /BH\d|GA\d/, 'no numbers of cases');
  await t.look(page, 'account-handover');
  await press(page, '停用并移交');
  await t.look(page, 'account-shut');
}

export default async function (t) {
  const [county, township] = [await t.as('county'), await t.as('township')];
  await leaves(t, county);
  await stays(t, township);
  await shuts(t, await t.as('secadmin'));
}
