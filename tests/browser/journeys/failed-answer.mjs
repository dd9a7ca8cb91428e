// 12345 does not take an answer: it is tried again and again until that ends; the shift lead finds it, repeats it by hand,
// and sees it arrive. What was laid aside besides, the system administrator repeats.

import assert from 'node:assert/strict';
import { startPlatform } from '../lib/platform.mjs';
import { follow, said } from './main-job/common.mjs';

export const title = '回告送不出：重试、停止、班长手工重发、送达';
export const seconds = 300;

const NUMBER = 'SZ12345-20261123-000031';
const ORDER = {
  ext_order_no: NUMBER, received_at: null, channel: 'phone', demand_type: 'tipoff', case_types: ['0301'],
  title: '约7岁女童被训斥', content: '邻居总是大声训斥孩子', caller: { phone: '16000000043', anonymous: true, safe_phone: false },
  reporter_type: 'V04', child_location: { division: '140622100', address: '东街' }, children: [{ sex: '2', age: 7 }],
  cohabiting_suspect: 'no', danger_flags: [],
};
/** The pauses between tries end after the seventh. */
const TRIES = 7;
const PATIENCE_MS = 30_000;

async function until(words, holds) {
  const end = Date.now() + PATIENCE_MS;
  while (!(await holds())) {
    assert.ok(Date.now() < end, `not within ${PATIENCE_MS / 1000} s: ${words}`);
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}

const main = (page) => page.locator('main').innerText();
const section = (page, heading) => page.locator('section', { has: page.getByRole('heading', { name: heading }) }).innerText();

/** The answers to the order that the platform has got, whatever it did with them. */
async function tries(platform) {
  return (await platform.heard()).filter((one) => one.ext_order_no === NUMBER);
}

async function agree(t, platform) {
  t.step('安全保密管理员登记回告地址');
  const keeper = await t.as('secadmin');
  await t.go(keeper, '/hotline/partners');
  await follow(keeper, 'demo-12345', { exact: false });
  await keeper.fill('#push_url', platform.back);
  await Promise.all([keeper.waitForNavigation(), keeper.getByRole('button', { name: '保存' }).click()]);
  await keeper.context().close();
}

async function refused(t, platform) {
  t.step('对方一直答 500：班长看见待送达和原因');
  await platform.turns({ usual: '500' });
  const [{ status }] = await platform.push([{ order: ORDER }]);
  assert.equal(status, 201);
  await until('the first try', async () => (await tries(platform)).length === 1);
  const lead = await t.as('lead');
  const waits = async () => {
    await t.go(lead, '/hotline/answers');
    return (await section(lead, '待送达')).includes('对方答复 500');
  };
  await until('the reason on the page', waits);
  assert.match(await section(lead, '待送达'), new RegExp(`${NUMBER}[^]*已转办[^]*1 次[^]*对方答复 500`));
  assert.match(await section(lead, '已停止重试'), /没有送不出的回告/);
  await t.look(lead, 'waiting');
  return lead;
}

async function laidAside(t, platform, lead) {
  t.step('时钟前移，重试次数用完：停止重试，排在后面的不越过它');
  for (let tried = 1; tried < TRIES; tried += 1) {
    await t.jump(lead, 1);
    await until(`try ${tried + 1}`, async () => (await tries(platform)).length > tried);
  }
  const heard = await tries(platform);
  assert.ok(heard.every((one) => one.signed && one.seq === 1), 'nothing overtakes what has not arrived');
  assert.equal(new Set(heard.map((one) => one.id)).size, 1);
  await t.signIn(lead, 'lead');
  const dead = async () => {
    await t.go(lead, '/hotline/answers');
    return (await section(lead, '已停止重试')).includes(NUMBER);
  };
  await until('laid aside on the page', dead);
  await t.look(lead, 'laid-aside');
  assert.equal((await tries(platform)).length, TRIES);
}

async function repeated(t, platform, lead) {
  t.step('班长在工单页重发：对方恢复后送达，后面的依次送到');
  await Promise.all([lead.waitForNavigation(), lead.getByRole('link', { name: NUMBER }).first().click()]);
  assert.match(await section(lead, '回告'), /已停止重试 对方答复 500/);
  await t.look(lead, 'order-laid-aside');
  await platform.turns({ usual: '200' });
  const address = lead.url();
  await Promise.all([lead.waitForNavigation(), lead.getByRole('button', { name: '立即重发第 1 条' }).click()]);
  await said(lead, /重发/);
  const arrived = async () => {
    await t.go(lead, address);
    return (await lead.getByRole('button', { name: '立即重发第 1 条' }).count()) === 0;
  };
  await until('arrival on the page', arrived);
  assert.doesNotMatch(await section(lead, '回告'), /已停止重试/);
  assert.match(await section(lead, '回告'), /1\s+已转办\s+\d{4}-\d\d-\d\d \d\d:\d\d\s+\d{4}-\d\d-\d\d \d\d:\d\d/);
  await t.look(lead, 'order-arrived');
  const taken = (await tries(platform)).filter((one) => one.turn === '200').map((one) => one.seq);
  assert.deepEqual(taken, taken.map((_, at) => at + 1));
  await t.go(lead, '/hotline/answers');
  assert.ok(!(await section(lead, '已停止重试')).includes(NUMBER));
}

/** The daily lists were not taken either; they belong to no order, and wait on the administrator's page. */
async function others(t, platform) {
  t.step('系统管理员在外发消息页重发其余的，台账不再有送不出的回告');
  const admin = await t.as('sysadmin');
  await t.go(admin, '/outbox');
  await t.look(admin, 'outbox');
  const button = () => admin.getByRole('button', { name: /立即重发/ });
  const empty = async () => {
    await t.go(admin, '/outbox');
    if ((await button().count()) === 0) return true;
    // It may have arrived since: then the answer is a page that says so, where there is no button either.
    await Promise.all([admin.waitForNavigation(), button().first().click()]);
    return false;
  };
  await until('everything delivered', empty);
  const lead = await t.as('lead');
  await t.go(lead, '/hotline/answers');
  assert.match(await main(lead), /没有送不出的回告[^]*没有待送达的回告/);
  await t.look(lead, 'delivered');
}

export default async function (t) {
  const platform = await startPlatform(t.base);
  try {
    await agree(t, platform);
    const lead = await refused(t, platform);
    await laidAside(t, platform, lead);
    await repeated(t, platform, lead);
    await others(t, platform);
  } finally {
    platform.stop();
  }
}
