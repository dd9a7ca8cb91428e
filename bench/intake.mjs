#!/usr/bin/env node
// Load on intake: signs in over the JSON API and posts reports from several connections at once.
//
//   node bench/intake.mjs [--url http://127.0.0.1:8080] [--reports 1000] [--connections 32]
//                         [--user operator] [--password tonghu-demo-2026]
//
// Prints the rate and the 50th, 95th and 99th percentile of the answer times, and exits 1 when an answer was not 201.
// Loopback only, 5,000 reports at most: for a server of one's own with synthetic data.

import { randomUUID } from 'node:crypto';
import { Agent, request } from 'node:http';
import { parseArgs } from 'node:util';

const MOST_REPORTS = 5000;
const MOST_CONNECTIONS = 256;
const LOOPBACK = new Set(['127.0.0.1', '[::1]', 'localhost']);

function fail(words) {
  console.error(words);
  process.exit(64);
}

function wholeNumber(name, text, most) {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1 || number > most) fail(`--${name} must be a whole number from 1 to ${most}`);
  return number;
}

function readSettings() {
  const text = (value) => ({ type: 'string', default: value });
  const { values } = parseArgs({
    options: {
      url: text('http://127.0.0.1:8080'),
      reports: text('1000'),
      connections: text('32'),
      user: text('operator'),
      password: text('tonghu-demo-2026'),
    },
  });
  const url = new URL(values.url);
  if (url.protocol !== 'http:' || !LOOPBACK.has(url.hostname)) fail('--url must be http on the loopback interface');
  return {
    ...values,
    url,
    reports: wholeNumber('reports', values.reports, MOST_REPORTS),
    connections: wholeNumber('connections', values.connections, MOST_CONNECTIONS),
  };
}

/** Posts JSON; resolves to `{ status, headers, body }` once the whole answer is there. */
function post(agent, url, headers, value) {
  const body = JSON.stringify(value);
  return new Promise((resolve, reject) => {
    const sent = request(
      url,
      {
        agent,
        method: 'POST',
        headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body), origin: url.origin, ...headers },
      },
      (answer) => {
        const parts = [];
        answer.on('data', (part) => parts.push(part));
        answer.on('end', () => resolve({ status: answer.statusCode, headers: answer.headers, body: Buffer.concat(parts).toString() }));
        answer.on('error', reject);
      },
    );
    sent.on('error', reject);
    sent.end(body);
  });
}

async function signIn(agent, { url, user, password }) {
  const answer = await post(agent, new URL('/api/v1/session', url), {}, { username: user, password });
  if (answer.status !== 200) fail(`sign-in answered ${answer.status}: ${answer.body}`);
  return (answer.headers['set-cookie'] ?? []).map((cookie) => cookie.split(';')[0]).join('; ');
}

// Invented people: phones of the range 1600000xxxx that nobody holds. Every report differs, as real ones do.
function sampleReport(number) {
  const place = { division: '140622100', address: `金城镇演示街${number}号` };
  return {
    received_at: null,
    channel: 'phone',
    demand_type: 'tipoff',
    case_types: ['0601'],
    mandatory_situations: [],
    title: `演示线索${number}`,
    content: `来电人反映邻居家约${6 + (number % 8)}岁的孩子连续几天独自在家，未见大人。第${number}条演示内容。`,
    caller: { name: null, phone: `1600000${String(number % 10_000).padStart(4, '0')}`, anonymous: false, safe_phone: true, safe_time: null },
    reporter_type: 'V04',
    relation_to_child: '905',
    confidential: true,
    incident_place: place,
    child_location: place,
    children: [{ name: null, sex: number % 2 === 0 ? '2' : '1', age: 6 + (number % 8), id_number: null }],
    danger_flags: [],
    reported_to_police: false,
  };
}

/** Posts the reports from `connections` loops; resolves to the answer times in ms and the count of each status. */
async function load(agent, cookie, { url, reports, connections }) {
  const address = new URL('/api/v1/reports', url);
  const times = [];
  const statuses = new Map();
  let example = null;
  let next = 0;
  const loop = async () => {
    while (next < reports) {
      const number = next++;
      const started = performance.now();
      const answer = await post(agent, address, { cookie, 'idempotency-key': randomUUID() }, sampleReport(number));
      times.push(performance.now() - started);
      statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
      if (answer.status !== 201) example ??= answer;
    }
  };
  await Promise.all(Array.from({ length: connections }, loop));
  return { times, statuses, example };
}

function percentile(sorted, share) {
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)].toFixed(1);
}

function tell({ times, statuses, example }, seconds, { connections }) {
  const sorted = times.toSorted((a, b) => a - b);
  const answers = [...statuses].map(([status, count]) => `${status} × ${count}`).join(', ');
  console.log(`${sorted.length} reports, ${connections} connections, ${seconds.toFixed(2)} s, ${(sorted.length / seconds).toFixed(0)}/s`);
  console.log(`p50 ${percentile(sorted, 0.5)} ms   p95 ${percentile(sorted, 0.95)} ms   p99 ${percentile(sorted, 0.99)} ms`);
  console.log(`answers: ${answers}`);
  if (example) console.log(`the first that was not 201: ${example.status} ${example.body.slice(0, 500)}`);
}

const settings = readSettings();
const agent = new Agent({ keepAlive: true, maxSockets: settings.connections });
const cookie = await signIn(agent, settings);
const started = performance.now();
const result = await load(agent, cookie, settings);
tell(result, (performance.now() - started) / 1000, settings);
agent.destroy();
process.exitCode = result.example ? 1 : 0;
