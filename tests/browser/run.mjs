// Browser journeys: Chromium works the release binary as people do.
//
//   node tests/browser/run.mjs               every journey
//   node tests/browser/run.mjs main-job …    some, by name
//
// scripts/test installs what this needs (Chromium, CJK fonts, npm ci here) and calls it. Settings: TONGHU_BIN
// (default: the release binary under CARGO_TARGET_DIR or target/), CHROMIUM (default /usr/bin/chromium).
//
// A journey is a file journeys/NAME.mjs with `export const title = '…'` and `export default async function (t)`,
// if need be `export const seconds = N` (its time limit, 300 unless told) and `export const demo = false` (an empty
// installation instead of the demonstration). It runs against a server of its own, started with --demo on a free port
// and with data of its own, stopped afterwards; so no journey sees another's work, and two travel at once
// (JOURNEYS_AT_ONCE says how many; the time limits stay as they are).
// `t` is lib/journey.mjs: t.as('operator') gives a page on which that person is signed in; t.look(page, 'name') does
// everything that is asked of every page; plain assert ends the journey. What checks and watchers find (axe violations
// of serious or critical impact, console errors, requests to another origin, answers of 500 and above, missing assets,
// left-over English, dates of another form, sideways scroll) is collected, and fails the journey at its end.
//
// Left behind, not in git: build/screens/NAME/*.png (at 1366 and 360 px; broken-off-*.png when it failed) and
// build/browser-logs/NAME.log (what the server wrote). Last line: `N passed, N failed`; exit 1 when any failed.

import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { launch } from './lib/browser.mjs';
import { Journey } from './lib/journey.mjs';
import { startServer } from './lib/server.mjs';

const HERE = path.dirname(fileURLToPath(import.meta.url));
const ROOT = path.resolve(HERE, '..', '..');
const BINARY = path.resolve(ROOT, process.env.TONGHU_BIN ?? path.join(process.env.CARGO_TARGET_DIR ?? 'target', 'release', 'tonghu'));

const AT_ONCE = Math.max(1, Number(process.env.JOURNEYS_AT_ONCE ?? 2));
// What takes longest sets out first, so that nothing waits for it at the end.
const LONGEST = ['main-job', 'administration', 'joint', 'desk', 'orders'];

function chooseJourneys(names) {
  const all = readdirSync(path.join(HERE, 'journeys')).filter((file) => file.endsWith('.mjs')).map((file) => file.slice(0, -4)).sort();
  const unknown = names.filter((name) => !all.includes(name));
  if (unknown.length > 0) throw new Error(`no such journey: ${unknown.join(', ')} (there are: ${all.join(', ')})`);
  if (names.length > 0) return names;
  const last = LONGEST.length;
  const rank = (name) => (LONGEST.includes(name) ? LONGEST.indexOf(name) : last);
  return all.sort((one, other) => rank(one) - rank(other));
}

function withinSeconds(seconds, work) {
  let timer;
  const limit = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not finished within ${seconds} s`)), seconds * 1000);
  });
  return Promise.race([work, limit]).finally(() => clearTimeout(timer));
}

async function travel(name, script, browser) {
  const server = await startServer({ binary: BINARY, root: ROOT, name, demo: script.demo ?? true });
  const journey = new Journey({ name, browser, base: server.base, root: ROOT, log: server.log });
  try {
    await withinSeconds(script.seconds ?? 300, script.default(journey));
  } catch (error) {
    journey.fault(error.stack);
    await journey.keepEvidence();
  } finally {
    await journey.close();
    if (server.ended()) journey.fault(`the server ended of itself, see ${path.relative(ROOT, server.log)}`);
    await server.stop();
  }
  return journey.faults;
}

/** Runs one journey in a browser of its own; returns its faults. */
async function run(name) {
  const script = await import(pathToFileURL(path.join(HERE, 'journeys', `${name}.mjs`)).href);
  console.log(`  ${name}: ${script.title}`);
  const browser = await launch();
  try {
    return await travel(name, script, browser);
  } finally {
    await browser.close();
  }
}

/** Runs one journey and tells how it went; whether it found nothing wrong. */
async function timed(name) {
  const started = Date.now();
  const faults = await run(name).catch((error) => [error.stack]);
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  const lines = [`  ${name}: ${faults.length === 0 ? 'ok' : 'FAILED'} (${seconds} s)`, ...faults.map((words) => `    - ${words}`)];
  console.log(lines.join('\n'));
  return faults.length === 0;
}

async function main() {
  if (!existsSync(BINARY)) throw new Error(`no server program at ${BINARY}; build it with cargo build --release, or name one in TONGHU_BIN`);
  const count = { passed: 0, failed: 0 };
  const waiting = chooseJourneys(process.argv.slice(2));
  const lane = async () => {
    for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) count[(await timed(name)) ? 'passed' : 'failed'] += 1;
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  console.log(`\n${count.passed} passed, ${count.failed} failed`);
  process.exitCode = count.failed === 0 ? 0 : 1;
}

for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(130));
await main().catch((error) => {
  console.error(error.message);
  process.exitCode = 1;
});
