// The service under the storm: started, killed without warning, started again on the same database.

import { spawn } from 'node:child_process';
import { openSync } from 'node:fs';
import { Agent, createServer, request } from 'node:http';

const PASSWORD = 'tonghu-demo-2026';
const START_MS = 60_000;
const PATIENCE_MS = 35_000;

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

function freePort() {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.on('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}

/** Runs a program to its end; resolves to what it printed. */
export function run(program, args, env = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    let out = '';
    child.stdout.on('data', (part) => (out += part));
    child.stderr.on('data', (part) => (out += part));
    child.on('error', reject);
    child.on('close', (code) => (code === 0 ? resolve(out) : reject(new Error(`${program} ${args.join(' ')}: ${code}\n${out.slice(-2000)}`))));
  });
}

export class Service {
  kills = 0;

  constructor({ program, env, log }) {
    this.program = program;
    this.env = env;
    this.log = openSync(log, 'a');
    this.agent = new Agent({ keepAlive: true, maxSockets: 64 });
    this.cookies = new Map();
    /** By how many seconds the machine's clock is ahead for it. */
    this.ahead = 0;
  }

  /** Starts it, with the machine's clock ahead if told. */
  async start(ahead = 0) {
    this.port ??= await freePort();
    this.url = `http://127.0.0.1:${this.port}`;
    this.ahead = ahead;
    const words = [this.program, 'serve', '--bind', `127.0.0.1:${this.port}`];
    // Only what the day says: pauses and patience are measured by another clock.
    const [command, ...args] = ahead > 0 ? ['faketime', '--exclude-monotonic', '-f', `+${ahead}s`, ...words] : words;
    const env = { ...process.env, ...this.env, TONGHU_LOG: 'warn' };
    // `faketime` stands before the service as a process of its own: both are ended as one group.
    this.child = spawn(command, args, { env, stdio: ['ignore', this.log, this.log], detached: true });
    this.exited = new Promise((resolve) => this.child.once('exit', resolve));
    const deadline = performance.now() + START_MS;
    while ((await this.send('GET', '/healthz').catch(() => null))?.status !== 200) {
      if (this.child.exitCode !== null || performance.now() > deadline) throw new Error('the service did not start, see its log');
      await sleep(50);
    }
  }

  /** Kills it as a power cut would, waits a moment, starts it again. */
  async kill(pause) {
    this.kills += 1;
    this.signal('SIGKILL');
    await this.exited;
    await sleep(pause);
    await this.start();
  }

  async stop() {
    this.signal('SIGTERM');
    await this.exited;
  }

  signal(name) {
    if (this.child && this.child.exitCode === null && this.child.signalCode === null) process.kill(-this.child.pid, name);
  }

  /** One request; resolves to `{ status, headers, body }`. */
  send(method, path, headers = {}, body = '') {
    const length = body ? { 'content-length': Buffer.byteLength(body) } : {};
    const options = { agent: this.agent, method, headers: { ...headers, ...length }, timeout: PATIENCE_MS };
    return new Promise((resolve, reject) => {
      const sent = request(new URL(path, this.url), options, (answer) => {
        let text = '';
        answer.setEncoding('utf8');
        answer.on('data', (part) => (text += part));
        answer.on('end', () => resolve({ status: answer.statusCode, headers: answer.headers, body: text }));
        answer.on('error', reject);
      });
      sent.on('timeout', () => sent.destroy(new Error('no answer in time')));
      sent.on('error', reject);
      sent.end(body);
    });
  }

  json(method, path, cookie, value) {
    return this.send(method, path, { cookie, 'content-type': 'application/json' }, JSON.stringify(value));
  }

  /** Signs one of the demonstration's people in; `{ cookie, csrf }`. */
  async signIn(username) {
    const answer = await this.json('POST', '/api/v1/session', '', { username, password: PASSWORD });
    if (answer.status !== 200) throw new Error(`${username}: ${answer.status} ${answer.body}`);
    const cookie = answer.headers['set-cookie'].map((one) => one.split(';')[0]).join('; ');
    return { cookie, csrf: JSON.parse(answer.body).csrf };
  }

  /** Sends a form of a page as its button does. */
  form(path, { cookie, csrf }, fields) {
    const headers = { cookie, 'content-type': 'application/x-www-form-urlencoded', origin: this.url, 'sec-fetch-site': 'same-origin' };
    return this.send('POST', path, headers, new URLSearchParams({ csrf, ...fields }).toString());
  }

  /** Writes the address of the answers where the security administrator does. */
  async tellWhere(url) {
    const keeper = await this.signIn('secadmin');
    const list = await this.send('GET', '/hotline/partners', { cookie: keeper.cookie });
    const path = /\/hotline\/partners\/[0-9a-f-]{36}/.exec(list.body)[0];
    const page = await this.send('GET', path, { cookie: keeper.cookie });
    const version = /name="?version"? value="?(\d+)/.exec(page.body)[1];
    const answer = await this.form(path, keeper, { version, name: '12345 平台（演示）', addresses: '', push_url: url });
    if (answer.status !== 303) throw new Error(`${path}: ${answer.status}`);
  }
}
