// One freshly started `tonghu serve --demo` on a free port of the loopback interface, with its data in a directory of its own;
// or, with `demo: false`, an empty installation as on its first day: no account yet.

import { execFileSync, spawn } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const READY_WITHIN_MS = 60_000;
const STOP_WITHIN_MS = 10_000;

function freePort() {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}

// The developer's own settings must not reach a demo server.
function environment(dataDirectory) {
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('TONGHU_'));
  const own = {
    TONGHU_DEMO_DIR: dataDirectory,
    TONGHU_DATABASE_URL: `sqlite://${path.join(dataDirectory, 'tonghu.db')}`,
    TONGHU_KEY_FILE: path.join(dataDirectory, 'tonghu.keys'),
  };
  return { ...Object.fromEntries(inherited), ...own };
}

function lastLines(file, count = 20) {
  return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-count).join('\n');
}

async function answersReady(base) {
  try {
    const response = await fetch(`${base}/readyz`, { signal: AbortSignal.timeout(2_000) });
    return response.status === 200;
  } catch {
    return false;
  }
}

async function waitUntilReady(server) {
  const giveUp = Date.now() + READY_WITHIN_MS;
  while (Date.now() < giveUp) {
    if (server.ended()) throw new Error(`the server ended before it was ready:\n${lastLines(server.log)}`);
    if (await answersReady(server.base)) return;
    await sleep(100);
  }
  throw new Error(`no 200 from /readyz within ${READY_WITHIN_MS / 1000} s:\n${lastLines(server.log)}`);
}

async function stop(child, exited) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_WITHIN_MS);
  await exited;
  clearTimeout(timer);
}

/** Starts a server and waits until it is ready. Returns `{ base, log, ended(), stop() }`; `stop` also deletes its data. */
export async function startServer({ binary, root, name, demo = true }) {
  const data = mkdtempSync(path.join(tmpdir(), 'tonghu-demo-'));
  const logs = path.join(root, 'build', 'browser-logs');
  mkdirSync(logs, { recursive: true });
  const log = path.join(logs, `${name}.log`);
  const port = await freePort();
  const output = openSync(log, 'w');
  const env = environment(data);
  if (!demo) execFileSync(binary, ['key', 'new'], { cwd: root, env, stdio: 'ignore' });
  const child = spawn(binary, ['serve', ...(demo ? ['--demo'] : []), '--bind', `127.0.0.1:${port}`], {
    cwd: root,
    env,
    stdio: ['ignore', output, output],
  });
  closeSync(output);
  let failure = null;
  const exited = new Promise((resolve) => {
    child.once('exit', resolve);
    child.once('error', (error) => resolve((failure = error)));
  });
  const killWithRunner = () => child.kill('SIGKILL');
  process.once('exit', killWithRunner);
  const server = {
    base: `http://127.0.0.1:${port}`,
    log,
    ended: () => failure !== null || child.exitCode !== null || child.signalCode !== null,
    async stop() {
      if (failure === null) await stop(child, exited);
      process.removeListener('exit', killWithRunner);
      rmSync(data, { recursive: true, force: true });
    },
  };
  try {
    await waitUntilReady(server);
  } catch (error) {
    await server.stop();
    throw failure ?? error;
  }
  return server;
}
