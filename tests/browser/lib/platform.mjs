// The stand-in for the 12345 platform beside a journey's server: started, told what to do, asked what it heard.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const PROGRAM = fileURLToPath(new URL('../../platform/platform.mjs', import.meta.url));

/** `{ back, push(calls), turns(told), heard(), stop() }`; `back` is the address for the answers. */
export async function startPlatform(service) {
  const child = spawn(process.execPath, [PROGRAM, service, 'demo-12345', 'tonghu-demo-12345-secret'], { stdio: ['pipe', 'pipe', 'inherit'] });
  const [line] = await once(child.stdout.setEncoding('utf8'), 'data');
  const address = line.trim();
  const control = async (what, body = {}) => {
    const answer = await fetch(`${address}/control/${what}`, { method: 'POST', body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(`/control/${what}: ${answer.status} ${await answer.text()}`);
    return answer.json();
  };
  return {
    back: `${address}/12345/back`,
    push: (calls) => control('push', { calls }),
    turns: (told) => control('turns', told),
    async heard() {
      return (await control('heard')).map(({ signed, turn, body }) => ({ signed, turn, ...JSON.parse(body) }));
    },
    stop() {
      child.stdin.end();
    },
  };
}
