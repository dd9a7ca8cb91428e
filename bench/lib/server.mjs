// A server of one's own on a free loopback port: started, signed in to, looked at, stopped by its process id.

import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { createServer } from 'node:net';

const PASSWORD = 'tonghu-demo-2026';

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/** Runs a program to its end; resolves to what it printed. */
export function run(program, args, env = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    let out = '';
    let err = '';
    child.stdout.on('data', (part) => (out += part));
    child.stderr.on('data', (part) => (err += part));
    child.on('error', reject);
    child.on('close', (code) => (code === 0 ? resolve(out) : reject(new Error(`${program} ${args.join(' ')}: ${code}\n${out}${err}`))));
  });
}

export class Server {
  /** Starts `tonghu serve`, on one core if told; resolves once it answers, with `started` in ms from the start of the process. */
  static async start(program, env, { core } = {}) {
    const port = await freePort();
    const began = performance.now();
    const bound = core === undefined ? [program] : ['taskset', '--cpu-list', String(core), program];
    const [command, ...words] = [...bound, 'serve', '--bind', `127.0.0.1:${port}`];
    const child = spawn(command, words, {
      env: { ...process.env, ...env, TONGHU_LOG: 'warn' },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    const server = new Server(child, port);
    const deadline = began + 60_000;
    for (;;) {
      const answer = await server.get('/healthz').catch(() => null);
      if (answer?.status === 200) break;
      if (child.exitCode !== null || performance.now() > deadline) throw new Error('the server did not start');
      await sleep(2);
    }
    server.started = performance.now() - began;
    return server;
  }

  constructor(child, port) {
    this.child = child;
    this.port = port;
    this.url = `http://127.0.0.1:${port}`;
    this.agent = new Agent({ keepAlive: true, maxSockets: 1 });
  }

  /** Resident memory in MiB. */
  memory() {
    const status = readFileSync(`/proc/${this.child.pid}/status`, 'utf8');
    return Number(/VmRSS:\s+(\d+)/.exec(status)[1]) / 1024;
  }

  /** Processor time so far, in hundredths of a second. */
  cpu() {
    const fields = readFileSync(`/proc/${this.child.pid}/stat`, 'utf8').replace(/^.*\) /, '').split(' ');
    return Number(fields[11]) + Number(fields[12]);
  }

  get(path, cookie = '') {
    return this.send('GET', path, { cookie });
  }

  /** One request; resolves to `{ status, headers, body, ms }`. */
  send(method, path, headers = {}, body = '') {
    const began = performance.now();
    const length = body ? { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) } : {};
    return new Promise((resolve, reject) => {
      const sent = request(new URL(path, this.url), { agent: this.agent, method, headers: { ...headers, ...length } }, (answer) => {
        const parts = [];
        answer.on('data', (part) => parts.push(part));
        answer.on('end', () => {
          const text = Buffer.concat(parts).toString();
          resolve({ status: answer.statusCode, headers: answer.headers, body: text, ms: performance.now() - began });
        });
        answer.on('error', reject);
      });
      sent.on('error', reject);
      sent.end(body);
    });
  }

  /** Signs one of the demonstration's people in; resolves to the cookie. */
  async signIn(username) {
    const answer = await this.send('POST', '/api/v1/session', {}, JSON.stringify({ username, password: PASSWORD }));
    if (answer.status !== 200) throw new Error(`${username}: ${answer.status} ${answer.body}`);
    return (answer.headers['set-cookie'] ?? []).map((cookie) => cookie.split(';')[0]).join('; ');
  }

  stop() {
    this.agent.destroy();
    return new Promise((resolve) => {
      if (this.child.exitCode !== null) return resolve();
      this.child.on('close', resolve);
      this.child.kill('SIGTERM');
    });
  }
}
