// 12345: an order comes in signed, the shift lead looks at what it left unclear, a withdrawal changes nothing, and the
// security administrator admits a partner whose secret is shown once.

import assert from 'node:assert/strict';
import { push } from '../lib/partner.mjs';
import { follow } from './main-job/common.mjs';

export const title = '12345 工单：到达、核对、撤单、回告，接入方密钥';
export const seconds = 150;

const ORDERS = '/api/v1/hotline/work-orders';
const NUMBER = 'SZ12345-20261123-000017';
const ORDER = {
  ext_order_no: NUMBER, received_at: null, channel: 'telepathy', demand_type: 'tipoff', case_types: ['0301'],
  title: '约7岁女童被训斥', content: '邻居总是大声训斥孩子，薛圐圙乡口音', caller: { phone: '16000000041', anonymous: true, safe_phone: false },
  reporter_type: 'V04', child_location: { division: '140622100', address: '东街' }, children: [{ sex: '2', age: 7 }],
  cohabiting_suspect: 'no', callback_url: 'http://127.0.0.1:9/x',
};

async function ledger(t) {
  t.step('工单到达：台账标出待核对，单页列出原值');
  const lead = await t.as('lead');
  const { number } = await push(lead, ORDERS, ORDER);
  await push(lead, `${ORDERS}/${NUMBER}/events`, { event_id: `${NUMBER}-E1`, kind: 'cancel', at: null });
  await t.go(lead, '/hotline/orders');
  assert.match(await lead.locator('main').innerText(), /待核对[^]*已撤单/);
  await t.look(lead, 'ledger');
  await follow(lead, NUMBER);
  const told = await lead.locator('main').innerText();
  assert.match(told, new RegExp(`${number}[^]*telepathy[^]*撤单`));
  assert.match(told, /回调地址在内部网络，不调用/);
  await t.look(lead, 'order');
  t.step('核对：不写结果说明在旁，写了就记下');
  const control = lead.locator('input[name=note]').first();
  const press = () => Promise.all([lead.waitForNavigation(), lead.getByRole('button', { name: /^已核对/ }).first().click()]);
  await press();
  assert.match(await lead.locator('main').innerText(), /写明核对结果/);
  await t.look(lead, 'order-mistakes');
  await control.fill('已与 12345 核实，来电渠道为电话');
  await press();
  assert.match(await lead.locator('.flash[role=status]').innerText(), /已记录核对结果/);
  await t.go(lead, '/hotline/answers');
  await t.look(lead, 'answers');
}

async function partners(t) {
  t.step('接入方：写错说明在旁；密钥只显示一次；换发');
  const keeper = await t.as('secadmin');
  const allow = ['http', 'X-Tonghu-Client'];
  await t.go(keeper, '/hotline/partners');
  await t.look(keeper, 'partners');
  await follow(keeper, '新增接入方');
  await keeper.fill('#code', 'City 12345');
  const press = (name) => Promise.all([keeper.waitForNavigation(), keeper.getByRole('button', { name }).click()]);
  await press('建立接入方');
  assert.ok(await keeper.locator('#code-error').isVisible());
  await t.look(keeper, 'partner-mistakes', { allow });
  await keeper.fill('#code', 'city-12345');
  await keeper.fill('#name', '市热线平台');
  await press('建立接入方');
  const secret = await keeper.locator('.token').innerText();
  assert.match(secret, /^[0-9a-f]{64}$/);
  await t.look(keeper, 'partner-secret');
  await follow(keeper, '已交付', { exact: false });
  assert.ok(!(await keeper.content()).includes(secret));
  await t.look(keeper, 'partner', { allow });
  await press('换发密钥');
  assert.notEqual(await keeper.locator('.token').innerText(), secret);
}

export default async function (t) {
  await ledger(t);
  await partners(t);
}
