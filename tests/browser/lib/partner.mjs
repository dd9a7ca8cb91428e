// A call of the demonstration's 12345 partner, signed.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { hmac, sm3 } from '../../platform/sm3.mjs';

/** Sends as the demonstration's partner does; answers what the service answers. */
export async function push(page, target, value, status = 201) {
  const body = Buffer.from(JSON.stringify(value));
  const time = String(Math.floor(Date.now() / 1000));
  const nonce = randomBytes(12).toString('hex');
  const text = ['POST', target, time, nonce, sm3(body).toString('hex')].join('\n');
  const reply = await page.request.post(target, {
    data: body,
    headers: {
      'content-type': 'application/json',
      'x-tonghu-client': 'demo-12345',
      'x-tonghu-timestamp': time,
      'x-tonghu-nonce': nonce,
      'x-tonghu-signature': hmac('tonghu-demo-12345-secret', text).toString('hex'),
    },
  });
  assert.equal(reply.status(), status, await reply.text());
  return reply.json();
}
