#!/usr/bin/env node
// Drives the storm and judges it; started by tests/storm/run. See README.md beside it.

import { appendFileSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Postgres, Sqlite, counted, quiet, traced } from './lib/database.mjs';
import { Dice } from './lib/dice.mjs';
import { Officials } from './lib/officials.mjs';
import { plan } from './lib/plan.mjs';
import { Pusher } from './lib/pusher.mjs';
import { Receiver } from './lib/receiver.mjs';
import { Service, run, sleep } from './lib/service.mjs';
import { Verdict, echoed, standings } from './lib/verdict.mjs';

const { values: given } = parseArgs({
  options: {
    orders: { type: 'string', default: '10000' },
    kills: { type: 'string', default: '10' },
    connections: { type: 'string', default: '32' },
    database: { type: 'string', default: 'sqlite' },
    period: { type: 'string', default: '10' },
    failing: { type: 'string', default: 'half' },
    seed: { type: 'string', default: '12345' },
    minutes: { type: 'string', default: '90' },
    program: { type: 'string' },
    home: { type: 'string' },
  },
});
const [orders, kills, connections, seed] = [given.orders, given.kills, given.connections, given.seed].map(Number);
const CLIENT = { client: 'demo-12345', secret: 'tonghu-demo-12345-secret' };
/** Of the kills so many fall while orders are pushed, the others while answers are delivered. */
const WHILE_PUSHED = Math.ceil(kills * 0.7);
const SHOWN_CASES = 4;
const CLAIMED = 5;
/** A daily list holds no more. */
const LISTED = 20_000;

const began = performance.now();
const elapsed = () => ((performance.now() - began) / 1000).toFixed(0);
const say = (words) => console.error(`==> ${elapsed().padStart(5)} 秒 ${words}`);

const runName = Date.now().toString(36).toUpperCase();
rmSync(given.home, { recursive: true, force: true });
mkdirSync(given.home, { recursive: true });
const database =
  given.database === 'sqlite' ? new Sqlite(given.home) : new Postgres(given.home, given.database, runName);
const log = join(given.home, 'service.log');
const service = new Service({ program: given.program, env: database.env, log });
// It is a group of its own, which nobody else ends when this ends early.
process.on('exit', () => service.signal('SIGKILL'));
for (const name of ['SIGINT', 'SIGTERM']) process.on(name, () => process.exit(130));
const receiver = new Receiver({ ...CLIENT, seed: seed + 1, period: Number(given.period) * 1000, failing: given.failing });
const pusher = new Pusher({ ...CLIENT, service, connections });
const officials = new Officials({ service, dice: new Dice(seed + 2), share: 0.3, most: Math.ceil(orders / 10) });

/** Kills the service when so much has been pushed, one time after another. */
async function killWhilePushed() {
  for (let at = 1; at <= WHILE_PUSHED; at += 1) {
    const share = at / (WHILE_PUSHED + 1);
    while (!(pusher.done >= share * (pusher.total ?? Infinity))) await sleep(20);
    await service.kill(200 + 600 * Math.random());
    say(`第 ${service.kills} 次强制结束；已推送 ${pusher.done}/${pusher.total}，已收回告 ${receiver.count.taken}`);
  }
}

/** Kills it while answers go out: when an answer has just come, so that it may have no time to note that. */
async function killWhileTold(deadline) {
  const left = kills - service.kills;
  for (let at = 0; at < left && performance.now() < deadline; at += 1) {
    const before = receiver.count.calls;
    while (receiver.count.calls < before + 20 + 100 * Math.random() && performance.now() < deadline) {
      if ((await quiet(database)).undelivered === 0) break;
      await sleep(50);
    }
    await service.kill(200 + 600 * Math.random());
    say(`第 ${service.kills} 次强制结束；已收回告 ${receiver.count.taken}`);
  }
}

/** Waits until nothing is left to be told; `enough` ends it earlier. */
async function settle(deadline, enough = () => false) {
  for (;;) {
    const left = await quiet(database);
    if ((left.undelivered === 0 && left.news === 0) || enough(left)) return left;
    if (performance.now() > deadline) throw new Error(`not quiet in time: ${JSON.stringify(left)}`);
    say(`待送达 ${left.undelivered}，待生成 ${left.news}，已收回告 ${receiver.count.taken}`);
    await sleep(3000);
  }
}

/** Seconds from now to so many hours after the coming midnight of Shanghai. */
function untilTomorrow(hours) {
  const now = Date.now() / 1000 + 8 * 3600;
  return Math.ceil(86_400 - (now % 86_400) + hours * 3600);
}

/** The day after: the pauses of what failed run out, the daily list goes out, and of some it is claimed that they were not heard. */
async function dayAfter(deadline) {
  await service.stop();
  const some = [...receiver.taken].filter(([, list]) => list.length > 0).slice(0, CLAIMED);
  receiver.claims = new Map(some.map(([number]) => [number, 0]));
  receiver.failing = 'never';
  // Past the longest pause, whatever the hour.
  await service.start(untilTomorrow(12));
  say('次日：补送、对账');
  const doubles = receiver.count.doubles;
  await settle(deadline);
  while (receiver.lists.length === 0 && performance.now() < deadline) await sleep(500);
  await sleep(1000);
  await settle(deadline);
  return { claimed: some.length, wanted: some.reduce((sum, [, list]) => sum + list.length, 0), again: receiver.count.doubles - doubles };
}

/** What the demonstration brought, once nothing of it is left to be told: its order is no part of the storm. */
async function rested() {
  for (let tries = 0; tries < 60; tries += 1) {
    const { undelivered, news } = await quiet(database);
    if (undelivered === 0 && news === 0) break;
    await sleep(500);
  }
  return counted(database, ['cases', 'told', 'answers', 'moot']);
}

/** The numbers without what was there before. */
async function since(shown) {
  const numbers = await counted(database);
  for (const [name, before] of Object.entries(shown)) numbers[name] -= before;
  return numbers;
}

async function storm() {
  await database.create();
  await run(given.program, ['key', 'new'], database.env);
  await run(given.program, ['demo', '--cases', String(SHOWN_CASES), '--children', String(SHOWN_CASES), '--seed', '1'], database.env);
  const url = await receiver.start();
  await service.start();
  const shown = await rested();
  await service.tellWhere(url);
  await officials.signIn();
  const { jobs, planned, count } = plan({ orders, seed, run: runName });
  say(`${database.name}：${orders} 张工单，${connections} 条连接，强制结束 ${kills} 次`);
  const deadline = performance.now() + Number(given.minutes) * 60_000;
  const working = officials.work();
  const pushing = performance.now();
  await Promise.all([pusher.push(jobs), killWhilePushed()]);
  const pushed = (performance.now() - pushing) / 1000;
  say(`推送完毕，${pushed.toFixed(0)} 秒`);
  await killWhileTold(deadline);
  officials.stopped = true;
  await working;
  // The other side fails on until few are left, which wait for their next try.
  const waiting = await settle(deadline, ({ undelivered, news }) => news === 0 && undelivered <= Math.max(40, orders / 100));
  say(`还有 ${waiting.undelivered} 条等待重试`);
  const list = await dayAfter(deadline);
  const stood = await standings(pusher, receiver, planned, connections);
  await service.stop();
  const echo = echoed(officials.done, await traced(database), receiver);
  return { planned, count, pushed, waiting, list, stood, echo, numbers: await since(shown), audit: await audit() };
}

async function audit() {
  const told = await run(given.program, ['audit', 'verify'], database.env).catch((error) => error.message);
  return told.trim().split('\n').at(-1);
}

function sent(verdict, { planned, count, pushed, numbers, stood }) {
  verdict.told('推送用时，秒', pushed.toFixed(0));
  verdict.told('推送的请求', pusher.count.calls);
  verdict.told('　无答复后重推', pusher.count.unanswered);
  verdict.told('　答 503、429 后重推', pusher.count.later);
  verdict.told('　重复推送（同内容）的工单', count.again);
  verdict.told('　事件乱序的工单', count.reordered);
  verdict.told('　区划不存在的工单', count.nowhere);
  verdict.must('强制结束（SIGKILL）', service.kills, kills);
  verdict.must('库中工单', numbers.orders, orders);
  verdict.must('　工单号各不相同', numbers.numbers, orders);
  verdict.must('　各有一条线索', numbers.reports, orders);
  verdict.must('　各开一件个案', numbers.routed, orders);
  verdict.must('　个案总数（演示数据之外）', numbers.cases, orders);
  verdict.must('　逐张查询都有答复', stood.known, orders);
  verdict.must('同号不同内容，答 409', pusher.count.conflicts, count.otherwise);
  verdict.must('库中事件', numbers.events, count.updates);
  verdict.must('　事件号各不相同', numbers.eventNumbers, count.updates);
  verdict.must('　未并入工单的', numbers.waitingEvents, 0);
  verdict.must('　逐张查询与推送一致', stood.events, planned.size);
}

function heard(verdict, { waiting, list, stood, echo, numbers, audit }) {
  const listed = receiver.lists[0]?.orders ?? [];
  const distinct = [...receiver.taken.values()].reduce((sum, one) => sum + one.length, 0);
  verdict.told('基层签收 / 催办 / 反馈 / 办结', Object.values(officials.count).slice(0, 4).join(' / '));
  verdict.told('对方收到的请求', receiver.count.calls);
  verdict.told('　对方未接受的', receiver.count.failed);
  verdict.told('　重复送达的', receiver.count.doubles);
  verdict.told('　次日补送的', waiting.undelivered);
  verdict.must('生成的回告', numbers.answers, numbers.told);
  verdict.must('　对方收到的', distinct, numbers.told);
  verdict.must('　逐张连续、无缺、按序', stood.heard, orders);
  verdict.must('　签收、催办、反馈、办结都听到', echo.heard, echo.acts);
  verdict.must('　　其中确有办理', echo.acts > 0, true);
  verdict.must('　同一张同一序号两条的', numbers.doubleAnswers, 0);
  verdict.must('　未送达', numbers.undelivered, 0);
  verdict.must('　停止重试', numbers.dead, 0);
  verdict.must('　未送而销', numbers.moot, 0);
  verdict.must('对账单', new Set(receiver.lists.map((one) => one.id)).size, 1);
  verdict.must('　所列工单', listed.filter((one) => one.ext_order_no.startsWith(`ST-${runName}-`)).length, Math.min(orders, LISTED));
  verdict.must('　索取的工单', receiver.lists[0]?.wanted.length, 0);
  verdict.must('　对方称未收到后立即重送的', list.again >= list.wanted && list.claimed > 0, true);
  verdict.must('审计链', audit.startsWith('审计链完整') ? '完整' : audit, '完整');
}

let failure = null;
const verdict = new Verdict();
try {
  const found = await storm();
  sent(verdict, found);
  heard(verdict, found);
  verdict.add(found.stood.faults);
  verdict.add(found.echo.faults);
} catch (error) {
  failure = error;
  service.child?.kill('SIGKILL');
} finally {
  receiver.stop();
  service.agent.destroy();
  pusher.self.agent.destroy();
}
verdict.add([...pusher.breaches, ...receiver.breaches]);
if (officials.refusals.size > 0) say(`未被接受的步骤：${[...officials.refusals].map((pair) => pair.join(' ')).join('；')}`);
console.log(`\n### ${database.name}\n\n${verdict.table()}\n`);
if (verdict.breaches.length > 0) console.log(`${verdict.breaches.length} 处不符：\n${verdict.breaches.slice(0, 40).map((one) => `- ${one}`).join('\n')}\n`);
if (failure !== null) console.log(`中断：${failure.stack}\n`);
appendFileSync(join(given.home, 'breaches.txt'), verdict.breaches.join('\n'));
const holds = failure === null && verdict.breaches.length === 0;
if (holds) await database.drop();
console.log(`${database.name}：${holds ? '全部符合' : `不符，记录见 ${given.home}`}，${elapsed()} 秒`);
process.exit(holds ? 0 : 1);
