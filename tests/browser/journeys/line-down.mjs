// The line to 12345 is down: the shift lead brings the platform's export in, matches its columns, tries it, takes it in, and
// hands the answers over as a file; when the line is back nothing is doubled and what it adds is laid before a person.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { push } from '../lib/partner.mjs';
import { follow, press } from './main-job/common.mjs';

export const title = '12345 线路中断：文件补录、续接、导出回告';
export const seconds = 120;

const PATIENCE_MS = 30_000;

const EXPORT = [
  '工单编号,受理时间,诉求内容,所属区县,来电人,联系电话,备注',
  '2026112300061,2026-11-23 08:52,邻居总是大声训斥孩子,应县,柳报信,16000000061,平台内部',
  '2026112300062,2026-11-23 09:05,三年级男生两天没来上学，家里没人接电话,应县,,16000000062,',
  '20261123 00063,2026-11-23 09:10,工单号里有空格,应县,,,',
].join('\n');

/** A row of the result: the words before the number, and the number. */
const counted = async (page, words) => {
  const text = await page.locator('section.card').first().innerText();
  return Number(new RegExp(`${words} (\\d+)`).exec(text)?.[1]);
};

async function upload(t, lead) {
  t.step('不选接入方、不选文件：说明在旁');
  await t.go(lead, '/hotline/orders');
  await follow(lead, '文件补录');
  await t.look(lead, 'blank');
  assert.equal((await press(lead, '下一步')).status(), 422);
  assert.match(await lead.locator('main').innerText(), /选择文件来自哪个接入方[^]*选择要导入的文件/);
  await lead.selectOption('#client', 'demo-12345');
  await lead.setInputFiles('#file', { name: '工单导出.csv', mimeType: 'text/csv', buffer: Buffer.from(EXPORT) });
  await press(lead, '下一步');
  assert.equal(await lead.locator('#map0').inputValue(), 'ext_order_no');
  assert.equal(await lead.locator('#map6').inputValue(), '', 'a column that nobody knows is left out');
  await t.look(lead, 'columns');
}

async function bring(t, lead) {
  t.step('试运行不写入；确认导入；有错的行列出，不影响其他行');
  await press(lead, '试运行');
  assert.match(await lead.locator('h2').first().innerText(), /试运行结果/);
  assert.equal(await counted(lead, '新工单或事件'), 2);
  assert.match(await lead.locator('table').first().innerText(), /第 4 行[^]*填写编号/);
  await t.look(lead, 'tried');
  await press(lead, '确认导入');
  assert.equal(await counted(lead, '新工单或事件'), 2);
  await t.look(lead, 'taken');
  await follow(lead, '查看 12345 工单');
  assert.match(await lead.locator('main').innerText(), /2026112300062[^]*2026112300061|2026112300061[^]*2026112300062/);
}

async function again(t, lead) {
  t.step('线路恢复：同一工单推送不重复，多出的内容待核对');
  const order = {
    ext_order_no: '2026112300061', received_at: '2026-11-23T08:52:37+08:00', content: '邻居总是大声训斥孩子',
    caller: { phone: '16000000061', safe_phone: false }, children: [{ sex: '2', age: 7 }], child_location: { division: '140622100' },
  };
  await push(lead, '/api/v1/hotline/work-orders', order, 200);
  await push(lead, '/api/v1/hotline/work-orders', order, 200);
  await t.go(lead, '/hotline/orders?q=2026112300061');
  assert.equal(await lead.getByRole('link', { name: '2026112300061', exact: true }).count(), 1);
  await follow(lead, '2026112300061');
  assert.match(await lead.locator('main').innerText(), /文件与线路先后登记，补充的内容待核对/);
  await t.look(lead, 'completed');
}

/** Answers are made out in the background: the page says when a file would lack some, and what to do. */
async function made(t, lead) {
  const end = Date.now() + PATIENCE_MS;
  await t.go(lead, '/hotline/answers');
  while ((await lead.getByText('正在生成回告').count()) > 0) {
    assert.ok(Date.now() < end, `answers not made out within ${PATIENCE_MS / 1000} s`);
    await new Promise((resolve) => setTimeout(resolve, 250));
    await follow(lead, '刷新本页');
  }
}

async function answers(t, lead) {
  t.step('导出回告：编号与推送一致，没有儿童和来电人的信息');
  await made(t, lead);
  await lead.selectOption('#client', 'demo-12345');
  await lead.fill('#day', new Date(Date.now() + 8 * 3600e3).toISOString().slice(0, 10));
  await t.look(lead, 'answers');
  const [file] = await Promise.all([
    lead.waitForEvent('download'),
    lead.getByRole('button', { name: '导出 CSV', exact: true }).click(),
  ]);
  const text = (await readFile(await file.path())).toString();
  assert.match(text, /id,ext_order_no,seq,state,text,at/);
  assert.match(text, /2026112300061/);
  for (const word of ['柳报信', '16000000061', '训斥']) assert.ok(!text.includes(word), word);
}

export default async function (t) {
  const lead = await t.as('lead');
  await upload(t, lead);
  await bring(t, lead);
  await again(t, lead);
  await answers(t, lead);
}
