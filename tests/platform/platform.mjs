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
//   anything else                                        is an answer of the service

import { createServer } from "node:http";
import { call, signer, whole } from "./calls.mjs";

const [service, client, secret] = process.argv.slice(2);
const self = { service, client, secret };
const sign = signer(secret);
const heard = [];
const turns = [];
let usual = "200";

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

const server = createServer(async (received, reply) => {
  const body = await whole(received);
  const json = (value) => reply.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(value));
  try {
    if (received.url === "/control/push") return json(await push(JSON.parse(body)));
    if (received.url === "/control/heard") return json(heard);
    if (received.url === "/control/turns") return json(turn(JSON.parse(body)));
    return await take(received, reply, body);
  } catch (error) {
    return reply.writeHead(500).end(String(error));
  }
});

server.listen(0, "127.0.0.1", () => console.log(`http://127.0.0.1:${server.address().port}`));
process.stdin.resume().on("end", () => process.exit(0));
