// How a partner signs and calls, for whoever stands in for one: by the contract alone, with a signature of its own.

import { randomBytes } from 'node:crypto';
import { request } from 'node:http';
import { hmac, sm3 } from './sm3.mjs';

/** Signs as `client` with `secret`; answers the signature of a call's five parts. */
export const signer = (secret) => (method, target, time, nonce, body) =>
  hmac(secret, [method, target, time, nonce, sm3(body).toString('hex')].join('\n')).toString('hex');

/** Everything that a stream brings. */
export async function whole(stream) {
  const parts = [];
  for await (const part of stream) parts.push(part);
  return Buffer.concat(parts);
}

/**
 * One signed call; answers its status and body. Each has a nonce of its own. `seconds`: the Unix time to sign with, now
 * unless told; `agent`: the connections to use.
 */
export function call({ service, client, secret, agent, patience }, method, target, value, seconds) {
  const body = value === undefined ? Buffer.alloc(0) : Buffer.from(JSON.stringify(value));
  const time = String(seconds || Math.floor(Date.now() / 1000));
  const nonce = randomBytes(12).toString('hex');
  const headers = {
    'content-type': 'application/json',
    'content-length': body.length,
    'x-tonghu-client': client,
    'x-tonghu-timestamp': time,
    'x-tonghu-nonce': nonce,
    'x-tonghu-signature': signer(secret)(method, target, time, nonce, body),
  };
  return new Promise((resolve, reject) => {
    const sent = request(service + target, { method, headers, agent, timeout: patience }, (reply) => {
      whole(reply).then((text) => resolve({ status: reply.statusCode, body: text.toString() }), reject);
    });
    sent.on('timeout', () => sent.destroy(new Error('no answer in time')));
    sent.on('error', reject);
    sent.end(body);
  });
}
