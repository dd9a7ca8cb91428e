import assert from "node:assert/strict";
import { test } from "node:test";
import { hmac, sm3 } from "./sm3.mjs";

test("the digests are those of the standard", () => {
  const digest = (text) => sm3(text).toString("hex");
  assert.equal(digest("abc"), "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0");
  assert.equal(digest("abcd".repeat(16)), "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732");
  assert.equal(digest(""), "1ab21d8355cfa17f8e61194831e81a8f22bec8c728fefb747ed035eb5082aa2b");
});

test("a long key is digested first", () => {
  assert.deepEqual(hmac("k".repeat(65), "m"), hmac(sm3("k".repeat(65)), "m"));
  assert.notDeepEqual(hmac("k", "m"), hmac("l", "m"));
});
