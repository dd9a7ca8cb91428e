// A stand-in for the 12345 platform: a process of its own that speaks the contract with its own
// signature. It pushes orders and events to the service, takes its answers, and misbehaves as told.
//
//   node tests/platform/platform.mjs SERVICE CLIENT SECRET
//
// SERVICE is `http://127.0.0.1:8080`. It prints its own address in one line, and ends when its input
// does. What it is to do comes over HTTP:
//
//   POST /control/push  {"calls":[{"order":{…}} | {"event":{…},"of":"…"}], "times":2, "together":true,
//                        "shuffled":7, "at":0}           pushes each so often; answers the statuses
//   POST /control/turns {"turns":["500","drop","slow:300","garbage", …], "usual":"200"}    for the answers to come, and
//                                                        for those after them
//   GET  /control/heard                                  every answer that came, and whether it was signed
//   GET  /control/fetched                                every file that was asked for, and whether it was signed
//   POST /control/mend                                   the file `moody` is there from now on
//   GET  /files/…                                        files that orders name, good ones and bad ones (see `files`)
//   anything else                                        is an answer of the service

import { createServer } from "node:http";
import { crc32, deflateSync } from "node:zlib";
import { call, signer, whole } from "./calls.mjs";

const [service, client, secret] = process.argv.slice(2);
const self = { service, client, secret };
const sign = signer(secret);
const heard = [];
const turns = [];
let usual = "200";
const fetched = [];
let mended = false;

/** The same order for the same seed. */
function shuffled(list, seed) {
  let state = seed >>> 0;
  const dice = () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
  const order = [...list];
  for (let at = order.length - 1; at > 0; at -= 1) {
    const other = Math.floor(dice() * (at + 1));
    [order[at], order[other]] = [order[other], order[at]];
  }
  return order;
}

async function push({ calls, times = 1, together = false, shuffled: seed, at }) {
  let list = calls.flatMap((one) => Array(times).fill(one));
  if (seed) list = shuffled(list, seed);
  const one = async ({ order, event, of }) => {
    const path = "/api/v1/hotline/work-orders";
    const { status } = await (order ? call(self, "POST", path, order, at) : call(self, "POST", `${path}/${of}/events`, event, at));
    return { number: order?.ext_order_no ?? event.event_id, status };
  };
  if (together) return Promise.all(list.map(one));
  const answers = [];
  for (const next of list) answers.push(await one(next));
  return answers;
}

function turn({ turns: next = [], usual: after = usual }) {
  usual = after;
  return turns.push(...next);
}

/** Takes an answer of the service and does with it what it was told to. */
async function take(received, reply, body) {
  const { headers, method, url } = received;
  const own = sign(method, url, headers["x-tonghu-timestamp"], headers["x-tonghu-nonce"], body);
  const signed = headers["x-tonghu-client"] === client && headers["x-tonghu-signature"] === own;
  const [turn, amount] = (turns.shift() ?? usual).split(":");
  heard.push({ signed, turn, body: body.toString() });
  if (turn === "drop") return received.socket.destroy();
  if (turn === "slow") await new Promise((done) => setTimeout(done, Number(amount)));
  if (turn === "garbage") return received.socket.end("NOT HTTP AT ALL\r\n\r\n");
  reply.writeHead(turn === "slow" ? 200 : Number(turn), { "content-type": "application/json" });
  return reply.end("{}");
}

/** A drawn picture whose metadata say where it was taken, as a telephone's do. */
function picture() {
  const [width, height] = [320, 200];
  const chunk = (name, data) => {
    const named = Buffer.concat([Buffer.from(name), data]);
    const framed = Buffer.alloc(named.length + 8);
    framed.writeUInt32BE(data.length, 0);
    named.copy(framed, 4);
    framed.writeUInt32BE(crc32(named), named.length + 4);
    return framed;
  };
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 2, 0, 0, 0], 8);
  const rows = [];
  for (let y = 0; y < height; y += 1) {
    const row = Buffer.alloc(1 + width * 3);
    for (let x = 0; x < width; x += 1) row.set([x % 256, y % 256, 90], 1 + x * 3);
    rows.push(row);
  }
  const place = Buffer.concat([Buffer.from("II*\0\x08\0\0\0", "latin1"), Buffer.from("GPSPLACE39.55N113.19E")]);
  const mark = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  const parts = [chunk("IHDR", head), chunk("eXIf", place), chunk("IDAT", deflateSync(Buffer.concat(rows)))];
  return Buffer.concat([mark, ...parts, chunk("IEND", Buffer.alloc(0))]);
}

const megabyte = Buffer.alloc(1024 * 1024, 65);
/** What is served by which name: each is given the reply and the query. */
const files = {
  "picture.png": (reply) => reply.writeHead(200, { "content-type": "image/png" }).end(picture()),
  // Whatever it says that it is, its content counts.
  "picture.exe": (reply) => reply.writeHead(200, { "content-type": "application/x-msdownload" }).end(picture()),
  "page.png": (reply) => reply.writeHead(200, { "content-type": "image/png" }).end("<html><script>alert(1)</script>"),
  "torn.png": (reply) => reply.writeHead(200).end(picture().subarray(0, 300)),
  "paper.pdf": (reply) => reply.writeHead(200).end("%PDF-1.7\n%test"),
  "call.wav": (reply) => reply.writeHead(200).end(Buffer.concat([Buffer.from("RIFF\0\0\0\0WAVEfmt "), megabyte])),
  "empty.png": (reply) => reply.writeHead(200).end(),
  "busy.png": (reply) => reply.writeHead(503).end(),
  "moody.png": (reply) => (mended ? files["picture.png"](reply) : reply.writeHead(500).end()),
  "sent-on.png": (reply, query) => reply.writeHead(302, { location: query.get("to") }).end(),
  "huge.png": async (reply) => {
    reply.writeHead(200);
    for (let sent = 0; sent < 24 && !reply.destroyed; sent += 1) {
      if (!reply.write(megabyte)) await new Promise((done) => reply.once("drain", done).once("close", done));
    }
    reply.end();
  },
  "huge-said.png": (reply) => reply.writeHead(200, { "content-length": 64 * megabyte.length }).write("x"),
  // It takes the call and says nothing.
  "slow.png": () => {},
  "drip.png": (reply) => {
    reply.writeHead(200);
    const drip = setInterval(() => reply.write("x"), 20);
    reply.on("close", () => clearInterval(drip));
  },
};

/** Serves a file, and keeps who asked for it. */
function serve(received, reply) {
  const { headers, method, url } = received;
  const own = sign(method, url, headers["x-tonghu-timestamp"], headers["x-tonghu-nonce"], Buffer.alloc(0));
  const asked = new URL(url, "http://platform");
  const name = asked.pathname.slice("/files/".length);
  fetched.push({ name, signed: headers["x-tonghu-client"] === client && headers["x-tonghu-signature"] === own });
  if (!Object.hasOwn(files, name)) return reply.writeHead(404).end();
  return files[name](reply, asked.searchParams);
}

const server = createServer(async (received, reply) => {
  const body = await whole(received);
  const json = (value) => reply.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(value));
  try {
    if (received.url === "/control/push") return json(await push(JSON.parse(body)));
    if (received.url === "/control/heard") return json(heard);
    if (received.url === "/control/fetched") return json(fetched);
    if (received.url === "/control/mend") return json((mended = true));
    if (received.url.startsWith("/files/")) return await serve(received, reply);
    if (received.url === "/control/turns") return json(turn(JSON.parse(body)));
    return await take(received, reply, body);
  } catch (error) {
    return reply.writeHead(500).end(String(error));
  }
});

server.listen(0, "127.0.0.1", () => console.log(`http://127.0.0.1:${server.address().port}`));
process.stdin.resume().on("end", () => process.exit(0));
