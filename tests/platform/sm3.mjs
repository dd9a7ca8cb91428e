// SM3 (GB/T 32905-2016) and HMAC over it, written from the standard for the stand-in alone: what it
// signs must not be checked by the code that it checks.

const IV = [0x7380166f, 0x4914b2b9, 0x172442d7, 0xda8a0600, 0xa96f30bc, 0x163138aa, 0xe38dee4d, 0xb0fb0e4e];
const BLOCK = 64;

const left = (word, by) => ((word << by % 32) | (word >>> (32 - (by % 32 || 32)))) >>> 0;
const rotate = (word, by) => (by % 32 === 0 ? word >>> 0 : left(word, by));
const p0 = (x) => (x ^ rotate(x, 9) ^ rotate(x, 17)) >>> 0;
const p1 = (x) => (x ^ rotate(x, 15) ^ rotate(x, 23)) >>> 0;
const add = (...words) => words.reduce((sum, word) => (sum + word) >>> 0, 0);

function padded(message) {
  const bits = BigInt(message.length) * 8n;
  const zeros = (BLOCK + 56 - ((message.length + 1) % BLOCK)) % BLOCK;
  const length = Buffer.alloc(8);
  length.writeBigUInt64BE(bits);
  return Buffer.concat([message, Buffer.from([0x80]), Buffer.alloc(zeros), length]);
}

function expanded(block) {
  const w = Array.from({ length: 16 }, (_, at) => block.readUInt32BE(4 * at));
  for (let j = 16; j < 68; j += 1) {
    w.push((p1((w[j - 16] ^ w[j - 9] ^ rotate(w[j - 3], 15)) >>> 0) ^ rotate(w[j - 13], 7) ^ w[j - 6]) >>> 0);
  }
  return w;
}

function compressed(state, block) {
  const w = expanded(block);
  let [a, b, c, d, e, f, g, h] = state;
  for (let j = 0; j < 64; j += 1) {
    const t = j < 16 ? 0x79cc4519 : 0x7a879d8a;
    const ss1 = rotate(add(rotate(a, 12), e, rotate(t, j)), 7);
    const ss2 = (ss1 ^ rotate(a, 12)) >>> 0;
    const ff = j < 16 ? a ^ b ^ c : (a & b) | (a & c) | (b & c);
    const gg = j < 16 ? e ^ f ^ g : (e & f) | (~e & g);
    const tt1 = add(ff >>> 0, d, ss2, (w[j] ^ w[j + 4]) >>> 0);
    const tt2 = add(gg >>> 0, h, ss1, w[j]);
    [d, c, b, a] = [c, rotate(b, 9), a, tt1];
    [h, g, f, e] = [g, rotate(f, 19), e, p0(tt2)];
  }
  return [a, b, c, d, e, f, g, h].map((word, at) => (word ^ state[at]) >>> 0);
}

/** The digest of some bytes. */
export function sm3(message) {
  const whole = padded(Buffer.from(message));
  let state = IV;
  for (let at = 0; at < whole.length; at += BLOCK) state = compressed(state, whole.subarray(at, at + BLOCK));
  const digest = Buffer.alloc(32);
  state.forEach((word, at) => digest.writeUInt32BE(word, 4 * at));
  return digest;
}

/** HMAC-SM3 under a key. */
export function hmac(key, message) {
  let own = Buffer.from(key);
  if (own.length > BLOCK) own = sm3(own);
  const block = Buffer.concat([own, Buffer.alloc(BLOCK - own.length)]);
  const inner = sm3(Buffer.concat([block.map((byte) => byte ^ 0x36), Buffer.from(message)]));
  return sm3(Buffer.concat([block.map((byte) => byte ^ 0x5c), inner]));
}
